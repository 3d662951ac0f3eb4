import type { NameFile } from "./ast.ts";
import type { ReadLaw } from "./read-law.ts";

/** One binary with its source map (version 3, JSON). */
export interface CompiledBinary {
  readonly wasm: Uint8Array;
  readonly map: string;
}

/** What the compiler made of a law, before any pass of ours. */
export interface Compiled {
  readonly law: ReadLaw;
  /** As the compiler made it: every function has its source name. For checks and their messages. */
  readonly plain: CompiledBinary;
  /** Optimised; this becomes the module. */
  readonly optimised: CompiledBinary;
  /** Address of the signal block. */
  readonly blockAddress: number;
  readonly nameFile: NameFile;
}
