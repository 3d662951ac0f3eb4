import { describe, expect, it } from "vitest";
import { crc32c } from "../../host/model/crc32c.ts";
import type { Core } from "../../sim/channel/core.ts";
import { random } from "../../sim/explore/draws.ts";
import { tinyLaw } from "../../sim/explore/tiny-law.ts";
import { f32, signalTable } from "../../sim/explore/tiny-table.ts";
import { Trio } from "../../sim/explore/trio.ts";
import { lossBit, type Message, X1 } from "../../sim/explore/trio-hooks.ts";
import { REFUSAL } from "./link-messages.ts";

/**
 * Whatever arrives, a core must refuse just what fails the checksum over all bytes, and must not be led by its own message of the same
 * kind, which a healthy channel's is so like: here every delivered message is changed in many ways first.
 */
const QUIET_FRAMES = 4;
/** One frame each: an X1 is lost, and its receiver's X2 to the other peer has no relay. */
const LOST: readonly number[] = [0, 1, 2].flatMap((from) =>
  [0, 1, 2].filter((to) => to !== from).map((to) => lossBit(X1, from, to)),
);
const TIMES = [0, 1000, 3000, 7000];

/** What a message's bytes say of themselves, summed up by the other implementation. */
function isWhole(bytes: Uint8Array): boolean {
  const end = bytes.length - 4;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true) === crc32c(bytes, 0, end);
}

function sealed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const end = copy.length - 4;
  new DataView(copy.buffer).setUint32(end, crc32c(copy, 0, end), true);
  return copy;
}

function flipped(bytes: Uint8Array, bits: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  for (const bit of bits) copy[bit >>> 3] = (copy[bit >>> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

/** The first `size` bytes of one message and the rest of another as long. */
function spliced(one: Uint8Array, other: Uint8Array, size: number): Uint8Array {
  const copy = other.slice();
  copy.set(one.subarray(0, size));
  return copy;
}

/** A message with another sender, and a checksum that differs as those of two whole messages with these senders do. */
function asFrom(sender: number, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[2] = sender;
  const end = copy.length - 4;
  const view = new DataView(copy.buffer);
  view.setUint32(end, view.getUint32(end, true) ^ crc32c(bytes, 0, end) ^ crc32c(copy, 0, end), true);
  return copy;
}

/** `own` is the receiver's message of the same kind. */
function* changes(bytes: Uint8Array, own: Uint8Array, draw: () => number): Generator<Uint8Array> {
  const bits = 8 * bytes.length;
  for (let bit = 0; bit < bits; bit += 1) {
    yield flipped(bytes, [bit]);
    yield sealed(flipped(bytes, [bit]));
  }
  for (let count = 0; count < 300; count += 1) {
    const several = Array.from({ length: 2 + Math.floor(draw() * 5) }, () => Math.floor(draw() * bits));
    yield flipped(bytes, several);
    yield sealed(flipped(bytes, several));
  }
  if (own.length !== bytes.length) return;
  yield own;
  for (let size = 4; size < bytes.length; size += 4) {
    for (const mixed of [spliced(bytes, own, size), spliced(own, bytes, size)]) {
      yield mixed;
      yield sealed(mixed);
    }
  }
}

interface Count {
  whole: number;
  broken: number;
}

/** Hands over a message and takes it back. */
function judged(core: Core, { kind, from }: Message, bytes: Uint8Array): number {
  const before = core.state.slice();
  const reason = core.receive(from, bytes, 0, TIMES[kind] as number);
  core.state.set(before);
  return reason;
}

/** Counts the changed messages; throws at the first one that is judged wrongly. */
function tryChanges(trio: Trio, message: Message, draw: () => number, count: Count): void {
  const { kind, from, to, words, frame } = message;
  const bytes = new Uint8Array(words.slice().buffer);
  const core = trio.cores[to] as Core;
  if (judged(core, message, bytes) !== REFUSAL.none)
    throw new Error(`frame ${frame}: X${kind} ${from}>${to} is refused`);
  // An X2 is like the receiver's own to the same peer: both relay the third channel's X1.
  const own = trio.outbox[kind - 1]?.[3 * to + from];
  if (own === undefined) throw new Error(`frame ${frame}: channel ${to} sent no X${kind}`);
  const place = core.bytes.slice(own.byteOffset, own.byteOffset + bytes.length);
  for (const changed of [asFrom(from, place), ...changes(bytes, new Uint8Array(own.slice().buffer), draw)]) {
    const whole = isWhole(changed);
    count[whole ? "whole" : "broken"] += 1;
    const reason = judged(core, message, changed);
    if ((reason === REFUSAL.checksum) === whole) {
      throw new Error(
        `frame ${frame}: X${kind} ${from}>${to} ${Buffer.from(changed).toString("hex")}: reason ${reason}`,
      );
    }
  }
}

describe("a checksum found from the own message", () => {
  it.each([
    [0, 1],
    [1, 1],
    [2, 8],
    [3, 3],
    [16, 2],
  ])("is the one over all bytes: %i inputs, %i outputs", (inputs, outputs) => {
    const draw = random(inputs);
    const table = signalTable(
      Array.from({ length: inputs }, () => ({})),
      outputs,
    );
    const trio = new Trio({
      table,
      outputs,
      law: tinyLaw,
      sample: (frame, channel, samples) => {
        for (let i = 0; i < inputs; i += 1) samples[i] = f32(10 + channel + ((frame + i) % 3));
        samples[16] = 0xffff;
      },
    });
    const count = { whole: 0, broken: 0 };
    for (let frame = 0; frame < QUIET_FRAMES + LOST.length; frame += 1) {
      trio.frame({
        lost: LOST[frame - QUIET_FRAMES] ?? 0,
        deliver: (message) => {
          if (frame >= QUIET_FRAMES - 1) tryChanges(trio, message, draw, count);
          return undefined;
        },
      });
      expect(trio.refusals).toEqual([]);
    }
    expect(count.whole).toBeGreaterThan(10_000);
    expect(count.broken).toBeGreaterThan(10_000);
  });
});
