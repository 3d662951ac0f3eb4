/** The channel record of a frame, written as CDR so that a log is a copy of bytes (docs/core.md, "Channel record"). */

import { x1Sample } from "./message";
import {
  AGREED,
  agreed,
  CHANNELS,
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

class Cursor {
  at: usize = 0;
}
const cursor: Cursor = new Cursor();

function put(word: u32): void {
  store<u32>(cursor.at, word);
  cursor.at += 4;
}

/** Returns the record's size in bytes. */
export function writeRecord(): u32 {
  cursor.at = RECORD;
  put(CDR_LITTLE_ENDIAN);
  put(local.frame);
  put(agreed(AGREED).frame);
  put(local.pending != 0 ? local.pending_frame : NONE);
  put(local.outcome);
  put(agreed(AGREED).mode);
  put(local.gate);
  put(local.driven);
  put(local.pulls);
  for (let channel: u32 = 0; channel < CHANNELS; channel++) put(sourceOf(channel));
  writeHealth();
  put(local.missing);
  put(local.accusations);
  put(local.declaration);
  put(local.digest_low);
  put(local.digest_high);
  put(local.module_low);
  put(local.module_high);
  put(local.agreed_low);
  put(local.agreed_high);
  put(local.matching);
  put(receivedX3());
  put(local.fuel_used);
  put(local.step_status);
  put(local.no_majority);
  for (let index: u32 = 0; index < settings.inputs; index++) writeInput(index);
  for (let index: u32 = 0; index < settings.outputs; index++) put(load<u32>(ownX3() + (index << 2), 44));
  return u32(cursor.at - RECORD);
}

function writeHealth(): void {
  for (let channel: u32 = 0; channel < CHANNELS; channel++) put(channelHealth(AGREED, channel).state);
  for (let channel: u32 = 0; channel < CHANNELS; channel++) put(channelHealth(AGREED, channel).alpha);
  for (let channel: u32 = 0; channel < CHANNELS; channel++) put(channelHealth(AGREED, channel).trips);
  for (let channel: u32 = 0; channel < CHANNELS; channel++) put(channelHealth(AGREED, channel).cooldown_end);
  for (let channel: u32 = 0; channel < CHANNELS; channel++) put((agreed(AGREED).errors >>> (channel << 2)) & 15);
}

/** Channels whose X3 arrived, the own one when it was sent. */
function receivedX3(): u32 {
  let bits: u32 = local.stepped << settings.channel;
  for (let peer: u32 = 0; peer < CHANNELS; peer++) bits |= ((local.received >>> (3 * peer + 2)) & 1) << peer;
  return bits;
}

function writeInput(index: u32): void {
  const choice: Input = input(AGREED, index);
  put(x1Sample(ownX1(), index));
  put(choice.selected);
  put(choice.valid);
  put(choice.why);
  put(choice.used);
  put(choice.reasons);
  let states: u32 = 0;
  for (let source: u32 = 0; source < CHANNELS; source++) {
    const health: Health = sensorHealth(AGREED, index, source);
    states |= u32(health.state) << (source << 2);
  }
  put(states);
}
