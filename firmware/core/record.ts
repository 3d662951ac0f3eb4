/**
 * The records of a frame, written as CDR so that a log is a copy of bytes (docs/core.md, "Channel record"): what a judge needs
 * in every frame, and beside it the details, whose words are all zero in a frame in which nothing is amiss: then they are not
 * written.
 */

import { X3_OUTPUTS, x1Sample, x1Validity } from "./message";
import {
  AGREED,
  Agreed,
  agreed,
  CHANNELS,
  channelHealth,
  Health,
  HealthState,
  Input,
  input,
  isLater,
  local,
  NEXT,
  NONE,
  ownX1,
  ownX3,
  report,
  StepStatus,
  sensorHealth,
  settings,
  sourceOf,
} from "./state";

/** Which record a RECORD effect hands out. */
export enum RecordKind {
  FRAME,
  DETAIL,
}

export const RECORD: usize = memory.data(1024, 16);
const CDR_LITTLE_ENDIAN: u32 = 0x0100;

/** Words in front of the inputs, and of each input (docs/core.md). */
const HEAD_WORDS: u32 = 32;
const INPUT_WORDS: u32 = 7;
const DETAIL_WORDS: u32 = 21;
export const DETAIL: usize = memory.data(96, 16);

/** Word `index` behind the encapsulation. With a constant index this is one store. */
function put(index: u32, word: u32): void {
  store<u32>(RECORD + (index << 2), word, 4);
}

/** Returns the record's size in bytes. */
export function writeRecord(): u32 {
  store<u32>(RECORD, CDR_LITTLE_ENDIAN);
  put(0, local.frame);
  put(1, agreed(AGREED).frame);
  put(2, local.pending != 0 ? local.pending_frame : NONE);
  put(3, report.base_frame);
  put(4, report.base_low);
  put(5, report.base_high);
  put(6, local.outcome);
  put(7, agreed(AGREED).mode);
  put(8, local.gate);
  put(9, local.driven);
  put(10, local.pulls);
  writeChannel(0);
  writeChannel(1);
  writeChannel(2);
  writeResults();
  // A step that ran has chosen its inputs, whether its frame is committed or not; else the last choice stands.
  const chosen: usize = local.step_status != StepStatus.NOT_RUN ? NEXT : AGREED;
  for (let index: u32 = 0; index < settings.inputs; index++) writeInput(chosen, index);
  const outputs: u32 = HEAD_WORDS + settings.inputs * INPUT_WORDS;
  for (let index: u32 = 0; index < settings.outputs; index++) {
    put(outputs + index, load<u32>(ownX3() + X3_OUTPUTS + (index << 2)));
  }
  return 4 + ((outputs + settings.outputs) << 2);
}

/** What the agreed state says of one channel, and how its data came here. */
function writeChannel(channel: u32): void {
  const health: Health = channelHealth(AGREED, channel);
  put(11 + channel, sourceOf(channel));
  put(14 + channel, health.state);
  put(17 + channel, health.trips);
}

function writeResults(): void {
  put(20, local.digest_low);
  put(21, local.digest_high);
  put(22, local.module_low);
  put(23, local.module_high);
  put(24, local.agreed_low);
  put(25, local.agreed_high);
  put(26, local.matching);
  put(27, receivedX3());
  put(28, local.fuel_used);
  put(29, local.step_status);
  put(30, x1Validity(ownX1()));
  put(31, local.missing);
}

/** Channels whose X3 arrived, the own one when it was sent. */
function receivedX3(): u32 {
  const received: u32 = local.received;
  const peers: u32 = ((received >>> 2) & 1) | ((received >>> 4) & 2) | ((received >>> 6) & 4);
  return (local.stepped << settings.channel) | peers;
}

function writeInput(chosen: usize, index: u32): void {
  const choice: Input = input(chosen, index);
  const at: u32 = HEAD_WORDS + index * INPUT_WORDS;
  put(at, x1Sample(ownX1(), index));
  put(at + 1, choice.selected);
  put(at + 2, choice.valid);
  put(at + 3, choice.why);
  put(at + 4, choice.used);
  put(at + 5, choice.reasons);
  const a: u32 = sensorHealth(chosen, index, 0).state;
  const b: u32 = sensorHealth(chosen, index, 1).state;
  const c: u32 = sensorHealth(chosen, index, 2).state;
  put(at + 6, a | (b << 4) | (c << 8));
}

function putDetail(index: u32, word: u32): void {
  store<u32>(DETAIL + (index << 2), word, 4);
}

/** Returns the size of the details in bytes, 0 when there are none in this frame: in most. */
export function writeDetail(): u32 {
  // What a step that was not committed led to: nobody else keeps it.
  const open: bool = local.stepped != 0 && agreed(AGREED).frame != local.frame;
  if (!open && isQuiet()) return 0;
  store<u32>(DETAIL, CDR_LITTLE_ENDIAN);
  putDetail(0, local.frame);
  for (let channel: u32 = 0; channel < CHANNELS; channel++) detailOfChannel(channel);
  const now: Agreed = agreed(AGREED);
  putDetail(10, local.accusations);
  putDetail(11, local.declaration);
  putDetail(12, local.no_majority);
  putDetail(13, local.miscompares);
  putDetail(14, now.link_ab);
  putDetail(15, now.link_ac);
  putDetail(16, now.link_bc);
  putDetail(17, open ? local.next_module_low : 0);
  putDetail(18, open ? local.next_module_high : 0);
  putDetail(19, open ? local.next_agreed_low : 0);
  putDetail(20, open ? local.next_agreed_high : 0);
  return 4 + (DETAIL_WORDS << 2);
}

/** Whether every word of the details would be zero. */
function isQuiet(): bool {
  const now: Agreed = agreed(AGREED);
  if ((local.accusations | local.declaration | local.no_majority | local.miscompares | now.errors) != 0) return false;
  if ((now.link_ab | now.link_ac | now.link_bc) != 0) return false;
  return isCalm(0) && isCalm(1) && isCalm(2);
}

function isCalm(channel: u32): bool {
  return channelHealth(AGREED, channel).alpha == 0 && cooldownOf(channel) == 0;
}

function cooldownOf(channel: u32): u32 {
  const health: Health = channelHealth(AGREED, channel);
  if (health.state != HealthState.OPEN || !isLater(health.cooldown_end, local.frame)) return 0;
  return health.cooldown_end - local.frame;
}

function detailOfChannel(channel: u32): void {
  putDetail(1 + channel, channelHealth(AGREED, channel).alpha);
  putDetail(4 + channel, cooldownOf(channel));
  putDetail(7 + channel, (agreed(AGREED).errors >>> (channel << 2)) & 15);
}
