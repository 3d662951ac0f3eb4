/**
 * Goal: a whole LZ4 frame gives its content, a damaged one an error, a cut one the beginning of its content.
 * Method: frames written by the lz4 tool 1.9.4, frames by hand with each flaw, cuts at every byte, all bits flipped.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, flipped, text, u8, u32 } from "../../../test/trace/make/bytes.ts";
import { LZ4_HEAD, lz4Frame, lz4Sequence, lz4Sized } from "../../../test/trace/make/lz4.ts";
import { Lz4Error, lz4 } from "./lz4.ts";

const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, "hex"));
const ff = (count: number): Uint8Array => new Uint8Array(count).fill(0xff);
/** Two blocks of at most 64 KiB. */
const CONTENT = text("three channels, one vote; ".repeat(3000));
/** `lz4 -B4 -BD -BX --content-size`: linked blocks, every size and checksum there is. */
const LINKED = concat(
  hex("04224d185c40b0300100000000009425010000ff0b7468726565206368616e6e656c732c206f6e6520766f74653b201a00"),
  ff(256),
  hex("ce50656c732c2014ae816d3a0000000ff0"),
  ff(49),
  hex("c8506f74653b206999b1c70000000000f42053"),
);
/** `lz4 -B4 -BI --no-frame-crc`: independent blocks, no checksum but the head's. */
const INDEPENDENT = concat(
  hex("04224d1860408225010000ff0b7468726565206368616e6e656c732c206f6e6520766f74653b201a00"),
  ff(256),
  hex("ce50656c732c2055000000ff0b6f6e6520766f74653b207468726565206368616e6e656c732c201a00"),
  ff(48),
  hex("ae506f74653b2000000000"),
);
/** `lz4 -BX` of "abc": a plain block with checksums. */
const PLAIN = hex("04224d187440bd03000080616263ff53d13200000000ff53d132");

const ABC = lz4Sequence(text("abc"));
const END = lz4Sequence(u8());
const frameOf = (...blocks: Uint8Array[]): Uint8Array => concat(LZ4_HEAD, ...blocks.map(lz4Sized), u32(0));

describe("an LZ4 frame", () => {
  it.each([
    ["linked blocks, sizes and checksums", LINKED, CONTENT],
    ["independent blocks without checksums", INDEPENDENT, CONTENT],
    ["a plain block", PLAIN, text("abc")],
    ["no block", concat(LZ4_HEAD, u32(0)), u8()],
    [
      "a match that repeats itself",
      frameOf(concat(lz4Sequence(text("ab"), { offset: 1, length: 40 }), ABC)),
      undefined,
    ],
  ])("is expanded: %s", (_, frame, content = text(`a${"b".repeat(41)}abc`)) => {
    expect(Buffer.compare(lz4.expand(frame, content.length), content)).toBe(0);
  });

  it("gives back any bytes", () => {
    const bytes = fc.array(fc.constantFrom(0, 1, 2, 255), { maxLength: 600 }).map((values) => Uint8Array.from(values));
    fc.assert(
      fc.property(bytes, (content) => {
        expect(lz4.expand(lz4Frame(content), content.length)).toEqual(content);
      }),
      { seed: 2026, numRuns: 300 },
    );
  });

  it.each([
    ["it has another magic", flipped(INDEPENDENT, 0), /expected an lz4 frame/],
    ["its version is another", flipped(INDEPENDENT, 4 * 8 + 7), /unknown version/],
    ["a reserved flag is set", flipped(INDEPENDENT, 4 * 8 + 1), /unknown version/],
    ["its block size is reserved", flipped(INDEPENDENT, 5 * 8 + 6), /unknown version/],
    ["it needs a dictionary", flipped(INDEPENDENT, 4 * 8), /dictionary/],
    ["the checksum of its head is wrong", flipped(INDEPENDENT, 6 * 8), /checksum of its lz4 head/],
    ["the checksum of a block is wrong", flipped(PLAIN, 11 * 8), /checksum of an lz4 block/],
    ["its own checksum is wrong", flipped(PLAIN, (PLAIN.length - 1) * 8), /its lz4 checksum is wrong/],
    ["bytes follow it", concat(PLAIN, u8(0)), /1 bytes follow/],
    ["a block is larger than its head says", concat(LZ4_HEAD, u32(65537)), /65537 bytes, more than 65536/],
    [
      "a block expands to more than its head says",
      frameOf(concat(lz4Sequence(u8(0), { offset: 1, length: 65_536 }), END)),
      /beyond/,
    ],
    [
      "a match lies before the content",
      frameOf(concat(lz4Sequence(text("a"), { offset: 2, length: 4 }), ABC)),
      /match/,
    ],
    ["a match has no offset", frameOf(concat(lz4Sequence(text("a"), { offset: 0, length: 4 }), ABC)), /match/],
    [
      "a match lies in the block before, in independent blocks",
      frameOf(ABC, concat(lz4Sequence(u8(), { offset: 3, length: 4 }), ABC)),
      /match/,
    ],
    ["a block ends with a match", frameOf(lz4Sequence(text("a"), { offset: 1, length: 4 })), /cut/],
    ["a block ends in its literals", frameOf(ABC.subarray(0, 3)), /cut/],
    ["a block ends in an offset", frameOf(lz4Sequence(text("a"), { offset: 1, length: 4 }).subarray(0, 3)), /cut/],
    ["a block ends in a count", frameOf(u8(0xf0, 255)), /cut/],
    [
      "it states another size",
      hex("04224d1868400400000000000000cd0300008061626300000000"),
      /says 4 bytes and expands to 3/,
    ],
  ])("is refused when %s", (_, frame, reason) => {
    expect(() => lz4.expand(frame, 1 << 17)).toThrow(reason);
    expect(() => lz4.expand(frame, 1 << 17)).toThrow(Lz4Error);
  });

  it("is refused when it expands to more than it may, by one byte", () => {
    for (const frame of [LINKED, INDEPENDENT]) expect(() => lz4.expand(frame, CONTENT.length - 1)).toThrow(/beyond/);
    expect(() => lz4.expand(PLAIN, 2)).toThrow(/beyond/);
  });
});

describe("a damaged LZ4 frame", () => {
  it.each([
    ["linked", LINKED],
    ["independent", INDEPENDENT],
  ])("of %s blocks cut at any byte is refused, and gives a beginning of its content that never shrinks", (_, whole) => {
    let most = 0;
    for (let size = 0; size < whole.length; size++) {
      const cut = whole.subarray(0, size);
      expect(() => lz4.expand(cut, CONTENT.length), `cut at ${size}`).toThrow(Lz4Error);
      const beginning = lz4.expandBeginning(cut, CONTENT.length);
      expect(Buffer.compare(beginning, CONTENT.subarray(0, beginning.length)), `cut at ${size}`).toBe(0);
      expect(beginning.length, `cut at ${size}`).toBeGreaterThanOrEqual(most);
      most = beginning.length;
    }
    expect(most).toBe(CONTENT.length);
  });

  it("gives nothing of a match that leads beyond the limit of its block", () => {
    const frame = frameOf(lz4Sequence(text("a"), { offset: 1, length: 65_536 }));
    expect(lz4.expandBeginning(frame, 1 << 17)).toEqual(text("a"));
  });

  it("with checksums and any bit flipped is never expanded", () => {
    for (let bit = 0; bit < LINKED.length * 8; bit++)
      expect(() => lz4.expand(flipped(LINKED, bit), CONTENT.length), `bit ${bit}`).toThrow(Lz4Error);
  });

  it("without checksums and any bit flipped is refused or expanded, and keeps its limit", () => {
    for (let bit = 0; bit < INDEPENDENT.length * 8; bit++) {
      const beginning = lz4.expandBeginning(flipped(INDEPENDENT, bit), CONTENT.length);
      expect(beginning.length, `bit ${bit}`).toBeLessThanOrEqual(CONTENT.length);
    }
  });
});
