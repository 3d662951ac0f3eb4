import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage, type Message, type MessageResult, X1_SIZE_MAX } from "./message-codec.ts";

/** Vectors were built from the drawing in docs/protocol.md by a program of their own. */
interface Vector {
  readonly parts: readonly { readonly note: string; readonly hex: string }[];
  readonly message: Readonly<Record<string, unknown>>;
}

const NAMES = ["x1", "x2", "x2-nothing", "x3"];
const HASHES = ["committedHash", "pendingHash", "agreedHash", "digest", "moduleHash"];

function vector(name: string): { bytes: Uint8Array; message: Message } {
  const text = readFileSync(new URL(`../../test/vectors/message-${name}.json`, import.meta.url), "utf8");
  const { parts, message } = JSON.parse(text) as Vector;
  const fields = Object.entries(message).map(([key, value]): [string, unknown] => {
    if (HASHES.includes(key)) return [key, BigInt(`0x${value}`)];
    return key === "relayed" ? [key, Uint8Array.from(Buffer.from(String(value), "hex"))] : [key, value];
  });
  const bytes = Uint8Array.from(Buffer.from(parts.map(({ hex }) => hex).join(""), "hex"));
  return {
    bytes,
    message: { echo: undefined, relayed: undefined, ...Object.fromEntries(fields) } as unknown as Message,
  };
}

function decoded(bytes: Uint8Array): MessageResult {
  return decodeMessage(bytes);
}

describe.each(NAMES)("message %s", (name) => {
  const { bytes, message } = vector(name);

  it("is read as what the vector says", () => {
    expect(decoded(bytes)).toMatchObject({ kind: "value", size: bytes.length });
    const result = decoded(bytes);
    for (const [key, value] of Object.entries(result.kind === "value" ? result.message : {})) {
      expect([key, value]).toEqual([key, (message as unknown as Record<string, unknown>)[key]]);
    }
  });

  it("is written as the vector's bytes", () => {
    expect(encodeMessage(message)).toEqual(bytes);
  });

  it("needs more when it is cut at any byte, and never more than its size", () => {
    for (let size = 0; size < bytes.length; size++) {
      const result = decoded(bytes.subarray(0, size));
      expect(result.kind).toBe("need more");
      if (result.kind === "need more") expect(result.size).toBe(size < 8 ? 12 : bytes.length);
    }
  });

  it("is damaged, or waits, when any one bit is flipped", () => {
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decoded(flipped).kind).not.toBe("value");
    }
  });

  it("leaves what follows it alone", () => {
    const longer = new Uint8Array(bytes.length + 9).fill(0xaa);
    longer.set(bytes);
    expect(decoded(longer)).toEqual(decoded(bytes));
  });
});

describe("damage of a message", () => {
  const { bytes } = vector("x1");

  it.each([
    ["version", 0, 2],
    ["kind", 1, 4],
    ["kind", 1, 0],
    ["source", 2, 3],
    ["reserved", 3, 1],
    ["size", 6, 63],
    ["size", 6, X1_SIZE_MAX + 4],
    ["size", 6, 60],
  ] as const)("is said at once: %s at %i is %i", (code, at, value) => {
    const damaged = bytes.slice();
    if (code === "size") new DataView(damaged.buffer).setUint16(at, value, true);
    else damaged[at] = value;
    expect(decoded(damaged)).toMatchObject({ kind: "damage", code, offset: at });
    expect(decoded(damaged.subarray(0, 8))).toMatchObject({ kind: "damage", code });
  });

  it.each([
    ["a relay flag without a relay", "x2-nothing", 16, 1],
    ["no relay flag with a relay", "x2", 16, 2],
    ["an unknown flag", "x2", 16, 7],
    ["padding that is not zero", "x2", 18, 1],
    ["an echo without its flag", "x2", 16, 1],
  ])("is %s, although the checksum is right", (_what, name, at, value) => {
    const damaged = vector(name).bytes.slice();
    damaged[at] = value;
    reseal(damaged);
    expect(decoded(damaged).kind).toBe("damage");
  });

  it("never throws, whatever the bytes", () => {
    const kinds = fc.constantFrom(...NAMES.map((name) => vector(name).bytes));
    const edit = fc.tuple(fc.nat({ max: 160 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(kinds, fc.array(edit, { maxLength: 6 }), fc.boolean(), (start, edits, sealed) => {
        const copy = start.slice();
        for (const [at, value] of edits) if (at < copy.length) copy[at] = value;
        if (sealed) reseal(copy);
        const result = decoded(copy);
        if (result.kind === "value") expect(encodeMessage(result.message)).toEqual(copy.subarray(0, result.size));
      }),
      { seed: 2026, numRuns: 2000 },
    );
  });

  it("refuses to write what no reader would take", () => {
    const { message } = vector("x3");
    if (message.kind !== "X3") throw new Error("the vector is no X3");
    expect(() => encodeMessage({ ...message, outputs: Array(9).fill(0) })).toThrow("at most 80");
    expect(() => encodeMessage({ ...message, source: 3 })).toThrow("source 3");
  });
});

/** The checksum bit by bit, as docs/protocol.md defines it. */
function reseal(bytes: Uint8Array): void {
  let crc = 0xffffffff;
  for (const byte of bytes.subarray(0, -4)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78;
  }
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(bytes.length - 4, ~crc >>> 0, true);
}
