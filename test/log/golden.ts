import { readFileSync, writeFileSync } from "node:fs";

/** UPDATE_VECTORS=1 rewrites the texts; the difference is seen in review. */
const IS_UPDATE = process.env.UPDATE_VECTORS === "1";

/** The text that something must print. */
export function goldenText(name: string, printed: string): string {
  const path = new URL(`../vectors/${name}`, import.meta.url);
  if (IS_UPDATE) writeFileSync(path, printed);
  return readFileSync(path, "utf8");
}
