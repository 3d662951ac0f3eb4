import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { QuorateError } from "../../host/errors.ts";
import { qh64Bytes } from "../../host/model/qh64.ts";

/** One of the modules that every engine runs: `core.wasm` or `stage.wasm`. */
export interface FirmwareModule {
  readonly module: WebAssembly.Module;
  /** QH64 of the file, 16 hexadecimal digits. */
  readonly hash: string;
  readonly bytes: number;
}

/** Beside the built simulator (dist/sim), or from the sources (sim) in the build's folder. */
const PLACES = ["../../firmware/", "../../dist/firmware/"];

/** Loads `core` or `stage` as `npm run build` made it. */
export function loadFirmware(name: "core" | "stage"): FirmwareModule {
  const wasm = readFileSync(firmwarePath(`${name}.wasm`));
  return { module: new WebAssembly.Module(wasm), hash: qh64Bytes(wasm), bytes: wasm.length };
}

/** Where a file is that the build of the firmware made. Throws `QuorateError` when it is not there. */
export function firmwarePath(file: string): string {
  const paths = PLACES.map((place) => fileURLToPath(new URL(`${place}${file}`, import.meta.url)));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw new QuorateError({
    code: "firmware-not-built",
    kind: "file",
    problem: `${file} is not there`,
    expected: paths.join(" or "),
    found: "no file",
    hint: "Run npm run build in the folder of quorate.",
  });
}
