import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coreConfiguration } from "../../host/model/configuration.ts";
import { EFFECT } from "../../sim/channel/carry-out.ts";
import { Core } from "../../sim/channel/core.ts";
import { CORE, signalTable, WINDOWS } from "../../sim/explore/tiny-table.ts";
import { checksumOf, REFUSAL, type X1Fields, x1, x2, x3 } from "./link-messages.ts";

const TABLE = signalTable([{}, {}], 3);
const FRAME = 41;
const B = 1;
const C = 2;
const FROM_B = { source: B, frame: FRAME };
const SAMPLES: X1Fields = { samples: [1, 2], validity: 3, committed: 40 };
const X1_OF_B = x1(FROM_B, SAMPLES);
const X2_OF_B = x2(FROM_B, { echo: 5, relay: x1({ source: C, frame: FRAME }, SAMPLES) });
const X2_BARE = x2(FROM_B, {});
const X3_OF_B = x3(FROM_B, { digest: [1, 2], moduleHash: [3, 4], agreedHash: [5, 6], outputs: [7, 8, 9] });
const KINDS = [
  { name: "X1", bytes: X1_OF_B, phase: 1, timeUs: 1000, closeUs: WINDOWS.x1CloseUs },
  { name: "X2", bytes: X2_OF_B, phase: 2, timeUs: 3000, closeUs: WINDOWS.x2CloseUs },
  { name: "X2 without relay", bytes: X2_BARE, phase: 2, timeUs: 3000, closeUs: WINDOWS.x2CloseUs },
  { name: "X3", bytes: X3_OF_B, phase: 3, timeUs: 7000, closeUs: WINDOWS.x3CloseUs },
] as const;

/** Core of channel A in FRAME, as far on as the window of X`phase`. */
function coreIn(phase: number): Core {
  const core = new Core(CORE);
  core.configure(coreConfiguration({ channel: 0, windows: WINDOWS, first_frame: FRAME }), TABLE);
  core.begin(FRAME);
  if (phase >= 2) core.advance(WINDOWS.x1CloseUs);
  if (phase >= 3) core.advance(WINDOWS.x2CloseUs);
  return core;
}

function give(core: Core, bytes: Uint8Array, { from = B, flags = 0, timeUs = 1000 } = {}): number {
  return core.receive(from, bytes, flags, timeUs);
}

/** Hands over a message and returns the reason; a refused one must leave no trace in the state. */
function reasonOf(core: Core, bytes: Uint8Array, options: { from?: number; flags?: number; timeUs?: number }): number {
  const before = core.state.slice();
  const reason = give(core, bytes, options);
  const isSame = Buffer.compare(core.state, before) === 0;
  if (isSame !== (reason !== REFUSAL.none))
    throw new Error(`reason ${reason}, state ${isSame ? "the same" : "changed"}`);
  return reason;
}

/** The message with one field changed and its checksum mended. */
function reseal(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const body = bytes.slice(0, bytes.length - 4);
  body[at] = value;
  return withChecksum(body);
}

function withChecksum(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 4);
  bytes.set(body);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  new DataView(bytes.buffer).setUint32(body.length, ~crc >>> 0, true);
  return bytes;
}

describe.each(KINDS)("S14: $name", ({ bytes, phase, timeUs, closeUs }) => {
  it("is accepted once in its window and then refused as a duplicate", () => {
    const core = coreIn(phase);
    expect(reasonOf(core, bytes, { timeUs })).toBe(REFUSAL.none);
    expect(reasonOf(core, bytes, { timeUs })).toBe(REFUSAL.duplicate);
  });

  it("is refused with any one bit flipped", () => {
    const core = coreIn(phase);
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      const flipped = bytes.slice();
      flipped[bit >>> 3] = (flipped[bit >>> 3] as number) ^ (1 << (bit & 7));
      expect(reasonOf(core, flipped, { timeUs }), `bit ${bit}`).toBe(REFUSAL.checksum);
    }
  });

  it("is refused when cut anywhere or followed by anything", () => {
    const core = coreIn(phase);
    for (let size = 0; size < bytes.length; size += 1) {
      const expected = size < 16 || size % 4 !== 0 ? REFUSAL.size : REFUSAL.checksum;
      expect(reasonOf(core, bytes.subarray(0, size), { timeUs }), `${size} bytes`).toBe(expected);
    }
    for (let more = 1; more < 257 - bytes.length; more += 1) {
      const longer = new Uint8Array(bytes.length + more);
      longer.set(bytes);
      const expected = longer.length % 4 !== 0 || longer.length > 152 ? REFUSAL.size : REFUSAL.checksum;
      expect(reasonOf(core, longer, { timeUs }), `${more} more`).toBe(expected);
    }
  });

  it("is refused at another length with a right checksum", () => {
    const core = coreIn(phase);
    for (let size = 16; size <= 152; size += 4) {
      if (size === bytes.length) continue;
      const other = new Uint8Array(size - 4);
      other.set(bytes.subarray(0, Math.min(size, bytes.length) - 4));
      for (const length of [size, bytes.length]) {
        new DataView(other.buffer).setUint16(6, length, true);
        expect(reasonOf(core, withChecksum(other), { timeUs }), `${size} bytes, says ${length}`).toBe(REFUSAL.size);
      }
    }
  });

  it.each([
    ["a line flag", { flags: 1 }, REFUSAL.flagged],
    ["the other peer's link", { from: C }, REFUSAL.source],
    ["the receiver's own number as link", { from: 0 }, REFUSAL.source],
    ["a link that does not exist", { from: 3 }, REFUSAL.source],
    ["a microsecond after its window", { timeUs: closeUs + 1 }, REFUSAL.window],
  ])("is refused from %s", (_what, options, reason) => {
    expect(reasonOf(coreIn(phase), bytes, { timeUs, ...options })).toBe(reason);
  });

  it.each([1, 2, 3].filter((other) => other !== phase))("is refused in the window of X%i", (other) => {
    const reason = reasonOf(coreIn(other), bytes, { timeUs });
    expect(reason).toBe(REFUSAL.window);
  });

  it("is refused after its frame and before it", () => {
    const core = coreIn(phase);
    core.begin(FRAME + 1);
    for (let i = 1; i < phase; i += 1) core.advance([0, WINDOWS.x1CloseUs, WINDOWS.x2CloseUs][i] as number);
    expect(reasonOf(core, bytes, { timeUs })).toBe(REFUSAL.frame);
    core.begin(FRAME - 1);
    expect(reasonOf(core, bytes, { timeUs })).toBe(REFUSAL.frame);
  });

  it.each([
    ["version", 0, [0, 2, 255], REFUSAL.kind],
    ["kind", 1, [0, 4, 255], REFUSAL.kind],
    ["source", 2, [0, 2, 3, 255], REFUSAL.source],
    ["reserved byte", 3, [1, 255], REFUSAL.kind],
    ["epoch", 4, [0, 2, 255], REFUSAL.epoch],
    ["epoch's high byte", 5, [1, 255], REFUSAL.epoch],
    ["frame", 8, [0, FRAME - 1, FRAME + 1], REFUSAL.frame],
    ["frame's high byte", 11, [1, 255], REFUSAL.frame],
    ["length", 6, [0, 16, 255], REFUSAL.size],
  ])("is refused with another %s although the checksum is right", (_what, at, values, reason) => {
    const core = coreIn(phase);
    for (const value of values) expect(reasonOf(core, reseal(bytes, at, value), { timeUs }), `${value}`).toBe(reason);
  });
});

describe("S14: an X1", () => {
  it("is refused before its window opens", () => {
    expect(reasonOf(coreIn(1), X1_OF_B, { timeUs: WINDOWS.x1OpenUs - 1 })).toBe(REFUSAL.window);
    expect(reasonOf(coreIn(1), X1_OF_B, { timeUs: WINDOWS.x1OpenUs })).toBe(REFUSAL.none);
  });

  it("is refused between frames", () => {
    const core = coreIn(3);
    core.advance(WINDOWS.x3CloseUs); // Its step never ended: first that window closes, then X3's.
    core.advance(WINDOWS.x3CloseUs);
    for (const { bytes } of KINDS) expect(reasonOf(core, bytes, { timeUs: 100 })).toBe(REFUSAL.window);
  });
});

describe("S14: garbage", () => {
  it("is refused at every point of a frame, whatever its bytes, link, flags and time", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 256 }),
      fc.uint8Array({ minLength: 12, maxLength: 148 }).map((body) => {
        body.set([1, 1 + ((body[1] as number) % 3), B, 0, 1, 0, body.length + 4, 0, FRAME + 1, 0, 0, 0]);
        return withChecksum(body.subarray(0, body.length & ~3));
      }),
    );
    fc.assert(
      fc.property(
        garbage,
        fc.nat(3),
        fc.nat(4),
        fc.nat(1),
        fc.oneof(fc.nat(10_000), fc.constant(0xffffffff)),
        (bytes, phase, from, flags, timeUs) => {
          expect(reasonOf(coreIn(phase), bytes, { from, flags, timeUs })).not.toBe(REFUSAL.none);
        },
      ),
      { seed: 2026, numRuns: 2000 },
    );
  });
});

describe("a core's own messages", () => {
  it("carry its samples, what it committed and what it saw, byte for byte as docs/protocol.md draws them", () => {
    const core = new Core(CORE);
    core.configure(
      coreConfiguration({ channel: 0, windows: WINDOWS, first_frame: FRAME, parameter_set: 0xabcdef01 }),
      TABLE,
    );
    core.samples.set([0x3f800000, 0xc0000000]);
    core.samples[16] = 0b10;
    core.begin(FRAME);
    const own = sent(core, 0);
    const view = new DataView(own.buffer);
    const pair = (at: number) => [view.getUint32(at, true), view.getUint32(at + 4, true)] as const;
    expect(own).toEqual(
      x1(
        { source: 0, frame: FRAME },
        {
          validity: 0b10,
          committed: FRAME - 1,
          committedHash: pair(28),
          agreedHash: pair(48),
          parameterSet: 0xabcdef01,
          samples: [0x3f800000, 0xc0000000],
        },
      ),
    );
    give(core, X1_OF_B);
    core.advance(WINDOWS.x1CloseUs);
    const toB = sent(core, 0);
    const toC = sent(core, 1);
    expect(toB).toEqual(x2({ source: 0, frame: FRAME }, { echo: checksumOf(X1_OF_B) }));
    expect(toC).toEqual(x2({ source: 0, frame: FRAME }, { relay: X1_OF_B }));
  });
});

/** Bytes of the n-th SEND of the last call. */
function sent(core: Core, index: number): Uint8Array {
  let count = 0;
  for (let i = 0; i < 64; i += 1) {
    if (core.effects[4 * i] !== EFFECT.send) continue;
    if (count === index) {
      const at = core.effects[4 * i + 2] as number;
      return core.bytes.slice(at, at + (core.effects[4 * i + 3] as number));
    }
    count += 1;
  }
  throw new RangeError(`no SEND ${index}`);
}
