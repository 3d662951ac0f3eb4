import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Out, table, WIDTH, wrap } from "../../host/commands/log/out.ts";

describe("output", () => {
  it("waits for a slow reader instead of keeping all lines", async () => {
    let taken = 0;
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1000,
      write(chunk, _encoding, done) {
        taken += String(chunk).length;
        setImmediate(done);
      },
    });
    const out = new Out(slow);
    const line = "x".repeat(999);
    for (let i = 0; i < 2000; i++) {
      await out.line(line);
      most = Math.max(most, slow.writableLength);
    }
    await out.end();
    await new Promise((done) => slow.end(done));
    expect(taken).toBe(2_000_000);
    expect(most).toBeLessThan(200_000);
  });

  it("breaks lines at spaces, keeps the first indent, and leaves a word that is too long whole", () => {
    const long = "y".repeat(2 * WIDTH);
    expect(wrap("  a b", 4)).toEqual(["  a b"]);
    expect(wrap(`a ${long} b`, 2)).toEqual(["a", `  ${long}`, "  b"]);
    const lines = wrap(`  ${"word ".repeat(60).trim()}`, 10);
    expect(lines.every((one) => one.length <= WIDTH)).toBe(true);
    expect(lines[1]?.startsWith(" ".repeat(10))).toBe(true);
  });

  it("aligns columns", () => {
    expect(
      table([
        ["a", 10],
        ["bbb", 5],
      ]),
    ).toEqual(["a    10", "bbb   5"]);
  });
});
