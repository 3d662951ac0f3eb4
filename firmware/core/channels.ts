/**
 * Health of the channels and the mode, from consolidated data (REDUNDANCY 8, 9). Evidence of frame k is sent and consolidated
 * in k + 1 and takes effect there, in the agreed state that the step of k + 1 leads to.
 */
import { healthCount, healthOpen } from "./health";
import { x1Accuses, x1Committed, x1Declares, x1Omits, x1SameCommittedHash } from "./message";
import {
  AGREED,
  Agreed,
  agreed,
  CHANNELS,
  channelHealth,
  consolidatedX1,
  Health,
  isVoter,
  local,
  Mode,
  NEXT,
  settings,
  votersCount,
} from "./state";

/** Causes of a channel's error, bits. */
export enum Cause {
  VALUE = 1,
  SILENCE = 2,
  DECLARED = 4,
  HASH = 8,
}

const ALPHA_ONE: u32 = 256;

/** Moves NEXT, a copy of the agreed state, one frame on. */
export function countChannels(): void {
  const before: Agreed = agreed(AGREED);
  const next: Agreed = agreed(NEXT);
  next.errors = 0;
  if (before.mode == Mode.SAFE) return;
  const triplex: bool = before.mode == Mode.TRIPLEX;
  let convicted: bool = false;
  for (let channel: u32 = 0; channel < CHANNELS; channel++) {
    if (!isVoter(AGREED, channel)) continue;
    const causes: u32 = causesAgainst(channel);
    next.errors |= causes << (channel << 2);
    const health: Health = channelHealth(NEXT, channel);
    if (!healthCount(health, causes != 0, triplex) || convicted) continue;
    convicted = true;
    healthOpen(health, local.frame);
  }
  scoreLinks(next);
  const voters: u32 = votersCount(NEXT);
  // A lone voter is SAFE: SIMPLEX needs the peer's own failed self-test, and silence alone means isolation (REDUNDANCY 9).
  next.mode = u8(voters >= 2 ? voters : u32(Mode.SAFE));
}

/**
 * In TRIPLEX both others must accuse, by value or by silence in any mix, or the channel says so itself; in DUPLEX only its own
 * declaration counts, because one accuser is never enough.
 */
function causesAgainst(channel: u32): u32 {
  const own: usize = consolidatedX1(channel);
  let causes: u32 = 0;
  if (own != 0 && x1Declares(own)) causes |= Cause.DECLARED;
  const first: u32 = channel == 0 ? 1 : 0;
  const second: u32 = 3 - channel - first;
  if (!isVoter(AGREED, first) || !isVoter(AGREED, second)) return causes;
  const p: usize = consolidatedX1(first);
  const q: usize = consolidatedX1(second);
  if (p == 0 || q == 0) return causes;
  if (accuses(p, channel) && accuses(q, channel)) {
    if (x1Accuses(p, channel) || x1Accuses(q, channel)) causes |= Cause.VALUE;
    if (x1Omits(p, channel) || x1Omits(q, channel)) causes |= Cause.SILENCE;
  }
  if (own != 0 && differsFromBoth(own, p, q)) causes |= Cause.HASH;
  return causes;
}

function accuses(x1: usize, channel: u32): bool {
  return x1Accuses(x1, channel) || x1Omits(x1, channel);
}

/** Same committed frame as both others, another hash than both (REDUNDANCY 6). */
function differsFromBoth(own: usize, p: usize, q: usize): bool {
  if (!x1SameCommittedHash(p, q) || x1SameCommittedHash(own, p)) return false;
  return x1Committed(own) == x1Committed(p) && x1Committed(p) == x1Committed(q);
}

/** One accuser alone is held against the link of the pair (REDUNDANCY 1.4), by the same count as a channel. */
function scoreLinks(next: Agreed): void {
  next.link_ab = scoreLink(next.link_ab, 0, 1);
  next.link_ac = scoreLink(next.link_ac, 0, 2);
  next.link_bc = scoreLink(next.link_bc, 1, 2);
}

function scoreLink(score: u16, first: u32, second: u32): u16 {
  if (!isVoter(AGREED, first) || !isVoter(AGREED, second)) return score;
  if (accusesAlone(first, second) || accusesAlone(second, first)) return u16(min<u32>(u32(score) + ALPHA_ONE, 0xffff));
  return u16(score - ((u32(score) + 127) >> 7));
}

function accusesAlone(by: u32, against: u32): bool {
  const accuser: usize = consolidatedX1(by);
  if (accuser == 0 || !accuses(accuser, against)) return false;
  const third: usize = consolidatedX1(3 - by - against);
  return third == 0 || !isVoter(AGREED, 3 - by - against) || !accuses(third, against);
}

/** Channels whose gate this channel pulls: everything that is not a voter (REDUNDANCY 7, 8). Never its own. */
export function pullsOf(base: usize): u32 {
  let pulls: u32 = 0;
  for (let channel: u32 = 0; channel < CHANNELS; channel++) {
    if (channel != settings.channel && !isVoter(base, channel)) pulls |= 1 << channel;
  }
  return pulls;
}
