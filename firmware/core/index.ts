/**
 * The channel core: a machine without I/O. The host hands it bytes, samples and times and carries out the effects it returns.
 *
 *   configure(table_bytes) i32    0, or why the configuration was refused
 *   begin(frame) u32              starts a frame from SAMPLES; number of effects
 *   receive(peer, size, flags, t_us) u32   judges RX; 0 accepted
 *   advance(t_us) u32             closes a window whose time has come; number of effects
 *   stepped(t_us) u32             takes STEP_OUT; number of effects
 *   deadline() u32                us since frame start when `advance` is wanted next
 *   state_hash_low(), state_hash_high()    QH64 of the whole state
 *   CONFIG TABLE SAMPLES RX STEP_IN STEP_OUT LINE EFFECTS RECORD STATE STATE_SIZE   addresses (docs/core.md)
 *
 * A frame (REDUNDANCY 4): begin -> X1 -> X2 -> consolidate, select -> step -> X3 -> vote, commit -> line.
 */

import { countChannels, pullsOf } from "./channels";
import { configureCore } from "./configure";
import { consolidate } from "./consolidate";
import { Effect, Event, effect, effectsClear, effectsCount, event } from "./effects";
import { emitEvidence, emitSources } from "./events";
import {
  buildX1,
  buildX2,
  buildX3,
  copyState,
  copyWords,
  judgeMessage,
  Kind,
  Refusal,
  RX,
  received,
  STEP_OUT,
  X3_OUTPUTS,
  x2Size,
} from "./message";
import { hash, hashBytes, hashEnd, hashStart } from "./qh64";
import { DETAIL, RECORD as RECORD_AT, RecordKind, writeDetail, writeRecord } from "./record";
import { selectInputs } from "./select";
import {
  AGREED,
  agreed,
  CHANNELS,
  Declaration,
  Input,
  input,
  isVoter,
  local,
  Mode,
  NEXT,
  Outcome,
  ownX1,
  ownX3,
  Phase,
  report,
  STATE,
  STATE_SIZE,
  StepStatus,
  settings,
  slot,
  stateIsBounded,
} from "./state";
import {
  collectEvidence,
  commitNext,
  countNoMajority,
  DropCause,
  hashNext,
  judgeFrame,
  outcomeOfCommit,
  resolvePending,
  Verdict,
} from "./vote";

export { CONFIG, TABLE } from "./configure";
export { EFFECTS } from "./effects";
export { RX, SAMPLES, STEP_OUT } from "./message";
export { RECORD } from "./record";
export { STATE, STATE_SIZE } from "./state";
export const STEP_IN: usize = memory.data(144, 16);
export const LINE: usize = memory.data(40, 16);
/** Bytes in front of a line's outputs: frame and whether it is driven. */
const LINE_HEAD: usize = 8;

enum GateCause {
  NO_MAJORITY = 1,
  SAFE = 2,
}
enum SafeCause {
  MISCOMPARE = 1,
  VOTERS = 2,
}
/** Place of the snapshot that a dropped step is taken back to. */
const PRE_STEP: u32 = 0;

export function configure(table_bytes: u32): i32 {
  effectsClear();
  return configureCore(table_bytes);
}

export function begin(frame: u32): u32 {
  assert(stateIsBounded());
  effectsClear();
  if (local.stepping != 0) abandonStep(); // The host never closed the last frame: its step is nobody's.
  local.frame = frame;
  local.phase = Phase.X1;
  local.received = 0;
  local.stepped = 0;
  local.driven = 0;
  local.matching = 0;
  local.fuel_used = 0;
  local.step_status = StepStatus.NOT_RUN;
  report.base_frame = 0;
  report.base_low = 0;
  report.base_high = 0;
  buildX1();
  if (local.outside == 0) effect(Effect.SEND, peers(), u32(ownX1()), settings.x1_size);
  return effectsCount();
}

function peers(): u32 {
  return 7 & ~(1 << settings.channel);
}

/** A window ends at its closing time: a late message is not taken although nobody advanced yet. */
function windowOpen(kind: u32, t_us: u32): bool {
  if (kind == Kind.X1) {
    return local.phase == Phase.X1 && t_us >= settings.x1_open_us && t_us <= settings.x1_close_us;
  }
  if (kind == Kind.X2) return local.phase == Phase.X2 && t_us <= settings.x2_close_us;
  return (local.phase == Phase.STEP || local.phase == Phase.X3) && t_us <= settings.x3_close_us;
}

export function receive(peer: u32, size: u32, flags: u32, t_us: u32): u32 {
  assert(stateIsBounded());
  effectsClear();
  if (peer >= CHANNELS || peer == settings.channel) return Refusal.SOURCE;
  const kind: u32 = load<u8>(RX, 1);
  const refusal: Refusal = judgeMessage(peer, size, (flags & 1) != 0, windowOpen(kind, t_us));
  if (refusal != Refusal.NONE) return refusal;
  copyWords(slot(peer, kind), RX, size);
  local.received |= 1 << (3 * peer + kind - 1);
  return Refusal.NONE;
}

export function deadline(): u32 {
  if (local.phase == Phase.X1) return settings.x1_close_us;
  if (local.phase == Phase.X2) return settings.x2_close_us;
  if (local.phase == Phase.STEP) return settings.step_close_us;
  return local.phase == Phase.X3 ? settings.x3_close_us : settings.period_us;
}

export function advance(t_us: u32): u32 {
  assert(stateIsBounded());
  effectsClear();
  if (t_us < deadline()) return 0;
  switch (local.phase) {
    case Phase.X1:
      closeX1();
      break;
    case Phase.X2:
      closeX2();
      break;
    case Phase.STEP:
      local.phase = Phase.X3;
      break; // The step overran: no X3, and the peers' silence count says so.
    case Phase.X3:
      closeX3();
      break;
    default:
      break;
  }
  return effectsCount();
}

function closeX1(): void {
  local.phase = Phase.X2;
  if (local.outside != 0) return;
  for (let peer: u32 = 0; peer < CHANNELS; peer++) {
    if (peer == settings.channel) continue;
    const third: u32 = 3 - settings.channel - peer;
    effect(Effect.SEND, 1 << peer, u32(buildX2(peer)), x2Size(received(third, Kind.X1)));
  }
}

function closeX2(): void {
  consolidate();
  emitSources();
  local.phase = Phase.X3;
  if (local.outside != 0) {
    local.outcome = Outcome.OUTSIDE;
    return;
  }
  if (local.pending != 0 && !settlePending()) {
    local.outcome = Outcome.NO_STEP;
    return;
  }
  if (isSafe()) {
    local.outcome = Outcome.SAFE;
    return;
  }
  if (!isVoter(AGREED, settings.channel)) {
    local.outcome = Outcome.OUTSIDE;
    return;
  }
  startStep();
}

/** Whether a frame left pending is settled, so that the channel may step again. */
function settlePending(): bool {
  const verdict: Verdict = resolvePending();
  if (verdict == Verdict.COMMIT) {
    event(Event.FRAME_COMMITTED_LATE, settings.channel, local.pending_frame);
    commitNext();
    // The voters may be others now, and the peer that was ahead has consolidated with these.
    consolidate();
    return true;
  }
  if (verdict == Verdict.DROP) {
    dropFrame();
    event(Event.FRAME_DROPPED, settings.channel, DropCause.NO_VOTER);
    return true;
  }
  return false;
}

function dropFrame(): void {
  local.pending = 0;
  effect(Effect.RESTORE, PRE_STEP, 0, 0);
}

function startStep(): void {
  copyState(NEXT, AGREED, settings.agreed_size);
  agreed(NEXT).frame = local.frame;
  countChannels();
  selectInputs();
  for (let index: u32 = 0; index < settings.inputs; index++) {
    const choice: Input = input(NEXT, index);
    store<u32>(STEP_IN + (index << 2), choice.selected);
    store<u32>(STEP_IN + (index << 2), choice.valid, 64);
  }
  store<u32>(STEP_IN, local.frame, 128);
  store<f32>(STEP_IN, f32(f64(settings.period_us) * 1e-6), 132);
  store<u32>(STEP_IN, agreed(AGREED).frame, 136);
  report.base_frame = agreed(AGREED).frame;
  report.base_low = local.module_low;
  report.base_high = local.module_high;
  local.phase = Phase.STEP;
  local.stepping = 1;
  effect(Effect.SNAPSHOT, PRE_STEP, 0, 0);
  effect(Effect.STEP, 0, 0, 0);
}

export function stepped(t_us: u32): u32 {
  assert(stateIsBounded());
  effectsClear();
  if (local.phase != Phase.STEP) return 0;
  local.phase = Phase.X3;
  local.step_status = load<u32>(STEP_OUT, 40);
  local.fuel_used = load<u32>(STEP_OUT, 44);
  if (local.step_status != StepStatus.OK || t_us > settings.step_close_us) {
    event(Event.STEP_FAILED, local.step_status, local.fuel_used);
    return effectsCount();
  }
  local.stepped = 1;
  local.next_module_low = load<u32>(STEP_OUT, 32);
  local.next_module_high = load<u32>(STEP_OUT, 36);
  hashNext();
  buildX3();
  effect(Effect.SEND, peers(), u32(ownX3()), settings.x3_size);
  return effectsCount();
}

function closeX3(): void {
  local.phase = Phase.DONE;
  local.declaration = Declaration.NONE;
  const votes: bool = local.outside == 0 && !isSafe() && isVoter(AGREED, settings.channel);
  const committed: bool = settleStep();
  if (!committed) collectEvidence(false);
  emitEvidence();
  if (votes && !committed && !isSafe()) goWithoutMajority();
  if (isSafe()) goSafe();
  finishFrame();
}

function isSafe(): bool {
  return agreed(AGREED).mode == Mode.SAFE;
}

/** Judges this frame's step, or takes it back when it never came to an end. Returns whether its frame was committed. */
function settleStep(): bool {
  let committed: bool = false;
  if (local.stepped != 0) committed = applyVerdict(judgeFrame());
  else if (local.stepping != 0) abandonStep();
  local.stepping = 0;
  return committed;
}

function goWithoutMajority(): void {
  countNoMajority();
  if (local.no_majority >= settings.hold_frames) gateOff(GateCause.NO_MAJORITY);
}

function goSafe(): void {
  if (local.gate != 0) event(Event.SAFE, settings.channel, SafeCause.VOTERS);
  gateOff(GateCause.SAFE);
}

/** Carries out what the vote found. Returns whether the frame was committed. */
function applyVerdict(verdict: Verdict): bool {
  switch (verdict) {
    case Verdict.COMMIT:
      collectEvidence(true);
      commitNext();
      local.outcome = outcomeOfCommit();
      local.no_majority = 0;
      local.driven = 1;
      return true;
    case Verdict.LOSE:
      event(Event.TUPLE_LOST, settings.channel, 0);
      local.declaration = Declaration.TUPLE_LOST;
      local.outcome = Outcome.LOST;
      dropFrame();
      return false;
    case Verdict.DROP:
      local.outcome = Outcome.DROPPED;
      dropFrame();
      return false;
    case Verdict.SAFE:
      local.outcome = Outcome.SAFE;
      dropFrame();
      agreed(AGREED).mode = u8(Mode.SAFE);
      event(Event.SAFE, settings.channel, SafeCause.MISCOMPARE);
      gateOff(GateCause.SAFE);
      return false;
    default:
      local.pending = 1;
      local.pending_frame = local.frame;
      local.outcome = Outcome.PENDING;
      event(Event.FRAME_PENDING, settings.channel, 0);
      return false;
  }
}

/** The law trapped, ran out of fuel or came too late: its state is taken back, and the channel says so itself. */
function abandonStep(): void {
  local.stepping = 0;
  local.declaration = Declaration.STEP_FAILED;
  local.outcome = Outcome.DROPPED;
  dropFrame();
}

function gateOff(cause: GateCause): void {
  if (local.gate == 0) return;
  local.gate = 0;
  local.driven = 0;
  event(Event.GATE_OFF, settings.channel, cause);
  effect(Effect.GATE, 0, 0, 0);
}

/** Line, pulls and record: the frame as the rest of the world sees it. */
function finishFrame(): void {
  if (local.gate == 0) local.driven = 0;
  store<u32>(LINE, local.frame);
  store<u32>(LINE, local.driven, 4);
  copyWords(LINE + LINE_HEAD, ownX3() + X3_OUTPUTS, settings.outputs << 2);
  effect(Effect.LINE, 0, 0, 0);
  local.pulls = local.outside != 0 ? 0 : pullsOf(AGREED);
  effect(Effect.PULL, local.pulls, 0, 0);
  effect(Effect.RECORD, u32(RECORD_AT), writeRecord(), RecordKind.FRAME);
  const detail_size: u32 = writeDetail();
  if (detail_size != 0) effect(Effect.RECORD, u32(DETAIL), detail_size, RecordKind.DETAIL);
}

export function state_hash_low(): u32 {
  hashStart();
  hashBytes(STATE, STATE_SIZE);
  hashEnd();
  return hash.a;
}

export function state_hash_high(): u32 {
  state_hash_low();
  return hash.b;
}
