/** The channel record of a frame, written as CDR so that a log is a copy of bytes (docs/core.md, "Channel record"). */

import { x1Sample } from "./message";
import {
  AGREED,
  agreed,
  channelHealth,
  Health,
  Input,
  input,
  local,
  NONE,
  ownX1,
  ownX3,
  sensorHealth,
  settings,
  sourceOf,
} from "./state";

export const RECORD: usize = memory.data(1024, 16);
const CDR_LITTLE_ENDIAN: u32 = 0x0100;

/** Words in front of the inputs, and of each input (docs/core.md). */
const HEAD_WORDS: u32 = 40;
const INPUT_WORDS: u32 = 7;

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
  put(3, local.outcome);
  put(4, agreed(AGREED).mode);
  put(5, local.gate);
  put(6, local.driven);
  put(7, local.pulls);
  writeChannel(0);
  writeChannel(1);
  writeChannel(2);
  writeEvidence();
  for (let index: u32 = 0; index < settings.inputs; index++) writeInput(index);
  const outputs: u32 = HEAD_WORDS + settings.inputs * INPUT_WORDS;
  for (let index: u32 = 0; index < settings.outputs; index++) {
    put(outputs + index, load<u32>(ownX3() + (index << 2), 44));
  }
  return 4 + ((outputs + settings.outputs) << 2);
}

/** What the agreed state says of one channel, and how its data came here. */
function writeChannel(channel: u32): void {
  const health: Health = channelHealth(AGREED, channel);
  put(8 + channel, sourceOf(channel));
  put(11 + channel, health.state);
  put(14 + channel, health.alpha);
  put(17 + channel, health.trips);
  put(20 + channel, health.cooldown_end);
  put(23 + channel, (agreed(AGREED).errors >>> (channel << 2)) & 15);
}

function writeEvidence(): void {
  put(26, local.missing);
  put(27, local.accusations);
  put(28, local.declaration);
  put(29, local.digest_low);
  put(30, local.digest_high);
  put(31, local.module_low);
  put(32, local.module_high);
  put(33, local.agreed_low);
  put(34, local.agreed_high);
  put(35, local.matching);
  put(36, receivedX3());
  put(37, local.fuel_used);
  put(38, local.step_status);
  put(39, local.no_majority);
}

/** Channels whose X3 arrived, the own one when it was sent. */
function receivedX3(): u32 {
  const received: u32 = local.received;
  const peers: u32 = ((received >>> 2) & 1) | ((received >>> 4) & 2) | ((received >>> 6) & 4);
  return (local.stepped << settings.channel) | peers;
}

function writeInput(index: u32): void {
  const choice: Input = input(AGREED, index);
  const at: u32 = HEAD_WORDS + index * INPUT_WORDS;
  put(at, x1Sample(ownX1(), index));
  put(at + 1, choice.selected);
  put(at + 2, choice.valid);
  put(at + 3, choice.why);
  put(at + 4, choice.used);
  put(at + 5, choice.reasons);
  const a: u32 = sensorHealth(AGREED, index, 0).state;
  const b: u32 = sensorHealth(AGREED, index, 1).state;
  const c: u32 = sensorHealth(AGREED, index, 2).state;
  put(at + 6, a | (b << 4) | (c << 8));
}
