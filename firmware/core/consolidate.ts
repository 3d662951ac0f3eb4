/**
 * Consolidation (REDUNDANCY 4): every source's X1 is seen directly and through the third channel, and a channel's own X1
 * counts only when a peer echoed it. For any single lost message, silent or two-faced source, all healthy channels
 * consolidate the same: without the echo, a source silent to both would count itself and split from them.
 */

import { echoMatches, Kind, received, relayedX1, relayIsSound, sameWords } from "./message";
import { hash, hashEnd, hashPair, hashSide, hashSides, hashStart } from "./qh64";
import {
  AGREED,
  CHANNELS,
  consolidatedX1,
  isVoter,
  local,
  ownX1,
  Source,
  setConsolidated,
  settings,
  slot,
  sourceOf,
} from "./state";

export function consolidate(): void {
  for (let source: u32 = 0; source < CHANNELS; source++) {
    if (source == settings.channel) consolidateOwn();
    else consolidatePeer(source);
  }
  digestConsolidated();
}

function consolidateOwn(): void {
  for (let peer: u32 = 0; peer < CHANNELS; peer++) {
    if (peer != settings.channel && isVoter(AGREED, peer) && echoMatches(peer)) {
      setConsolidated(settings.channel, Source.ECHOED, ownX1());
      return;
    }
  }
  setConsolidated(settings.channel, Source.ABSENT, 0);
}

/** Relays of a channel that does not vote are ignored. */
function consolidatePeer(source: u32): void {
  const third: u32 = 3 - settings.channel - source;
  const direct: usize = received(source, Kind.X1) ? slot(source, Kind.X1) : 0;
  let relay: usize = isVoter(AGREED, third) ? relayedX1(third) : 0;
  if (relay != 0 && direct != 0 && sameWords(direct, relay, settings.x1_size)) {
    setConsolidated(source, Source.BOTH, direct);
    return;
  }
  if (relay != 0 && !relayIsSound(relay, source)) relay = 0;
  if (direct != 0 && relay != 0) setConsolidated(source, Source.TWO_FACED, 0);
  else if (direct != 0) setConsolidated(source, Source.DIRECT, direct);
  else if (relay != 0) setConsolidated(source, Source.RELAYED, relay);
  else setConsolidated(source, Source.ABSENT, 0);
}

/** What a source counts as in the digest: how it reached this channel is local and stays out. */
export function sourceStatus(source: u32): u32 {
  if (consolidatedX1(source) != 0) return 1;
  return sourceOf(source) == Source.TWO_FACED ? 2 : 0;
}

function x1OrOwn(source: u32): usize {
  const x1: usize = consolidatedX1(source);
  return x1 != 0 ? x1 : ownX1();
}

/** The digest covers every consolidated X1 in full: one of selected values would let a link event look like a compute fault. */
function digestConsolidated(): void {
  // A source that is not used has no X1: whatever stands in its place is left out again.
  hashSides(x1OrOwn(0), x1OrOwn(1), x1OrOwn(2), settings.x1_size);
  hashStart();
  for (let source: u32 = 0; source < CHANNELS; source++) {
    hashPair(sourceStatus(source), source);
    if (consolidatedX1(source) != 0) hashSide(source);
  }
  hashEnd();
  local.digest_low = hash.a;
  local.digest_high = hash.b;
}
