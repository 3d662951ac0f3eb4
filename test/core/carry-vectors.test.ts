import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../host/package-root.ts";
import { TINY } from "../../sim/explore/tiny-law.ts";
import { type CarriedRun, carriedRun, PLANS } from "./carry-script.ts";

/** UPDATE_VECTORS=1 rewrites the file; the difference is seen in review. */
const FILE = join(packageRoot().folder, "test/vectors/carry-out.json");

function text(runs: readonly CarriedRun[]): string {
  const lines = runs.map(({ name, configuration, calls }) => {
    const told = calls.map((call) => `   ${JSON.stringify(call)}`).join(",\n");
    return ` {"name":${JSON.stringify(name)},"configuration":${JSON.stringify(configuration)},"calls":[\n${told}\n ]}`;
  });
  return `{"table":"${Buffer.from(TINY.table).toString("hex")}","runs":[\n${lines.join(",\n")}\n]}\n`;
}

describe("the carrier of effects", () => {
  const runs = PLANS.map(carriedRun);
  if (process.env.UPDATE_VECTORS === "1") writeFileSync(FILE, text(runs));
  const { table, runs: vectors } = JSON.parse(readFileSync(FILE, "utf8")) as { table: string; runs: CarriedRun[] };

  it("was recorded with this signal table", () => {
    expect(Buffer.from(TINY.table).toString("hex")).toBe(table);
  });

  it.each(PLANS.map(({ name }, i) => [name, i] as const))("repeats the recorded calls: %s", (_, i) => {
    expect(JSON.parse(JSON.stringify(runs[i]))).toEqual(vectors[i]);
  });

  it("has every kind of effect in its vectors", () => {
    const kinds = new Set(vectors.flatMap(({ calls }) => calls.flatMap(({ hands }) => hands.map(([kind]) => kind))));
    expect([...kinds].sort()).toEqual(
      ["event", "gate", "line", "pull", "record", "restore", "send", "snapshot", "step"].sort(),
    );
  });

  it("steps behind the snapshot that a failed step is taken back to", () => {
    const failed = vectors.find(({ name }) => name.includes("out of fuel"));
    const order = failed?.calls.flatMap(({ hands }) => hands.map(([kind]) => kind)) ?? [];
    expect(order.indexOf("restore")).toBeGreaterThan(order.indexOf("step"));
    for (const [at, kind] of order.entries()) if (kind === "step") expect(order[at - 1]).toBe("snapshot");
  });
});
