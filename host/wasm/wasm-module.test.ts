import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "./wasm-bytes.ts";
import { WasmError } from "./wasm-error.ts";
import { exportedGlobals, readModule } from "./wasm-module.ts";
import { writeModule } from "./write-module.ts";

/** A module by hand: (i32) -> i32 that adds 1 to its argument, a page of memory, one global, one data byte at 16. */
const MODULE = Uint8Array.from(
  [
    "00 61 73 6d 01 00 00 00", // magic, version
    "01 06 01 60 01 7f 01 7f", // types: one function type
    "03 02 01 00", // functions: one of type 0
    "05 04 01 01 01 01", // memory: 1 page at least and at most
    "06 06 01 7f 01 41 05 0b", // globals: mutable i32 = 5
    "07 0a 02 01 66 00 00 01 67 03 00", // exports: f, g (size set below)
    "0a 09 01 07 00 20 00 41 01 6a 0b", // code: local.get 0, i32.const 1, i32.add, end
    "0b 07 01 00 41 10 0b 01 2a", // data: 42 at 16
  ]
    .join(" ")
    .replace("07 0a 02", "07 09 02")
    .split(" ")
    .map((byte) => Number.parseInt(byte, 16)),
);

function errorOf(bytes: Uint8Array): WasmError | undefined {
  try {
    readModule(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof WasmError) return error;
    throw error;
  }
}

/** MODULE with another body of its one function. */
function withCode(...code: readonly number[]): Uint8Array {
  const start = MODULE.indexOf(0x0a, 40);
  const body = [0, ...code, 0x0b];
  return Uint8Array.from([...MODULE.slice(0, start), 0x0a, body.length + 2, 1, body.length, ...body]);
}

describe("a WebAssembly file", () => {
  it("is valid for V8 and runs", () => {
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), {}).exports as { f(x: number): number };
    expect(f(41)).toBe(42);
  });

  it("is written as it was read", () => {
    expect(Buffer.from(writeModule(readModule(MODULE), []).bytes).toString("hex")).toBe(
      Buffer.from(MODULE).toString("hex"),
    );
  });

  it("says where each instruction went", () => {
    const { moved } = writeModule(readModule(MODULE), []);
    for (const { to, from } of moved) expect(to).toBe(from);
    expect(moved).toHaveLength(4);
  });

  it("cut at any byte is refused inside the file, or ends between two sections", () => {
    for (let length = 0; length < MODULE.length; length += 1) {
      const error = errorOf(MODULE.subarray(0, length));
      if (error === undefined) expect(() => readModule(MODULE.subarray(0, length))).not.toThrow();
      else expect(error.offset).toBeLessThanOrEqual(length);
    }
  });

  it("with any byte changed is read or refused, and the reader never breaks", () => {
    for (let at = 0; at < MODULE.length; at += 1) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const bytes = MODULE.slice();
        bytes[at] = value;
        errorOf(bytes);
      }
    }
  });

  it("with an instruction that a module must not hold is refused at its byte", () => {
    const refused: readonly (readonly number[])[] = [
      [0xfd, 0x0c], // v128.const
      [0xfe, 0x10], // i32.atomic.load
      [0x12, 0x00], // return_call
      [0xd0, 0x70], // ref.null
      [0x06, 0x40], // try
      [0xfc, 0x08, 0x00, 0x00], // memory.init
      [0x25, 0x00], // table.get
    ];
    for (const code of refused) {
      const bytes = withCode(...code);
      const error = errorOf(bytes);
      expect(error?.code).toBe("opcode");
      expect(bytes[error?.offset ?? 0]).toBe(code[0]);
    }
  });

  it("with a block of several results is refused as multi-value", () => {
    expect(errorOf(withCode(0x02, 0x00, 0x0b))?.code).toBe("feature");
  });
});

/** Imports one thing of each kind, and exports the imported i64 global as h and its own f32 global as g. */
const IMPORTING = Uint8Array.from(
  Buffer.from(
    [
      "0061736d01000000", // magic, version
      "010401600000", // types: () -> ()
      "021e04", // four imports
      "016101660000", // a.f: a function of type 0
      "0161017401700001", // a.t: a table of at least one function
      "0161016d02010102", // a.m: a memory of 1 to 2 pages
      "01610167037e01", // a.g: an i64 global that changes
      "0609017d0043000000000b", // globals: f32 0
      "0709020167030101680300", // exports: g, h
      "0a0100", // no code
    ].join(""),
    "hex",
  ),
);

describe("a module that imports", () => {
  it("is valid for V8 and written as it was read", () => {
    expect(WebAssembly.validate(IMPORTING)).toBe(true);
    expect(Buffer.from(writeModule(readModule(IMPORTING), []).bytes).toString("hex")).toBe(
      Buffer.from(IMPORTING).toString("hex"),
    );
  });

  it("counts imported globals first", () => {
    expect([...exportedGlobals(IMPORTING)]).toEqual([
      ["g", "f32"],
      ["h", "i64"],
    ]);
  });

  it("has no types of globals when it is cut, but never wrong ones", () => {
    for (let size = 0; size < IMPORTING.length; size += 1) {
      try {
        for (const [name, type] of exportedGlobals(IMPORTING.subarray(0, size))) {
          expect(type).toBe(name === "g" ? "f32" : "i64");
        }
      } catch (error) {
        expect(error).toBeInstanceOf(WasmError);
      }
    }
  });
});

describe("integers in LEB128", () => {
  it("keep every value at the borders of their length", () => {
    const signed = [
      0n,
      1n,
      -1n,
      63n,
      64n,
      -64n,
      -65n,
      8191n,
      8192n,
      -8192n,
      -8193n,
      2n ** 31n - 1n,
      -(2n ** 31n),
      2n ** 63n - 1n,
      -(2n ** 63n),
    ];
    for (const value of signed) {
      const writer = new ByteWriter();
      writer.s64(value);
      expect(new ByteReader(writer.bytes()).s64()).toBe(value);
    }
    for (const value of [0, 127, 128, 16_383, 16_384, 0x7fffffff, 0x80000000, 0xffffffff]) {
      const writer = new ByteWriter();
      writer.u32(value);
      expect(new ByteReader(writer.bytes()).u32()).toBe(value);
    }
  });

  it("are refused when they are too long or cut", () => {
    for (const bytes of [[0x80, 0x80, 0x80, 0x80, 0x10], [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], [0x80], []]) {
      expect(() => new ByteReader(Uint8Array.from(bytes)).u32()).toThrow(WasmError);
    }
  });
});
