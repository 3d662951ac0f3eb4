/** Events of a commit: what changed between the agreed state before and after it. Dropped frames leave no event behind. */
import { Event, event } from "./effects";
import { x1Sample } from "./message";
import { valueOf, Why } from "./select";
import {
  AGREED,
  agreed,
  CHANNELS,
  channelHealth,
  consolidatedX1,
  Health,
  HealthState,
  Input,
  input,
  isVoter,
  local,
  Source,
  sensorHealth,
  settings,
  sourceOf,
} from "./state";

const REASON_OK: u32 = 0;
const REASON_DEFECT_MAX: u32 = 5;
const LINK_SUSPECT: u32 = 1280;

export function emitCommitted(before: usize, after: usize): void {
  for (let channel: u32 = 0; channel < CHANNELS; channel++) emitChannel(before, after, channel);
  for (let index: u32 = 0; index < settings.inputs; index++) emitInput(before, after, index);
  emitLink(0, agreed(before).link_ab, agreed(after).link_ab);
  emitLink(1, agreed(before).link_ac, agreed(after).link_ac);
  emitLink(2, agreed(before).link_bc, agreed(after).link_bc);
  if (agreed(before).mode != agreed(after).mode) event(Event.MODE, agreed(after).mode, agreed(before).mode);
}

function emitLink(link: u32, before: u32, after: u32): void {
  if (before < LINK_SUSPECT && after >= LINK_SUSPECT) event(Event.LINK_SUSPECT, link, after);
}

function emitChannel(before: usize, after: usize, channel: u32): void {
  const causes: u32 = (agreed(after).errors >>> (channel << 2)) & 15;
  if (causes != 0 && causes != ((agreed(before).errors >>> (channel << 2)) & 15)) {
    event(Event.CHANNEL_ERROR, channel, causes);
  }
  const old: Health = channelHealth(before, channel);
  const now: Health = channelHealth(after, channel);
  if (old.state == now.state) return;
  if (now.state == HealthState.SUSPECT) event(Event.CHANNEL_SUSPECT, channel, now.alpha);
  if (now.state == HealthState.HEALTHY) event(Event.CHANNEL_HEALTHY, channel, 0);
  if (now.state == HealthState.OPEN) event(Event.CHANNEL_OPEN, channel, now.trips);
  if (now.state == HealthState.FAILED) event(Event.CHANNEL_FAILED, channel, now.trips);
}

function emitInput(before: usize, after: usize, index: u32): void {
  const old: Input = input(before, index);
  const now: Input = input(after, index);
  if (now.why == Why.HELD && old.why != Why.HELD) event(Event.INPUT_DISPUTED, index, 0);
  if (now.valid != old.valid && old.seen != 0)
    event(now.valid != 0 ? Event.INPUT_VALID : Event.INPUT_INVALID, index, 0);
  for (let source: u32 = 0; source < CHANNELS; source++) emitSensor(before, after, index, source);
}

function emitSensor(before: usize, after: usize, index: u32, source: u32): void {
  const subject: u32 = source + (index << 2);
  const old: Health = sensorHealth(before, index, source);
  const now: Health = sensorHealth(after, index, source);
  const reason: u32 = (input(after, index).reasons >>> (source << 2)) & 15;
  if (reason == REASON_OK && old.state == now.state && now.consecutive != 1) return;
  const reason_before: u32 = (input(before, index).reasons >>> (source << 2)) & 15;
  const defect: bool = reason != REASON_OK && reason <= REASON_DEFECT_MAX;
  if (defect && reason != reason_before) event(Event.SENSOR_DEFECT, subject, reason);
  if (now.consecutive == 1 && reason == REASON_OK) {
    const x1: usize = consolidatedX1(source);
    event(Event.SENSOR_SPREAD, subject, x1 != 0 ? x1Sample(x1, index) : 0);
  }
  if (old.state == now.state) return;
  if (now.state == HealthState.OPEN) event(Event.SENSOR_OPEN, subject, now.trips);
  if (now.state == HealthState.FAILED) event(Event.SENSOR_FAILED, subject, now.trips);
  if (now.state == HealthState.PROBATION) event(Event.SENSOR_PROBATION, subject, 0);
  if (now.state == HealthState.HEALTHY && old.state != HealthState.SUSPECT) event(Event.SENSOR_HEALTHY, subject, 0);
}

/** Local evidence, told when it changes: a link that is dead for ever is one event, not one a frame. */
export function emitEvidence(): void {
  for (let peer: u32 = 0; peer < CHANNELS; peer++) {
    if (peer == settings.channel || !isVoter(AGREED, peer)) continue;
    const missing: u32 = (local.missing >>> (3 * peer)) & 7;
    const missing_before: u32 = (local.omissions_before >>> (3 * peer)) & 7;
    if (missing != 0 && missing_before == 0) event(Event.ACCUSE_SILENCE, peer, missing);
    const accused: u32 = (local.accusations >>> peer) & 1;
    if (accused != 0 && ((local.accusations_before >>> peer) & 1) == 0) event(Event.ACCUSE_VALUE, peer, 0);
  }
  local.omissions_before = local.missing;
  local.accusations_before = local.accusations;
}

/** Sources lost, back and two-faced, told when it changes. */
export function emitSources(): void {
  for (let source: u32 = 0; source < CHANNELS; source++) {
    const how: Source = sourceOf(source);
    const kind: u32 = how == Source.TWO_FACED ? 2 : how == Source.ABSENT ? 0 : 1;
    const before: u32 = (local.sources_before >>> (source << 2)) & 15;
    if (kind == before) continue;
    local.sources_before = (local.sources_before & ~(15 << (source << 2))) | (kind << (source << 2));
    if (kind == 2) event(Event.SOURCE_TWO_FACED, source, 0);
    if (kind == 0) event(Event.SOURCE_LOST, source, how);
    if (kind == 1) event(Event.SOURCE_BACK, source, how);
  }
}
