import { describe, expect, it } from "vitest";
import { qh64 } from "../../host/model/qh64.ts";
import { Host, script } from "../../sim/explore/core-host.ts";
import { stateWords } from "../../sim/explore/core-invariants.ts";
import { STATE_SIZE } from "../../sim/explore/core-layout.ts";
import { TINY } from "../../sim/explore/tiny-law.ts";
import { Trio } from "../../sim/explore/trio.ts";

const OPS = script();

describe("S24: the whole state of a core", () => {
  it("can be saved between any two calls and restored, there and in another instance: the rest goes the same", () => {
    const reference = new Host(0);
    const told = OPS.map((op) => reference.run(op));
    const hosts = { same: new Host(0), other: new Host(0) };
    OPS.forEach((op, index) => {
      const saved = hosts.same.save();
      for (const later of OPS.slice(index)) hosts.same.run(later);
      for (const [name, host] of Object.entries(hosts)) {
        host.load(saved);
        OPS.slice(index, index + 40).forEach((later, more) => {
          expect(host.run(later), `${name}, saved before call ${index}, call ${index + more}`).toBe(told[index + more]);
        });
      }
      hosts.same.load(saved);
      expect(hosts.same.run(op)).toBe(told[index]);
    });
    expect(told.join().length).toBeGreaterThan(10_000);
  });

  it("hashes to QH64 over its bytes, and to something else with any one bit changed", () => {
    const host = new Host(0);
    for (const op of OPS.slice(0, 40)) host.run(op);
    const { core } = host;
    const words = stateWords(core);
    expect(words.length * 4).toBe(STATE_SIZE);
    const hash = core.stateHash();
    expect(hash).toBe(qh64(words));
    for (let bit = 0; bit < 8 * STATE_SIZE; bit += 1) {
      const at = bit >>> 5;
      words[at] = (words[at] as number) ^ (1 << (bit & 31));
      if (core.stateHash() === hash) throw new Error(`bit ${bit} does not change the hash`);
      words[at] = (words[at] as number) ^ (1 << (bit & 31));
    }
    expect(core.stateHash()).toBe(hash);
  });

  it("is not touched by asking for its hash or deadline", () => {
    const host = new Host(0);
    for (const op of OPS.slice(0, 30)) host.run(op);
    const before = host.save();
    host.core.stateHash();
    expect(host.save()).toEqual(before);
  });

  it("is all there is: the same calls from the same start give the same bytes", () => {
    const [first, second] = [new Host(0), new Host(0)];
    for (const op of OPS) {
      expect(first.run(op)).toBe(second.run(op));
      expect(first.core.stateHash()).toBe(second.core.stateHash());
    }
  });
});

describe("S25: memory", () => {
  it("is one page, from start-up to the ten thousandth frame", () => {
    const trio = new Trio(TINY);
    const before = trio.cores.map((core) => core.bytes.buffer);
    for (let frame = 0; frame < 10_000; frame += 1) trio.frame({});
    trio.cores.forEach((core, channel) => {
      expect(core.bytes.buffer).toBe(before[channel]);
      expect(core.bytes.byteLength).toBe(65_536);
    });
  });
});
