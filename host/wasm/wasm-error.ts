/** A WebAssembly file that cannot be read, or holds what a module must not hold. */
export class WasmError extends Error {
  override readonly name = "WasmError";
  readonly code:
    | "truncated"
    | "number"
    | "magic"
    | "section"
    | "opcode"
    | "feature"
    | "memories"
    | "tables"
    | "constant"
    | "constant-end"
    | "shape";
  /** Byte offset in the file. */
  readonly offset: number;

  constructor(code: WasmError["code"], offset: number, expected: string, found: string) {
    super(`byte ${offset}: expected ${expected}, found ${found}`);
    this.code = code;
    this.offset = offset;
  }
}
