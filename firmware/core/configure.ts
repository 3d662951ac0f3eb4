/** Start-up: configuration words and the module's signal table become settings (docs/core.md, docs/module.md). */

import { messagesPrepare } from "./message";
import { hash, hashOfState, hashParts } from "./qh64";
import { selectStart } from "./select";
import {
  AGREED,
  agreed,
  agreedSize,
  CHANNELS,
  channelHealth,
  HealthState,
  INPUTS_MAX,
  InputRule,
  inputRule,
  local,
  Mode,
  OUTPUTS_MAX,
  Phase,
  STATE,
  STATE_SIZE,
  settings,
  stateCheckLayout,
  x1SizeOf,
  x3SizeOf,
} from "./state";

export const CONFIG: usize = memory.data(128, 16);
export const TABLE: usize = memory.data(8192, 16);

/** Negative: what `configure` refused. */
export enum Status {
  OK = 0,
  TABLE_MAGIC = -1,
  TABLE_VERSION = -2,
  TABLE_SIZE = -3,
  TABLE_COUNTS = -4,
  CHANNEL = -5,
  LIMITS = -6,
  WINDOWS = -7,
  SIGNAL = -8,
  FTTI = -9,
}

const MAGIC: u32 = 0x47495351;
const VERSION: u32 = 1;
const HEADER_SIZE: u32 = 64;
const RECORD_SIZE: u32 = 64;
const TABLE_SIZE_MAX: u32 = 8192;
const TYPE_MAX: u32 = 3;
const SELECTION_MAX: u32 = 1;
/** Flag in configuration word 17: the channel starts outside and takes no part. */
const START_OUTSIDE: u32 = 2;
const HOLD_FRAMES_MAX: u32 = 254;
const PROBATION_FRAMES_MAX: u32 = 65535;

function config(word: u32): u32 {
  return load<u32>(CONFIG + (word << 2));
}

export function configureCore(table_bytes: u32): Status {
  stateCheckLayout();
  memory.fill(STATE, 0, STATE_SIZE);
  let status: Status = readTable(table_bytes);
  if (status != Status.OK) return status;
  status = readConfig();
  if (status != Status.OK) return status;
  messagesPrepare();
  startAgreed();
  return Status.OK;
}

function readTable(size: u32): Status {
  if (size < HEADER_SIZE || size > TABLE_SIZE_MAX) return Status.TABLE_SIZE;
  if (load<u32>(TABLE) != MAGIC) return Status.TABLE_MAGIC;
  if (load<u16>(TABLE, 4) != VERSION || load<u16>(TABLE, 6) != HEADER_SIZE) return Status.TABLE_VERSION;
  const inputs: u32 = load<u16>(TABLE, 32);
  const outputs: u32 = load<u16>(TABLE, 34);
  const records: u32 = inputs + outputs + load<u16>(TABLE, 36) + load<u16>(TABLE, 38);
  if (inputs > INPUTS_MAX || outputs > OUTPUTS_MAX || outputs == 0) return Status.TABLE_COUNTS;
  if (HEADER_SIZE + records * RECORD_SIZE > size) return Status.TABLE_SIZE;
  settings.inputs = inputs;
  settings.outputs = outputs;
  settings.period_us = load<u32>(TABLE, 8);
  settings.x1_size = x1SizeOf(inputs);
  settings.x3_size = x3SizeOf(outputs);
  settings.agreed_size = agreedSize(inputs);
  for (let index: u32 = 0; index < inputs; index++) {
    readInput(index, TABLE + HEADER_SIZE + index * RECORD_SIZE);
    if (!ruleIsSound(inputRule(index))) return Status.SIGNAL;
  }
  return Status.OK;
}

function readInput(index: u32, record: usize): void {
  const rule: InputRule = inputRule(index);
  rule.type = load<u8>(record, 9);
  rule.selection = load<u8>(record, 10);
  rule.single = load<u8>(record, 11);
  rule.least = load<f64>(record, 24);
  rule.greatest = load<f64>(record, 32);
  rule.tolerance = load<f64>(record, 40);
  rule.rate_per_frame = load<f64>(record, 48) * f64(settings.period_us) * 1e-6;
}

/** Written so that a NaN is refused as well. */
function ruleIsSound(rule: InputRule): bool {
  if (rule.type > TYPE_MAX || rule.selection > SELECTION_MAX || rule.single > 1) return false;
  return rule.least <= rule.greatest && rule.tolerance >= 0 && rule.rate_per_frame >= 0;
}

function readConfig(): Status {
  settings.channel = config(0);
  settings.epoch = config(1) & 0xffff;
  settings.hold_frames = config(3);
  settings.open_errors = config(4);
  settings.open_alpha = config(5);
  settings.cooldown_first = config(6);
  settings.cooldown_max = config(7);
  settings.trips_max = config(8);
  settings.probation_frames = config(9);
  settings.forgive_frames = config(10);
  settings.x1_open_us = config(11);
  settings.x1_close_us = config(12);
  settings.x2_close_us = config(13);
  settings.step_close_us = config(14);
  settings.x3_close_us = config(15);
  settings.line_us = config(16);
  settings.flags = config(17);
  settings.parameter_set = config(18);
  if (settings.channel >= CHANNELS) return Status.CHANNEL;
  if (settings.hold_frames == 0 || settings.hold_frames > HOLD_FRAMES_MAX) return Status.LIMITS;
  if (settings.open_errors == 0 || settings.open_errors > 255 || settings.open_alpha < 256) return Status.LIMITS;
  if (settings.open_alpha > 0xffff || settings.trips_max > 254) return Status.LIMITS;
  if (settings.cooldown_first == 0 || settings.cooldown_first > settings.cooldown_max) return Status.LIMITS;
  if (settings.cooldown_max > 0xffff || settings.probation_frames > PROBATION_FRAMES_MAX) return Status.LIMITS;
  if (!windowsRise()) return Status.WINDOWS;
  return holdsWithinFtti() ? Status.OK : Status.FTTI;
}

/** What is held must end before the plant is in danger (REDUNDANCY 6), as far as the law declares its time. */
function holdsWithinFtti(): bool {
  const ftti_us: u32 = load<u32>(TABLE, 60);
  return ftti_us == 0 || u64(settings.hold_frames) * u64(settings.period_us) < u64(ftti_us);
}

function windowsRise(): bool {
  if (settings.x1_open_us >= settings.x1_close_us || settings.x1_close_us >= settings.x2_close_us) return false;
  if (settings.x2_close_us >= settings.step_close_us || settings.step_close_us >= settings.x3_close_us) return false;
  return settings.x3_close_us <= settings.line_us && settings.line_us <= settings.period_us;
}

/** All three channels start as voters from the same agreed state; the start-up protocol of REDUNDANCY 10 comes later. */
function startAgreed(): void {
  agreed(AGREED).frame = config(2) - 1;
  agreed(AGREED).epoch = u16(settings.epoch);
  agreed(AGREED).mode = u8(Mode.TRIPLEX);
  agreed(AGREED).parameter_set = settings.parameter_set;
  selectStart();
  local.phase = Phase.IDLE;
  local.sources_before = 0x111;
  local.gate = 1;
  if ((settings.flags & START_OUTSIDE) != 0) {
    local.outside = 1;
    local.gate = 0;
    channelHealth(AGREED, settings.channel).state = u8(HealthState.OPEN);
    agreed(AGREED).mode = u8(Mode.DUPLEX);
  }
  hashAgreed();
}

/** The state before the first frame: the module's hash is 0 until a step has been hashed, on every channel alike. */
function hashAgreed(): void {
  hashParts(AGREED, settings.agreed_size);
  local.agreed_low = hash.a;
  local.agreed_high = hash.b;
  hashOfState(0, 0, local.agreed_low, local.agreed_high);
  local.committed_low = hash.a;
  local.committed_high = hash.b;
}
