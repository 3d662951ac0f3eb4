/** The effects of the last call: what the host must carry out, in order (docs/core.md, "Effects"). */
const EFFECT_SIZE: u32 = 16;
const EFFECTS_MAX: u32 = 64;

export const EFFECTS: usize = memory.data(1024, 16);

export enum Effect {
  SEND = 1,
  SNAPSHOT,
  STEP,
  RESTORE,
  LINE,
  PULL,
  GATE,
  RECORD,
  EVENT,
}

class Queue {
  count: u32 = 0;
}

const queue: Queue = new Queue();

export function effectsClear(): void {
  queue.count = 0;
}

export function effectsCount(): u32 {
  return queue.count;
}

/** A full list drops events, never an effect that acts: those are at most eight a call and the list holds 64. */
export function effect(kind: Effect, first: u32, second: u32, third: u32): void {
  if (queue.count >= (kind == Effect.EVENT ? EFFECTS_MAX - 8 : EFFECTS_MAX)) return;
  const at: usize = EFFECTS + queue.count * EFFECT_SIZE;
  store<u32>(at, kind);
  store<u32>(at, first, 4);
  store<u32>(at, second, 8);
  store<u32>(at, third, 12);
  queue.count += 1;
}

/** Event numbers are never used again (docs/core.md, "Events"). */
export enum Event {
  SOURCE_LOST = 10,
  SOURCE_BACK = 11,
  SOURCE_TWO_FACED = 12,
  SENSOR_SPREAD = 20,
  SENSOR_DEFECT = 21,
  SENSOR_OPEN = 22,
  SENSOR_PROBATION = 23,
  SENSOR_HEALTHY = 24,
  SENSOR_FAILED = 25,
  INPUT_DISPUTED = 26,
  INPUT_INVALID = 27,
  INPUT_VALID = 28,
  CHANNEL_ERROR = 30,
  CHANNEL_SUSPECT = 31,
  CHANNEL_HEALTHY = 32,
  CHANNEL_OPEN = 33,
  CHANNEL_FAILED = 34,
  LINK_SUSPECT = 35,
  MODE = 40,
  ACCUSE_VALUE = 50,
  ACCUSE_SILENCE = 51,
  FRAME_PENDING = 60,
  FRAME_COMMITTED_LATE = 61,
  FRAME_DROPPED = 62,
  TUPLE_LOST = 63,
  NO_MAJORITY = 64,
  GATE_OFF = 65,
  MISCOMPARE = 66,
  SAFE = 67,
  STEP_FAILED = 68,
}

export function event(code: Event, subject: u32, argument: u32): void {
  effect(Effect.EVENT, code, subject, argument);
}
