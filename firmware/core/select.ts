/**
 * Selection of one value per input from the consolidated samples (REDUNDANCY 5), also those of a channel that no longer votes:
 * its computing was convicted, not its sensors, and the median bounds what it can do (docs/decisions/0002). Everything here is a
 * function of consolidated data and agreed state, so every healthy channel selects the same bits. Floats are compared as
 * f64: exact for f32, i32 and u32 alike.
 */

import { healthCount, healthOpen, healthReturn, healthUsed } from "./health";
import { x1Fresh, x1Sample } from "./message";
import {
  AGREED,
  CHANNELS,
  consolidatedX1,
  Health,
  Input,
  InputRule,
  input,
  inputRule,
  isVoter,
  local,
  NEXT,
  Sensor,
  sensor,
  sensorHealth,
  settings,
} from "./state";

/** ABSENT: missing or stale, as the channel that sampled it knows. 2 is reserved. */
export enum Reason {
  OK,
  ABSENT,
  RANGE = 3,
  NAN,
  RATE,
  SENSOR_OUT,
  NO_SOURCE,
}
export enum Why {
  MEDIAN,
  NEAREST,
  SINGLE,
  MAJORITY,
  HELD,
  INVALID,
}
enum Type {
  F32,
  I32,
  U32,
  BOOL,
}
const SELECTION_MAJORITY: u32 = 1;
/** Consistent samples in a row after which a jump is believed (REDUNDANCY 5). */
const REARM_SAMPLES: u32 = 3;

/** A sample as a number. */
export function valueOf(word: u32, type: u32): f64 {
  if (type == Type.F32) return f64(reinterpret<f32>(word));
  if (type == Type.I32) return f64(i32(word));
  return f64(word);
}

/** One frame's samples of the input at hand: made once, filled in for each input. */
class Candidates {
  /** The samples as numbers, and as they came. */
  value_a: f64 = 0;
  value_b: f64 = 0;
  value_c: f64 = 0;
  word_a: u32 = 0;
  word_b: u32 = 0;
  word_c: u32 = 0;
  /** Sources that were judged good and may be selected, and those that could be judged (bits). */
  usable: u32 = 0;
  good: u32 = 0;
  /** What sensors that are all out are compared with. */
  reference: f64 = 0;
}
const candidates: Candidates = new Candidates();

function word(source: u32): u32 {
  return load<u32>(changetype<usize>(candidates) + (source << 2), offsetof<Candidates>("word_a"));
}

function number(source: u32): f64 {
  return load<f64>(changetype<usize>(candidates) + (source << 3));
}

function reasonOf(choice: Input, source: u32): Reason {
  return (choice.reasons >>> (source << 2)) & 15;
}

function setReason(choice: Input, source: u32, reason: Reason): void {
  const shift: u32 = source << 2;
  choice.reasons = (choice.reasons & ~(15 << shift)) | (reason << shift);
}

/** Selects every input for the frame that is about to be stepped. NEXT holds a copy of the agreed state. */
export function selectInputs(): void {
  for (let index: u32 = 0; index < settings.inputs; index++) {
    const rule: InputRule = inputRule(index);
    const choice: Input = input(NEXT, index);
    candidates.usable = 0;
    candidates.good = 0;
    for (let source: u32 = 0; source < CHANNELS; source++) judge(index, source, rule, choice);
    if (rule.selection == SELECTION_MAJORITY) selectMajority(choice);
    else selectMedian(rule, choice);
    countSensors(index, rule, choice);
  }
}

function judge(index: u32, source: u32, rule: InputRule, choice: Input): void {
  const x1: usize = consolidatedX1(source);
  if (x1 == 0) return setReason(choice, source, Reason.NO_SOURCE);
  const sample: u32 = x1Sample(x1, index);
  const value: f64 = valueOf(sample, rule.type);
  store<f64>(changetype<usize>(candidates) + (source << 3), value);
  store<u32>(changetype<usize>(candidates) + (source << 2), sample, offsetof<Candidates>("word_a"));
  let reason: Reason = judgeSample(x1, index, source, rule, sample, value);
  if (reason == Reason.OK) {
    candidates.good |= 1 << source;
    if (healthUsed(sensorHealth(NEXT, index, source))) candidates.usable |= 1 << source;
    else reason = Reason.SENSOR_OUT;
  }
  setReason(choice, source, reason);
}

function judgeSample(x1: usize, index: u32, source: u32, rule: InputRule, sample: u32, value: f64): Reason {
  if (!x1Fresh(x1, index)) return Reason.ABSENT;
  if (value != value) return Reason.NAN;
  if (value < rule.least || value > rule.greatest) return Reason.RANGE;
  if (rule.rate_per_frame == 0) return Reason.OK;
  return judgeRate(sensor(NEXT, index, source), sensorHealth(NEXT, index, source), rule, sample, value);
}

function withinRate(rule: InputRule, value: f64, from_word: u32, from_frame: u32): bool {
  const step: f64 = Math.abs(value - valueOf(from_word, rule.type));
  return step <= rule.rate_per_frame * f64(local.frame - from_frame);
}

/** Too far from the last accepted sample for the time since; three samples that fit each other are believed again. */
function judgeRate(choice: Sensor, health: Health, rule: InputRule, sample: u32, value: f64): Reason {
  const first: bool = choice.accepted_frame == 0xffffffff;
  if (first || withinRate(rule, value, choice.accepted, choice.accepted_frame)) {
    choice.accepted = sample;
    choice.accepted_frame = local.frame;
    health.run = 0;
    return Reason.OK;
  }
  const fits: bool = health.run > 0 && withinRate(rule, value, choice.candidate, choice.candidate_frame);
  health.run = fits ? u8(health.run + 1) : 1;
  choice.candidate = sample;
  choice.candidate_frame = local.frame;
  if (u32(health.run) < REARM_SAMPLES) return Reason.RATE;
  choice.accepted = sample;
  choice.accepted_frame = local.frame;
  health.run = 0;
  return Reason.OK;
}

function accept(choice: Input, selected: u32, why: Why, used: u32): void {
  choice.selected = selected;
  choice.why = u8(why);
  choice.used = u8(used);
  choice.hold = 0;
  choice.valid = 1;
  choice.seen = 1;
}

/** Disputed, or nothing to select from: the last value for at most HOLD_FRAMES, then the law sees `valid = false`. */
function hold(choice: Input): void {
  choice.used = 0;
  const held: u32 = min<u32>(u32(choice.hold) + 1, settings.hold_frames + 1);
  choice.hold = u8(held);
  const within: bool = choice.valid != 0 && held <= settings.hold_frames;
  choice.valid = u8(within);
  choice.why = u8(within ? Why.HELD : Why.INVALID);
}

function invalid(choice: Input): void {
  choice.used = 0;
  choice.valid = 0;
  choice.why = u8(Why.INVALID);
}

function selectMedian(rule: InputRule, choice: Input): void {
  const usable: u32 = candidates.usable;
  const count: i32 = popcnt<i32>(usable);
  if (count == 3) return accept(choice, median(), Why.MEDIAN, usable);
  if (count == 0) return hold(choice);
  const lower: u32 = ctz<u32>(usable);
  if (count == 1) {
    if (rule.single == 0) return hold(choice);
    return accept(choice, word(lower), Why.SINGLE, usable);
  }
  const upper: u32 = 31 - clz<u32>(usable);
  const low: f64 = number(lower);
  const high: f64 = number(upper);
  if (Math.abs(low - high) > rule.tolerance) return settleDispute(rule, choice, lower, upper);
  const last: f64 = valueOf(choice.selected, rule.type);
  const nearest: u32 = Math.abs(high - last) < Math.abs(low - last) ? upper : lower;
  accept(choice, word(nearest), Why.NEAREST, usable);
}

/** Two beyond tolerance: nobody can tell which is right, unless one of the two channels no longer votes. */
function settleDispute(rule: InputRule, choice: Input, lower: u32, upper: u32): void {
  const lower_votes: bool = isVoter(AGREED, lower);
  if (rule.single == 0 || lower_votes == isVoter(AGREED, upper)) return hold(choice);
  const source: u32 = lower_votes ? lower : upper;
  accept(choice, word(source), Why.SINGLE, 1 << source);
}

/** Never the mean: one fault shifts it without bound. */
function median(): u32 {
  const a: f64 = number(0);
  const b: f64 = number(1);
  const c: f64 = number(2);
  const low: u32 = a < b ? 0 : 1;
  const high: u32 = 1 - low;
  if (c < number(low)) return word(low);
  if (c > number(high)) return word(high);
  return word(2);
}

/** Discrete values: two equal win. */
function selectMajority(choice: Input): void {
  const usable: u32 = candidates.usable;
  for (let first: u32 = 0; first < CHANNELS; first++) {
    for (let second: u32 = first + 1; second < CHANNELS; second++) {
      const both: u32 = (1 << first) | (1 << second);
      if ((usable & both) == both && word(first) == word(second)) {
        return accept(choice, word(first), Why.MAJORITY, equalTo(word(first), usable));
      }
    }
  }
  hold(choice);
}

function equalTo(value: u32, usable: u32): u32 {
  let equal: u32 = 0;
  for (let source: u32 = 0; source < CHANNELS; source++) {
    if (((usable >>> source) & 1) != 0 && word(source) == value) equal |= 1 << source;
  }
  return equal;
}

/**
 * Evidence about each sensor. A defect of the sample itself always counts; a distance counts when the selected value rests on
 * two sources or more, so that no sensor is judged by itself alone. At most one sensor of an input is put out per frame.
 */
function countSensors(index: u32, rule: InputRule, choice: Input): void {
  let convicted: bool = false;
  let reference: bool = choice.why == Why.MEDIAN || choice.why == Why.NEAREST || choice.why == Why.MAJORITY;
  let selected: f64 = valueOf(choice.selected, rule.type);
  if (!reference && popcnt<u32>(candidates.usable) < 2) {
    reference = referOutsiders(rule);
    selected = candidates.reference;
  }
  for (let source: u32 = 0; source < CHANNELS; source++) {
    const reason: Reason = reasonOf(choice, source);
    if (reason == Reason.NO_SOURCE) continue;
    const good: bool = ((candidates.good >>> source) & 1) != 0;
    const far: bool = good && reference && isFar(rule, number(source), selected);
    const error: bool = !good || far;
    const health: Health = sensorHealth(NEXT, index, source);
    if (!healthUsed(health)) {
      healthReturn(health, local.frame, !good || reference, error);
    } else if (good && !reference) {
      continue;
    } else if (healthCount(health, error, true) && !convicted) {
      convicted = true;
      healthOpen(health, local.frame);
    }
  }
}

/**
 * When at most one sensor of an input is in selection, as after a gap in all three, there is nothing that a returning one could be
 * compared with: then all good samples are compared with each other. False when fewer than two fit each other.
 */
function referOutsiders(rule: InputRule): bool {
  const good: u32 = candidates.good;
  if (popcnt<u32>(good) == 3 && rule.selection != SELECTION_MAJORITY) {
    candidates.reference = valueOf(median(), rule.type);
    return true;
  }
  for (let first: u32 = 0; first < CHANNELS; first++) {
    for (let second: u32 = first + 1; second < CHANNELS; second++) {
      const both: u32 = (1 << first) | (1 << second);
      if ((good & both) != both || isFar(rule, number(first), number(second))) continue;
      candidates.reference = number(first);
      return true;
    }
  }
  return false;
}

function isFar(rule: InputRule, value: f64, selected: f64): bool {
  if (rule.selection == SELECTION_MAJORITY) return value != selected;
  return Math.abs(value - selected) > rule.tolerance;
}

export function selectStart(): void {
  for (let index: u32 = 0; index < settings.inputs; index++) {
    invalid(input(AGREED, index));
    for (let source: u32 = 0; source < CHANNELS; source++) {
      sensor(AGREED, index, source).accepted_frame = 0xffffffff;
    }
  }
}
