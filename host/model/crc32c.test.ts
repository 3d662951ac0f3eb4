import { describe, expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";

describe("CRC-32C", () => {
  it("gives the published values (RFC 3720, B.4, and the usual check string)", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  it("covers exactly the part it is asked for", () => {
    const bytes = new TextEncoder().encode("..123456789..");
    expect(crc32c(bytes, 2, 11)).toBe(0xe3069283);
    expect(crc32c(bytes, 5, 5)).toBe(0);
  });
});
