/**
 * The whole mutable state of a channel in one block of memory, so that saving, restoring, hashing and comparing it is one
 * pass over bytes.
 *
 *   STATE  +-- settings: configuration and what the signal table says, fixed after `configure`
 *          +-- local: what only this channel knows (REDUNDANCY 3)
 *          +-- messages of the running frame, own X1 first
 *          +-- agreed, and the agreed state this frame may become (REDUNDANCY 3)
 *          +-- report: what the record says of the frame's step; it decides nothing
 */
export const CHANNELS: u32 = 3;
export const INPUTS_MAX: u32 = 16;
export const OUTPUTS_MAX: u32 = 8;
export const NONE: u32 = 0xffffffff;

export enum Mode {
  SAFE,
  SIMPLEX,
  DUPLEX,
  TRIPLEX,
}
export enum HealthState {
  HEALTHY,
  SUSPECT,
  OPEN,
  RESYNC,
  PROBATION,
  FAILED,
}
export enum Phase {
  IDLE,
  X1,
  X2,
  STEP,
  X3,
  DONE,
}
export enum Declaration {
  NONE,
  TUPLE_LOST,
  NO_MAJORITY,
  STEP_FAILED,
  SELF_TEST,
}
export enum Source {
  ABSENT,
  DIRECT,
  RELAYED,
  BOTH,
  ECHOED,
  TWO_FACED,
}
export enum Outcome {
  AGREED,
  MASKED,
  PENDING,
  DROPPED,
  LOST,
  NO_STEP,
  OUTSIDE,
  SAFE,
}

/** How the host says a step ended (`STEP_OUT`); NOT_RUN until it does. */
export enum StepStatus {
  OK,
  TRAP,
  FUEL,
  NOT_RUN,
}

/** Configuration (docs/core.md), checked and kept. Frames and us; alpha in Q8.8. */
export class Settings {
  channel: u32 = 0;
  epoch: u32 = 0;
  hold_frames: u32 = 0;
  open_errors: u32 = 0;
  open_alpha: u32 = 0;
  cooldown_first: u32 = 0;
  cooldown_max: u32 = 0;
  trips_max: u32 = 0;
  probation_frames: u32 = 0;
  forgive_frames: u32 = 0;
  x1_close_us: u32 = 0;
  x2_close_us: u32 = 0;
  step_close_us: u32 = 0;
  x3_close_us: u32 = 0;
  line_us: u32 = 0;
  flags: u32 = 0;
  parameter_set: u32 = 0;
  period_us: u32 = 0;
  inputs: u32 = 0;
  outputs: u32 = 0;
  x1_open_us: u32 = 0;
  x1_size: u32 = 0;
  x3_size: u32 = 0;
  agreed_size: u32 = 0;
}
export const SETTINGS_SIZE: u32 = 96;

/** What an input's declaration says, 48 bytes each. */
export class InputRule {
  least: f64 = 0;
  greatest: f64 = 0;
  tolerance: f64 = 0;
  rate_per_frame: f64 = 0;
  type: u32 = 0;
  selection: u32 = 0;
  single: u32 = 0;
  reserved: u32 = 0;
}
const RULE_SIZE: u32 = 48;

/** Local state: reaches a decision only by being sent and consolidated (REDUNDANCY 3). */
export class Local {
  phase: u32 = 0;
  frame: u32 = 0;
  /** Messages that arrived this frame: bit 3 * peer + kind - 1. */
  received: u32 = 0;
  gate: u32 = 0;
  declaration: u32 = 0;
  omissions: u32 = 0;
  accusations: u32 = 0;
  no_majority: u32 = 0;
  miscompares: u32 = 0;
  pending: u32 = 0;
  pending_frame: u32 = 0;
  stepped: u32 = 0;
  step_status: u32 = 0;
  fuel_used: u32 = 0;
  outcome: u32 = 0;
  driven: u32 = 0;
  matching: u32 = 0;
  pulls: u32 = 0;
  /** Hash of the module's state: committed, and as this frame left it. */
  module_low: u32 = 0;
  module_high: u32 = 0;
  next_module_low: u32 = 0;
  next_module_high: u32 = 0;
  agreed_low: u32 = 0;
  agreed_high: u32 = 0;
  next_agreed_low: u32 = 0;
  next_agreed_high: u32 = 0;
  /** QH64 over module and agreed state, as X1 reports it. */
  committed_low: u32 = 0;
  committed_high: u32 = 0;
  pending_low: u32 = 0;
  pending_high: u32 = 0;
  digest_low: u32 = 0;
  digest_high: u32 = 0;
  /** Address of each source's consolidated X1, 0 when it is not used. */
  x1_a: u32 = 0;
  x1_b: u32 = 0;
  x1_c: u32 = 0;
  source_a: u32 = 0;
  source_b: u32 = 0;
  source_c: u32 = 0;
  /** Evidence of the frame before, for events on change only. */
  sources_before: u32 = 0;
  omissions_before: u32 = 0;
  missing: u32 = 0;
  /** The module left its committed state for this frame's step, and the frame is not judged yet. */
  stepping: u32 = 0;
  accusations_before: u32 = 0;
  outside: u32 = 0;
}
const LOCAL_SIZE: u32 = 176;

export const X1_SIZE_MAX: u32 = 128;
const SLOT_SIZE: u32 = 160;
const SLOTS: u32 = 2 + 3 * 3;

/** Health of a channel or of a sensor: the same alpha-count rule serves both (REDUNDANCY 5, 8). 16 bytes. */
export class Health {
  state: u8 = 0;
  consecutive: u8 = 0;
  trips: u8 = 0;
  /** Sensors: consistent samples in a row that may re-arm a rate limit. */
  run: u8 = 0;
  /** Q8.8 */
  alpha: u16 = 0;
  /** Frames of good evidence in PROBATION. */
  count: u16 = 0;
  cooldown_end: u32 = 0;
  clean: u32 = 0;
}
export const HEALTH_SIZE: u32 = 16;

/** One source of one input: its health, the last accepted sample, and the newcomer that may replace it. */
export class Sensor {
  health_0: u32 = 0;
  health_1: u32 = 0;
  health_2: u32 = 0;
  health_3: u32 = 0;
  accepted: u32 = 0;
  accepted_frame: u32 = 0;
  candidate: u32 = 0;
  candidate_frame: u32 = 0;
}
const SENSOR_SIZE: u32 = 32;

export class Input {
  selected: u32 = 0;
  hold: u8 = 0;
  valid: u8 = 0;
  why: u8 = 0;
  used: u8 = 0;
  /** Per source 4 bits: how the sample was judged. */
  reasons: u32 = 0;
  /** 1 from the first frame with a selected value on. */
  seen: u32 = 0;
}
const INPUT_SIZE: u32 = 112;

/** Head of the agreed state; three Health and the inputs follow. */
export class Agreed {
  /** Frame this state is the result of. */
  frame: u32 = 0;
  epoch: u16 = 0;
  mode: u8 = 0;
  reserved_0: u8 = 0;
  parameter_set: u32 = 0;
  checkpoint_frame: u32 = 0;
  /** Q8.8 scores of the links AB, AC, BC. */
  link_ab: u16 = 0;
  link_ac: u16 = 0;
  link_bc: u16 = 0;
  reserved_1: u16 = 0;
  /** Per channel 4 bits: causes of this frame's error. */
  errors: u32 = 0;
  reserved_2: u32 = 0;
}
const AGREED_HEAD: u32 = 32;
const AGREED_FIXED: u32 = AGREED_HEAD + CHANNELS * HEALTH_SIZE;
const AGREED_SIZE_MAX: u32 = AGREED_FIXED + INPUTS_MAX * INPUT_SIZE;

/** The committed state that this frame's step was begun from. Zero in a frame without a step. */
export class Report {
  base_frame: u32 = 0;
  /** Hash of the module's state. */
  base_low: u32 = 0;
  base_high: u32 = 0;
  reserved: u32 = 0;
}
const REPORT_SIZE: u32 = 16;

const RULES_AT: u32 = SETTINGS_SIZE;
const LOCAL_AT: u32 = RULES_AT + INPUTS_MAX * RULE_SIZE;
const SLOTS_AT: u32 = LOCAL_AT + LOCAL_SIZE;
const AGREED_AT: u32 = SLOTS_AT + SLOTS * SLOT_SIZE;

const REPORT_AT: u32 = AGREED_AT + 2 * AGREED_SIZE_MAX;

export const STATE_SIZE: u32 = 6560;
export const STATE: usize = memory.data(6560, 16);

export const settings: Settings = changetype<Settings>(STATE);
export const local: Local = changetype<Local>(STATE + LOCAL_AT);
export const AGREED: usize = STATE + AGREED_AT;
export const NEXT: usize = AGREED + AGREED_SIZE_MAX;
export const report: Report = changetype<Report>(STATE + REPORT_AT);

/** Broken only by an edit of this file: the classes must fill the places drawn above. */
export function stateCheckLayout(): void {
  assert(offsetof<Settings>() == SETTINGS_SIZE);
  assert(offsetof<InputRule>() == RULE_SIZE);
  assert(offsetof<Local>() == LOCAL_SIZE);
  assert(offsetof<Health>() == HEALTH_SIZE);
  assert(offsetof<Sensor>() == SENSOR_SIZE);
  assert(offsetof<Input>() + CHANNELS * SENSOR_SIZE == INPUT_SIZE);
  assert(offsetof<Agreed>() == AGREED_HEAD);
  assert(offsetof<Report>() == REPORT_SIZE);
  assert(REPORT_AT + REPORT_SIZE == STATE_SIZE);
}

/**
 * Counts and sizes by which every loop and copy is bounded. A flipped bit there must stop the core, not send it round through
 * its own memory for minutes; the calls ask on entry.
 */
export function stateIsBounded(): bool {
  if (settings.channel >= CHANNELS || settings.inputs > INPUTS_MAX || settings.outputs > OUTPUTS_MAX) return false;
  if (settings.x1_size != x1SizeOf(settings.inputs) || settings.x3_size != x3SizeOf(settings.outputs)) return false;
  return settings.agreed_size == agreedSize(settings.inputs);
}

/** Bytes of a message (docs/protocol.md). */
export function x1SizeOf(inputs: u32): u32 {
  return 64 + 4 * inputs;
}

export function x3SizeOf(outputs: u32): u32 {
  return 48 + 4 * outputs;
}

export function inputRule(input: u32): InputRule {
  return changetype<InputRule>(STATE + RULES_AT + input * RULE_SIZE);
}

/** Own X1, as sent to both peers. */
export function ownX1(): usize {
  return STATE + SLOTS_AT;
}

/** Own X3, kept for the vote. */
export function ownX3(): usize {
  return STATE + SLOTS_AT + SLOT_SIZE;
}

/** Place of the message of kind 1..3 from a peer. */
export function slot(peer: u32, kind: u32): usize {
  return STATE + SLOTS_AT + SLOT_SIZE * (2 + peer * 3 + kind - 1);
}

export function agreed(base: usize): Agreed {
  return changetype<Agreed>(base);
}

export function channelHealth(base: usize, channel: u32): Health {
  return changetype<Health>(base + AGREED_HEAD + channel * HEALTH_SIZE);
}

export function input(base: usize, index: u32): Input {
  return changetype<Input>(base + AGREED_FIXED + index * INPUT_SIZE);
}

export function sensor(base: usize, index: u32, source: u32): Sensor {
  return changetype<Sensor>(base + AGREED_FIXED + index * INPUT_SIZE + offsetof<Input>() + source * SENSOR_SIZE);
}

export function sensorHealth(base: usize, index: u32, source: u32): Health {
  return changetype<Health>(base + AGREED_FIXED + index * INPUT_SIZE + offsetof<Input>() + source * SENSOR_SIZE);
}

export function agreedSize(inputs: u32): u32 {
  return AGREED_FIXED + inputs * INPUT_SIZE;
}

export function isVoter(base: usize, channel: u32): bool {
  return channelHealth(base, channel).state <= u8(HealthState.SUSPECT);
}

export function votersCount(base: usize): u32 {
  return u32(isVoter(base, 0)) + u32(isVoter(base, 1)) + u32(isVoter(base, 2));
}

/** Order of frame numbers that survives their wrap-around; the frame before the first one is 0xffffffff. */
export function isLater(frame: u32, than: u32): bool {
  return i32(frame - than) > 0;
}

/** Address of a source's consolidated X1, 0 when it is not used. */
export function consolidatedX1(source: u32): usize {
  return load<u32>(changetype<usize>(local) + offsetof<Local>("x1_a") + (source << 2));
}

export function sourceOf(source: u32): Source {
  return load<u32>(changetype<usize>(local) + offsetof<Local>("source_a") + (source << 2));
}

export function setConsolidated(source: u32, how: Source, x1: usize): void {
  store<u32>(changetype<usize>(local) + offsetof<Local>("x1_a") + (source << 2), x1);
  store<u32>(changetype<usize>(local) + offsetof<Local>("source_a") + (source << 2), how);
}
