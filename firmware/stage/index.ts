/**
 * The output stage: where three lines become one actuator command (REDUNDANCY 7). Per actuator an exact 2-of-3 over the
 * enabled lines of this frame. It trusts nobody: a line counts only with its gate on, not pulled off by both peers, and with
 * this frame's number.
 *
 *   CONFIG   in   outputs, HOLD_FRAMES, SIMPLEX allowed, 8 safe values
 *   LINES    in   3 x 10 words: frame, driven, 8 values (a core's LINE)
 *   GATES    in   3 words, 1 on; PULLS in 3 words, bits of the channels each pulls; RUNNING in 3 words
 *   configure() i32   0, or -1 when CONFIG is out of limits
 *   step(frame) u32   the outcome; OUT has the values
 *   clear()           the operator's clear of a latched SAFE
 *   hash_low(), hash_high()   output hash so far
 *   OUT, RECORD, STATE, STATE_SIZE   addresses (docs/core.md)
 */
import { hash, hashEnd, hashPair, hashStart } from "../core/qh64";

const CHANNELS: u32 = 3;
const OUTPUTS_MAX: u32 = 8;
const LINE_SIZE: u32 = 40;
const VALUES_AT: u32 = 8;

export const CONFIG: usize = memory.data(64, 16);
export const LINES: usize = memory.data(120, 16);
export const GATES: usize = memory.data(16, 16);
export const PULLS: usize = memory.data(16, 16);
export const RUNNING: usize = memory.data(16, 16);
export const RECORD: usize = memory.data(128, 16);
export const STATE_SIZE: u32 = 96;
export const STATE: usize = memory.data(96, 16);
export const OUT: usize = STATE + 64;

enum Outcome {
  AGREED,
  MASKED,
  HELD,
  SAFE,
}

/** The stage's whole mutable state; the eight output words stand behind it. */
class Stage {
  outputs: u32 = 0;
  hold_frames: u32 = 0;
  simplex: u32 = 0;
  /** Channels whose line both peers pulled off, latched (bits). */
  pulled: u32 = 0;
  held_frames: u32 = 0;
  safe: u32 = 0;
  hash_a: u32 = 0;
  hash_b: u32 = 0;
  hash_words: u32 = 0;
  enabled: u32 = 0;
  counted: u32 = 0;
  agreeing: u32 = 0;
  outcome: u32 = 0;
  read_low: u32 = 0;
  read_high: u32 = 0;
  reserved: u32 = 0;
}
const stage: Stage = changetype<Stage>(STATE);

function config(word: u32): u32 {
  return load<u32>(CONFIG + (word << 2));
}

function safeValue(output: u32): u32 {
  return config(3 + output);
}

export function configure(): i32 {
  assert(offsetof<Stage>() == 64);
  memory.fill(STATE, 0, STATE_SIZE);
  stage.outputs = config(0);
  stage.hold_frames = config(1);
  stage.simplex = config(2);
  if (stage.outputs == 0 || stage.outputs > OUTPUTS_MAX || stage.hold_frames == 0) return -1;
  driveSafe();
  hashStart();
  stage.hash_a = hash.a;
  stage.hash_b = hash.b;
  return 0;
}

function driveSafe(): void {
  for (let output: u32 = 0; output < stage.outputs; output++) store<u32>(OUT + (output << 2), safeValue(output));
}

function bitOf(words: usize, channel: u32): u32 {
  return load<u32>(words + (channel << 2));
}

/** Both peers pull: latched. Two running peers that both let go release it. */
function latchPulls(): void {
  for (let channel: u32 = 0; channel < CHANNELS; channel++) {
    const first: u32 = channel == 0 ? 1 : 0;
    const second: u32 = 3 - channel - first;
    const by_first: bool = bitOf(RUNNING, first) != 0 && ((bitOf(PULLS, first) >>> channel) & 1) != 0;
    const by_second: bool = bitOf(RUNNING, second) != 0 && ((bitOf(PULLS, second) >>> channel) & 1) != 0;
    if (by_first && by_second) stage.pulled |= 1 << channel;
    else if (!by_first && !by_second && bitOf(RUNNING, first) != 0 && bitOf(RUNNING, second) != 0) {
      stage.pulled &= ~(1 << channel);
    }
  }
}

function lineAt(channel: u32): usize {
  return LINES + channel * LINE_SIZE;
}

/** Lines that are enabled, and among them those of this frame. */
function countLines(frame: u32): void {
  stage.enabled = 0;
  stage.counted = 0;
  for (let channel: u32 = 0; channel < CHANNELS; channel++) {
    if (bitOf(GATES, channel) == 0 || ((stage.pulled >>> channel) & 1) != 0) continue;
    stage.enabled |= 1 << channel;
    const line: usize = lineAt(channel);
    if (load<u32>(line) == frame && load<u32>(line, 4) == 1) stage.counted |= 1 << channel;
  }
}

function valueAt(channel: u32, output: u32): u32 {
  return load<u32>(lineAt(channel) + VALUES_AT + (output << 2));
}

/** Counted lines that give the value which two hold for this actuator, 0 when no two agree. */
function majorityOf(output: u32): u32 {
  for (let first: u32 = 0; first < CHANNELS; first++) {
    if (((stage.counted >>> first) & 1) == 0) continue;
    let equal: u32 = 1 << first;
    for (let other: u32 = first + 1; other < CHANNELS; other++) {
      if (((stage.counted >>> other) & 1) != 0 && valueAt(other, output) == valueAt(first, output)) equal |= 1 << other;
    }
    if (popcnt<u32>(equal) >= 2) return equal;
  }
  return 0;
}

/**
 * Votes each actuator by itself. One without a majority holds them all, so that the commands of a frame stay together. False when
 * an actuator has no majority.
 */
function takeMajority(): bool {
  let agreeing: u32 = stage.counted;
  for (let output: u32 = 0; output < stage.outputs; output++) {
    const equal: u32 = majorityOf(output);
    if (equal == 0) return false;
    agreeing &= equal;
  }
  for (let output: u32 = 0; output < stage.outputs; output++) {
    store<u32>(OUT + (output << 2), valueAt(ctz<u32>(majorityOf(output)), output));
  }
  stage.agreeing = agreeing;
  stage.held_frames = 0;
  return true;
}

/** One enabled line: its value counts only where SIMPLEX is configured. */
function take(channel: u32): void {
  for (let output: u32 = 0; output < stage.outputs; output++) store<u32>(OUT + (output << 2), valueAt(channel, output));
  stage.agreeing = stage.counted;
  stage.held_frames = 0;
}

function goSafe(): Outcome {
  stage.safe = 1;
  driveSafe();
  return Outcome.SAFE;
}

function decide(): Outcome {
  stage.agreeing = 0;
  if (stage.safe != 0) return Outcome.SAFE;
  if (stage.enabled == 0) return goSafe();
  if (takeMajority()) return stage.agreeing == stage.enabled ? Outcome.AGREED : Outcome.MASKED;
  if (stage.simplex != 0 && popcnt<u32>(stage.enabled) == 1 && stage.counted == stage.enabled) {
    take(ctz<u32>(stage.counted));
    return Outcome.MASKED;
  }
  stage.held_frames += 1;
  return stage.held_frames > stage.hold_frames ? goSafe() : Outcome.HELD;
}

export function step(frame: u32): u32 {
  latchPulls();
  countLines(frame);
  stage.outcome = decide();
  chainHash(frame);
  writeRecord(frame);
  return stage.outcome;
}

/** Held and safe frames are part of the chain: equal hashes mean equal runs (REDUNDANCY 13). */
function chainHash(frame: u32): void {
  hash.a = stage.hash_a;
  hash.b = stage.hash_b;
  hash.words = stage.hash_words;
  hashPair(frame, load<u32>(OUT));
  for (let output: u32 = 1; output < stage.outputs; output += 2) {
    const second: u32 = output + 1 < stage.outputs ? load<u32>(OUT + ((output + 1) << 2)) : 0;
    hashPair(load<u32>(OUT + (output << 2)), second);
  }
  stage.hash_a = hash.a;
  stage.hash_b = hash.b;
  stage.hash_words = hash.words;
  hashEnd();
  stage.read_low = hash.a;
  stage.read_high = hash.b;
}

function writeRecord(frame: u32): void {
  store<u32>(RECORD, 0x0100); // CDR, little-endian
  store<u32>(RECORD, frame, 4);
  store<u32>(RECORD, stage.outcome, 8);
  store<u32>(RECORD, stage.enabled, 12);
  store<u32>(RECORD, stage.counted, 16);
  store<u32>(RECORD, stage.agreeing, 20);
  store<u32>(RECORD, stage.held_frames, 24);
  store<u32>(RECORD, stage.safe, 28);
  store<u32>(RECORD, stage.read_low, 32);
  store<u32>(RECORD, stage.read_high, 36);
  for (let output: u32 = 0; output < stage.outputs; output++) {
    store<u32>(RECORD + (output << 2), load<u32>(OUT + (output << 2)), 40);
  }
}

export function clear(): void {
  stage.safe = 0;
  stage.held_frames = 0;
}

export function hash_low(): u32 {
  return stage.read_low;
}

export function hash_high(): u32 {
  return stage.read_high;
}
