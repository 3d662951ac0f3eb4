import { describe, expect, it } from "vitest";
import { faults, samples, TARGET } from "../../host/faults/testing.ts";
import { crc32c } from "../../host/model/crc32c.ts";
import { numberOf } from "../../host/model/numbers.ts";
import type { Samples } from "../../host/model/samples.ts";
import { ChannelFaults } from "./channel-faults.ts";
import { LinkFaults } from "./link-faults.ts";
import { SensorFaults } from "./sensor-faults.ts";

function sensorFaults(...texts: string[]): SensorFaults {
  return new SensorFaults(faults(...texts), { inputs: 3 });
}

/** What sensor `at` (3 * channel + input) reads in each frame; the clean reading is the frame number. */
function readings(hurt: SensorFaults, at: number, frames: number): (number | undefined)[] {
  const read: (number | undefined)[] = [];
  for (let frame = 0; frame < frames; frame += 1) {
    const into = samples();
    new Float32Array(into.words.buffer)[at] = frame;
    hurt.apply(frame, into);
    const fresh = ((into.fresh[Math.floor(at / 3)] ?? 0) >>> (at % 3)) & 1;
    read.push(fresh === 1 ? numberOf("f32", into.words[at] ?? 0) : undefined);
  }
  return read;
}

function applied(hurt: SensorFaults, frame: number): Samples {
  const into = samples();
  hurt.apply(frame, into);
  return into;
}

describe("sensor faults", () => {
  it.each([
    ["B.gyro_x:stuck(7)@2+2", [0, 1, 7, 7, 4, 5]],
    ["B.gyro_x:offset(-1.5)@2+2", [0, 1, 0.5, 1.5, 4, 5]],
    ["B.gyro_x:drift(100)@2+3", [0, 1, 2, 4, 6, 5]],
    ["B.gyro_x:scale(2)@4", [0, 1, 2, 3, 8, 10]],
    ["B.gyro_x:freeze@3+2", [0, 1, 2, 2, 2, 5]],
    ["B.gyro_x:old(2)@3+2", [0, 1, 2, 1, 2, 5]],
    ["B.gyro_x:old(2)@1", [0, undefined, 0, 1, 2, 3]],
    ["B.gyro_x:drop@1+2", [0, undefined, undefined, 3, 4, 5]],
    ["B.gyro_x:freeze@0+2", [0, 0, 2, 3, 4, 5]],
  ])("%s reads as it says, in its frames only", (text, expected) => {
    expect(readings(sensorFaults(text), 3, 6)).toEqual(expected);
    const other = readings(sensorFaults(text), 0, 6);
    expect(other).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("exchange two wires, freshness included", () => {
    const hurt = sensorFaults("C.gyro_x:swap(gyro_y)@1+1");
    const into = samples();
    into.fresh[2] = 0b101;
    hurt.apply(1, into);
    expect([...into.words.subarray(6, 8)].map((word) => numberOf("f32", word))).toEqual([2010, 2000]);
    expect(into.fresh[2]).toBe(0b110);
    expect(hurt.faultFree(1, 2)).toBe(0b100);
  });

  it("draw noise and losses from the seed", () => {
    const noisy = readings(sensorFaults("A.gyro_x:noise(0.5)@0"), 0, 400).map((value = 0, frame) => value - frame);
    const sigma = Math.sqrt(noisy.reduce((sum, error) => sum + error * error, 0) / noisy.length);
    expect(sigma).toBeGreaterThan(0.4);
    expect(sigma).toBeLessThan(0.6);
    expect(readings(sensorFaults("A.gyro_x:noise(0.5)@0"), 0, 400).map((value = 0, frame) => value - frame)).toEqual(
      noisy,
    );
    const lost = readings(sensorFaults("A.gyro_x:drop(0.25)@0"), 0, 400).filter((value) => value === undefined);
    expect(lost.length).toBeGreaterThan(60);
    expect(lost.length).toBeLessThan(140);
  });

  it("leave an absent sensor absent unless they replace its reading", () => {
    const into = samples();
    into.fresh[0] = 0;
    sensorFaults("A.gyro_x:offset@0", "A.gyro_y:stuck@0").apply(0, into);
    expect(into.fresh[0]).toBe(0b010);
  });

  it("act in the order they are written and know the sensors without fault", () => {
    const hurt = sensorFaults("B.gyro_x:offset(1)@2+2", "B.gyro_x:scale(10)@3+2", "C.armed:stuck(0)@3");
    expect(readings(hurt, 3, 6)).toEqual([0, 1, 3, 40, 40, 5]);
    expect([1, 2, 4, 5].map((frame) => hurt.faultFree(frame, 1))).toEqual([7, 6, 6, 7]);
    expect(hurt.faultFree(3, 2)).toBe(3);
    expect(applied(hurt, 3).words[8]).toBe(0);
    expect(hurt.touchesSamples).toBe(true);
    expect(sensorFaults("A>B:drop@1", "C:bitflip@1").touchesSamples).toBe(false);
  });

  it("start afresh after reset", () => {
    const hurt = sensorFaults("B.gyro_x:freeze@3+2");
    const first = readings(hurt, 3, 6);
    hurt.reset();
    expect(readings(hurt, 3, 6)).toEqual(first);
  });
});

/** An X1 with three inputs: 76 bytes, content by position, good checksum. */
function x1(): Uint8Array {
  const bytes = Uint8Array.from({ length: 76 }, (_, i) => (7 * i) & 0xff);
  new DataView(bytes.buffer).setUint32(72, crc32c(bytes, 0, 72), true);
  return bytes;
}

function x2(): Uint8Array {
  const bytes = new Uint8Array(100);
  bytes.set(x1(), 20);
  new DataView(bytes.buffer).setUint32(96, crc32c(bytes, 0, 96), true);
  return bytes;
}

function linkFaults(...texts: string[]): LinkFaults {
  return new LinkFaults(faults(...texts), TARGET.table);
}

function sealed(bytes: Uint8Array): boolean {
  const at = bytes.length - 4;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true) === crc32c(bytes, 0, at);
}

function changed(one: Uint8Array, two: Uint8Array): number[] {
  return [...one.keys()].filter((i) => one[i] !== two[i]);
}

describe("link faults", () => {
  it("leave messages alone outside their frames, direction and kinds", () => {
    const hurt = linkFaults("A>B:drop(X2)@5+2");
    const bytes = x1();
    const copies = (frame: number, from: number, to: number, kind: number) =>
      hurt.apply(frame, from, to, kind, bytes).copies;
    expect([copies(4, 0, 1, 2), copies(5, 0, 1, 2), copies(6, 0, 1, 2), copies(7, 0, 1, 2)]).toEqual([1, 0, 0, 1]);
    expect([copies(5, 1, 0, 2), copies(5, 0, 2, 2), copies(5, 0, 1, 1), copies(5, 0, 1, 3)]).toEqual([1, 1, 1, 1]);
    expect(hurt.apply(5, 1, 0, 2, bytes).bytes).toBe(bytes);
  });

  it("invert exactly as many bits as asked, in a copy, the same for the same frame", () => {
    const bytes = x1();
    const hurt = linkFaults("A>B:corrupt(5)@0");
    const seen = new Set<string>();
    for (let frame = 0; frame < 50; frame += 1) {
      const damaged = hurt.apply(frame, 0, 1, 1, bytes).bytes.slice();
      const bits = damaged.reduce((sum, byte, i) => sum + ones(byte ^ (bytes[i] ?? 0)), 0);
      expect(bits).toBe(5);
      expect(hurt.apply(frame, 0, 1, 1, bytes).bytes).toEqual(damaged);
      seen.add(damaged.join());
    }
    expect(seen.size).toBe(50);
    expect(bytes).toEqual(x1());
    const short = linkFaults("A>B:corrupt(256)@0").apply(0, 0, 1, 1, Uint8Array.of(0, 0));
    expect([...short.bytes]).toEqual([255, 255]);
  });

  it("delay, repeat and flag, alone or together", () => {
    const hurt = linkFaults("A>B:delay(30)@0", "A>B:delay(12)@0", "A>B:duplicate(7)@1", "A>B:flag@1", "A>B:drop@2");
    expect(hurt.apply(0, 0, 1, 1, x1())).toMatchObject({ copies: 1, delayUs: 42, flagged: false });
    expect(hurt.apply(1, 0, 1, 1, x1())).toMatchObject({ copies: 2, delayUs: 42, againUs: 7, flagged: true });
    expect(hurt.apply(2, 0, 1, 1, x1())).toMatchObject({ copies: 0 });
  });

  it("lose the share of messages they are told", () => {
    const hurt = linkFaults("A>B:drop(X1,0.5)@0");
    const lost = Array.from({ length: 400 }, (_, frame) => hurt.apply(frame, 0, 1, 1, x1()).copies).filter(
      (n) => n === 0,
    );
    expect(lost.length).toBeGreaterThan(150);
    expect(lost.length).toBeLessThan(250);
  });

  it.each([
    ["sample", [61, 65, 68]],
    ["validity", [12]],
    ["accusation", [14, 15]],
    ["committed", [28]],
  ])("a two-faced %s reaches one peer only, with a good checksum", (what, places) => {
    const hurt = linkFaults(`B:twofaced(${what},to=C)@0`);
    expect(hurt.apply(0, 1, 0, 1, x1()).bytes).toEqual(x1());
    const { bytes } = hurt.apply(0, 1, 2, 1, x1());
    expect(changed(bytes, x1()).filter((at) => at < 72)).toEqual(places);
    expect(sealed(bytes)).toBe(true);
    expect(hurt.apply(0, 1, 2, 3, x1()).bytes).toEqual(x1());
  });

  it("a forging relay mends both checksums, and leaves an X2 without relay alone", () => {
    const hurt = linkFaults("B:forge(to=C)@0");
    const { bytes } = hurt.apply(0, 1, 2, 2, x2());
    expect(changed(bytes, x2()).filter((at) => at < 92)).toEqual([81, 85, 88]);
    expect(sealed(bytes)).toBe(true);
    expect(sealed(bytes.slice(20, 96))).toBe(true);
    const bare = new Uint8Array(24);
    expect(hurt.apply(0, 1, 2, 2, bare).bytes).toBe(bare);
  });

  it("a babbling channel repeats itself to both peers within the frame", () => {
    const hurt = linkFaults("B:babble@0");
    for (const to of [0, 2]) {
      const { copies, againUs } = hurt.apply(3, 1, to, 2, x2());
      expect(copies).toBe(2);
      expect(againUs).toBeLessThan(TARGET.table.periodUs);
    }
  });
});

function ones(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}

function channelFaults(...texts: string[]): ChannelFaults {
  return new ChannelFaults(faults(...texts));
}

describe("channel faults", () => {
  it("stop a channel, and bring it back with or without its memory", () => {
    const hurt = channelFaults("A:hang@2+2", "B:off@2+2", "C:reset@3");
    const seen = (channel: number) =>
      [1, 2, 3, 4, 5].map((frame) => {
        const { running, reset } = hurt.at(frame, channel);
        return reset ? "reset" : running ? "runs" : "stands";
      });
    expect(seen(0)).toEqual(["runs", "stands", "stands", "runs", "runs"]);
    expect(seen(1)).toEqual(["runs", "stands", "stands", "reset", "runs"]);
    expect(seen(2)).toEqual(["runs", "runs", "reset", "runs", "runs"]);
    expect([0, 1].map((channel) => hurt.at(2, channel).isOff)).toEqual([false, true]);
  });

  it("flip the bits that were asked for, or others in each frame", () => {
    const hurt = channelFaults("C:bitflip(core,5,3)@9", "C:bitflip(module)@9+40");
    const nine = hurt.at(9, 2);
    expect(nine.flipCount).toBe(2);
    expect(nine.flips[0]).toEqual({ target: "core", address: 5, bit: 3 });
    const places = new Set<string>();
    for (let frame = 10; frame < 49; frame += 1) {
      const { flipCount, flips } = hurt.at(frame, 2);
      expect(flipCount).toBe(1);
      expect(flips[0]?.address).toBeLessThan(TARGET.moduleStateSize);
      places.add(`${flips[0]?.address}.${flips[0]?.bit}`);
    }
    expect(places.size).toBeGreaterThan(20);
    expect(hurt.at(49, 2).flipCount).toBe(0);
    expect(hurt.at(9, 0).flipCount).toBe(0);
  });

  it("pull the peers that are named", () => {
    const hurt = channelFaults("B:pull@0+1", "B:pull(lower)@1+1", "B:pull(higher)@2+1");
    expect([0, 1, 2, 3].map((frame) => hurt.at(frame, 1).pulls)).toEqual([0b101, 0b001, 0b100, 0]);
  });

  it("drive a wrong, stale or silent line", () => {
    const hurt = channelFaults("A:line@5", "B:line(stale)@5", "C:line(silent)@5");
    const driven = (channel: number) => {
      const line = Uint32Array.of(5, 1, 70, 80);
      expect(hurt.at(5, channel).badLine).toBe(true);
      hurt.line(5, channel, line);
      return [...line];
    };
    const [frame, on, ...values] = driven(0);
    expect([frame, on]).toEqual([5, 1]);
    expect(values).not.toContain(70);
    expect(values).not.toContain(80);
    expect(driven(1)).toEqual([4, 1, 70, 80]);
    expect(driven(2)).toEqual([5, 0, 70, 80]);
    expect(hurt.at(4, 0).badLine).toBe(false);
  });
});
