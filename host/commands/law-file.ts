import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { readSignalTable, SIGNAL_SECTION } from "../build/law/signal-section.ts";
import { QuorateError } from "../errors.ts";
import { qh64Bytes } from "../model/qh64.ts";
import type { SignalTable } from "../model/signals.ts";

/** A control law ready to run. */
export interface LoadedLaw {
  readonly path: string;
  readonly wasm: Uint8Array;
  readonly module: WebAssembly.Module;
  readonly hash: string;
  readonly table: SignalTable;
  readonly tableBytes: Uint8Array;
}

/** Loads a built module (`.wasm`), or builds a control law (`.ts`) in memory. */
export async function loadLawFile(path: string): Promise<LoadedLaw> {
  return lawOf(path, await bytesOf(path));
}

/** A control law from the bytes of its module. `path` is for errors. */
export function lawOf(path: string, wasm: Uint8Array): LoadedLaw {
  const table = readSignalTable(wasm);
  const module = compile(path, wasm);
  const section = WebAssembly.Module.customSections(module, SIGNAL_SECTION)[0];
  if (section === undefined) throw new Error("a module without a signal table was accepted");
  return { path, wasm, module, hash: qh64Bytes(wasm), table, tableBytes: new Uint8Array(section) };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const kind = extname(path);
  if (kind === ".wasm") return readFileSync(path);
  // The compiler takes a third of a second to load, and who reads a log needs none.
  if (kind === ".ts") return (await (await import("../build/build.ts")).buildLaw({ path })).wasm;
  throw new QuorateError({
    code: "not-a-law",
    kind: "usage",
    problem: "this is no control law",
    place: { file: path },
    expected: "a source file (.ts) or a built module (.wasm)",
    found: kind === "" ? "a name without an ending" : `a name ending in ${kind}`,
  });
}

function compile(path: string, wasm: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
  } catch (error) {
    throw new QuorateError({
      code: "invalid-module",
      kind: "file",
      problem: "this is no valid WebAssembly module",
      place: { file: path },
      expected: "a module made by quorate build",
      found: error instanceof Error ? error.message : String(error),
      hint: "Build the control law again with quorate build.",
      cause: error,
    });
  }
}
