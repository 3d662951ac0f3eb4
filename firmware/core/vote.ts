/**
 * Vote and commit (REDUNDANCY 6). A frame whose X3 tuple another voter's X3 matches is committed and never rolled back. Without
 * a match it is pending: whether the other side saw the match is known only from what its next X1 reports.
 */
import { Event, event } from "./effects";
import { emitCommitted } from "./events";
import {
  copyState,
  Kind,
  received,
  sameWords,
  X3_OUTPUTS,
  x1Committed,
  x1CommittedIs,
  x1Pending,
  x1PendingIs,
} from "./message";
import { hash, hashOfState, hashParts } from "./qh64";
import {
  AGREED,
  agreed,
  CHANNELS,
  consolidatedX1,
  Declaration,
  isLater,
  isVoter,
  local,
  NEXT,
  Outcome,
  ownX3,
  Source,
  settings,
  slot,
  sourceOf,
} from "./state";

/** What became of a frame that was not committed in its own vote. */
export enum Verdict {
  COMMIT,
  KEEP_PENDING,
  DROP,
  LOSE,
  SAFE,
}
/** Why a frame was dropped (event argument). */
export enum DropCause {
  DIGEST = 1,
  RESULT,
  NO_VOTER,
}
/** A second miscompare in a row ends in SAFE until the self-test can tell which of the two is wrong. */
const MISCOMPARES_MAX: u32 = 2;
const TUPLE_AT: u32 = 12;

/** Adopts NEXT as the agreed state, with the module state that goes with it. */
export function commitNext(): void {
  emitCommitted(AGREED, NEXT);
  copyState(AGREED, NEXT, settings.agreed_size);
  local.module_low = local.next_module_low;
  local.module_high = local.next_module_high;
  local.agreed_low = local.next_agreed_low;
  local.agreed_high = local.next_agreed_high;
  local.committed_low = local.pending_low;
  local.committed_high = local.pending_high;
  local.pending = 0;
  local.miscompares = 0;
}

/** Hashes of what this frame led to, whether it will be committed or not. */
export function hashNext(): void {
  hashParts(NEXT, settings.agreed_size);
  local.next_agreed_low = hash.a;
  local.next_agreed_high = hash.b;
  hashOfState(local.next_module_low, local.next_module_high, local.next_agreed_low, local.next_agreed_high);
  local.pending_low = hash.a;
  local.pending_high = hash.b;
}

/** What the voters heard say of a pending frame. Returns COMMIT, DROP or KEEP_PENDING. */
export function resolvePending(): Verdict {
  let heard: u32 = 0;
  let older: u32 = 0;
  for (let peer: u32 = 0; peer < CHANNELS; peer++) {
    const x1: usize = consolidatedX1(peer);
    if (peer == settings.channel || x1 == 0 || !isVoter(AGREED, peer)) continue;
    heard += 1;
    if (x1CommittedIs(x1, local.pending_frame, local.pending_low, local.pending_high)) return Verdict.COMMIT;
    if (isLater(local.pending_frame, x1Committed(x1))) older += 1;
  }
  return heard > 0 && older == heard ? Verdict.DROP : Verdict.KEEP_PENDING;
}

/** The X3 of a peer, or 0 when it is missing or steps from another base than this channel (REDUNDANCY 6, TRIPLEX). */
function countedX3(peer: u32): usize {
  if (!received(peer, Kind.X3)) return 0;
  const x1: usize = consolidatedX1(peer);
  if (x1 == 0) return 0;
  const frame: u32 = agreed(AGREED).frame;
  if (x1CommittedIs(x1, frame, local.committed_low, local.committed_high)) return slot(peer, Kind.X3);
  const newer: bool = isLater(x1Pending(x1), x1Committed(x1));
  if (newer && x1PendingIs(x1, frame, local.committed_low, local.committed_high)) return slot(peer, Kind.X3);
  return 0;
}

function sameTuple(first: usize, second: usize): bool {
  return (
    sameWords(first + TUPLE_AT, second + TUPLE_AT, 24) &&
    sameWords(first + X3_OUTPUTS, second + X3_OUTPUTS, settings.outputs << 2)
  );
}

function sameDigest(first: usize, second: usize): bool {
  return sameWords(first + TUPLE_AT, second + TUPLE_AT, 8);
}

/** Judges the frame that this channel stepped. */
export function judgeFrame(): Verdict {
  const lower: u32 = settings.channel == 0 ? 1 : 0;
  const upper: u32 = 3 - settings.channel - lower;
  if (isVoter(AGREED, lower) && isVoter(AGREED, upper)) return judgeTriplex(lower, upper);
  return judgeDuplex(isVoter(AGREED, lower) ? lower : upper);
}

function judgeTriplex(lower: u32, upper: u32): Verdict {
  const p: usize = countedX3(lower);
  const q: usize = countedX3(upper);
  if ((p != 0 && sameTuple(p, ownX3())) || (q != 0 && sameTuple(q, ownX3()))) return Verdict.COMMIT;
  if (p != 0 && q != 0 && sameTuple(p, q)) return Verdict.LOSE;
  return Verdict.KEEP_PENDING;
}

/** Digests differ: a link event. Digests equal and results differ: one of the two computed wrongly, and neither knows which. */
function judgeDuplex(peer: u32): Verdict {
  if (!received(peer, Kind.X3)) return Verdict.KEEP_PENDING;
  const x3: usize = slot(peer, Kind.X3);
  if (sameTuple(x3, ownX3())) return Verdict.COMMIT;
  if (!sameDigest(x3, ownX3())) {
    event(Event.FRAME_DROPPED, settings.channel, DropCause.DIGEST);
    return Verdict.DROP;
  }
  local.miscompares += 1;
  event(Event.MISCOMPARE, settings.channel, local.miscompares);
  if (local.miscompares >= MISCOMPARES_MAX) return Verdict.SAFE;
  event(Event.FRAME_DROPPED, settings.channel, DropCause.RESULT);
  return Verdict.DROP;
}

/** Evidence of this frame for the next X1. Only a channel that committed knows which tuple won, so only it accuses by value. */
export function collectEvidence(committed: bool): void {
  local.omissions = 0;
  local.accusations = 0;
  local.missing = 0;
  local.matching = committed ? 1 << settings.channel : 0;
  for (let peer: u32 = 0; peer < CHANNELS; peer++) {
    if (peer == settings.channel) continue;
    const missing: u32 = ~(local.received >>> (3 * peer)) & 7;
    local.missing |= missing << (3 * peer);
    if (missing != 0) local.omissions |= 1 << peer;
    if (sourceOf(peer) == Source.TWO_FACED) local.accusations |= 1 << peer;
    if (!committed || !received(peer, Kind.X3)) continue;
    if (sameTuple(slot(peer, Kind.X3), ownX3())) local.matching |= 1 << peer;
    else local.accusations |= 1 << peer;
  }
}

/** Whether every voter's tuple equals the committed one. */
export function outcomeOfCommit(): Outcome {
  for (let channel: u32 = 0; channel < CHANNELS; channel++) {
    if (isVoter(NEXT, channel) && ((local.matching >>> channel) & 1) == 0) return Outcome.MASKED;
  }
  return Outcome.AGREED;
}

/** A local counter: a channel in no majority of two for HOLD_FRAMES gates itself off and declares itself. */
export function countNoMajority(): void {
  local.no_majority = min<u32>(local.no_majority + 1, 0xffff);
  if (local.no_majority <= settings.hold_frames) event(Event.NO_MAJORITY, settings.channel, local.no_majority);
  if (local.no_majority >= settings.hold_frames) local.declaration = Declaration.NO_MAJORITY;
}
