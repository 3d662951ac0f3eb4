/**
 * Modules as C: wabt's wasm2c translates them, and generated C around that (aot-glue.ts) gives each a memory, a table and
 * a trap of its own, so that one image holds several. A law becomes a filling of the engine interface
 * (firmware/runtime/engine.h); core and stage are called by name. What the interpreter refuses while loading is refused
 * here, before there is any C: the declined features by our own reader, everything invalid by wasm2c.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Declined, declinedIn } from "../../wasm/declined.ts";
import { WasmError } from "../../wasm/wasm-error.ts";
import { readModule, type WasmModule } from "../../wasm/wasm-module.ts";
import { BuildError } from "../law/build-error.ts";
import { GlueError, type GlueInput, glueText } from "./aot-glue.ts";
import { forTranslation } from "./aot-module.ts";
import { type AotSizes, declaredBytes, sizesOf } from "./aot-sizes.ts";
import { callsHeader, callsText } from "./calls-glue.ts";
import { LAW_NAME, lawText } from "./law-glue.ts";
import { RUNTIME_HEADER, runtimeHeader, translate } from "./wabt.ts";

export interface AotResult {
  /** The C file to compile; it includes the others. */
  readonly source: string;
  /** Compiler flags that belong to C of wasm2c's, whatever the module. */
  readonly flags: readonly string[];
}

/** In C99 wabt's header has neither locks nor atomics; without the last one x * 1 is x for a signalling NaN. */
const FLAGS: readonly string[] = ["-std=gnu99", "-ffp-contract=off", "-fsignaling-nans"];

/**
 * A law as a filling of the engine interface: writes `law.c`, what it includes (`law-code.c`, `law-code.h`, `wasm-rt.h`),
 * `law.wasm` and `flags.txt` into a folder.
 * @throws BuildError `no-wasm2c` or `no-wasm-rt` when wabt or its header is missing, `aot-declined` for what the engine
 *   does not take, `wasm2c-failed` with what wasm2c said, `unknown-wabt` for declarations of no known shape.
 */
export function writeAot(wasm: Uint8Array, folder: string): AotResult {
  return writeModule(wasm, { name: LAW_NAME, folder, more: (input, { stateBytes }) => lawText(input, stateBytes) });
}

/**
 * Any module under a name of its own, a C word: writes the same files by that name, and `<name>.h` with its exports as
 * functions and constants.
 * @throws BuildError as `writeAot`.
 */
export function writeCalled(wasm: Uint8Array, { name, folder }: { name: string; folder: string }): AotResult {
  const result = writeModule(wasm, { name, folder, more: callsText });
  writeFileSync(join(folder, `${name}.h`), callsHeader(readModule(wasm), name));
  return result;
}

interface Wanted {
  readonly name: string;
  readonly folder: string;
  /** The C behind what every module has. */
  readonly more: (input: GlueInput, sizes: AotSizes) => string;
}

function writeModule(wasm: Uint8Array, { name, folder, more }: Wanted): AotResult {
  mkdirSync(folder, { recursive: true });
  const place = (ending: string): string => join(folder, `${name}${ending}`);
  writeFileSync(place(".wasm"), forTranslation(wasm));
  requireTaken(wasm, place(".wasm"));
  translate({ source: place(".wasm"), output: place("-code.c"), name });
  // The module as it was built: its identity is that of these bytes.
  writeFileSync(place(".wasm"), wasm);
  const module = readModule(wasm);
  const sizes = sizesIn(module, place(".wasm"));
  copyFileSync(runtimeHeader(place(".wasm")), join(folder, RUNTIME_HEADER));
  const header = readFileSync(place("-code.h"), "utf8");
  const runtimeText = readFileSync(join(folder, RUNTIME_HEADER), "utf8");
  const input = { name, module, wasm, header, runtimeHeader: runtimeText, memoryBytes: sizes.memoryBytes };
  writeFileSync(
    place(".c"),
    knownShape(place("-code.h"), () => `${glueText(input)}\n${more(input, sizes)}`),
  );
  writeFileSync(join(folder, "flags.txt"), `${FLAGS.join(" ")}\n`);
  return { source: place(".c"), flags: FLAGS };
}

function knownShape(file: string, text: () => string): string {
  try {
    return text();
  } catch (error) {
    if (!(error instanceof GlueError)) throw error;
    throw new BuildError({
      code: "unknown-wabt",
      problem: "the C that wasm2c wrote has no known shape",
      place: { file },
      expected: "declarations as wabt 1.0.32 to 1.0.41 write them",
      found: error.message,
      hint: "Take one of these versions of https://github.com/WebAssembly/wabt.",
      cause: error,
    });
  }
}

/** What the interpreter would refuse by name, or undefined. */
export function aotDeclines(wasm: Uint8Array): Declined | undefined {
  const found = declinedIn(wasm, declaredBytes(wasm));
  return found instanceof WasmError ? undefined : found;
}

function requireTaken(wasm: Uint8Array, file: string): void {
  const declined = declinedIn(wasm, declaredBytes(wasm));
  if (declined === undefined) return;
  if (declined instanceof WasmError) throw damaged(declined, file);
  throw new BuildError({
    code: "aot-declined",
    problem: "the engine does not take the module",
    place: { file, offset: declined.offset },
    expected: "the first edition of WebAssembly, self-contained (docs/engine.md)",
    found: declined.feature,
    hint: "Modules that quorate build makes are taken; for another compiler, switch the feature off.",
  });
}

function damaged(error: WasmError, file: string): BuildError {
  return new BuildError({
    code: "aot-invalid",
    problem: "the bytes are no module that the engine takes",
    place: { file, offset: error.offset },
    expected: "a valid module",
    found: error.message,
    hint: "Modules that quorate build makes are valid; look at what made this one.",
    cause: error,
  });
}

function sizesIn(module: WasmModule, file: string): AotSizes {
  try {
    return sizesOf(module);
  } catch (error) {
    if (error instanceof WasmError) throw damaged(error, file);
    throw error;
  }
}
