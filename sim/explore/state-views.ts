/** What a core's agreed state says, read from its bytes. */
import type { Core } from "../channel/core.ts";
import {
  AGREED,
  AGREED_AT,
  type Fields,
  fieldOf,
  HEALTH,
  HEALTH_AT,
  HEALTH_SIZE,
  INPUT,
  INPUT_AT,
  INPUT_SIZE,
  SENSOR_AT,
  SENSOR_SIZE,
} from "./core-layout.ts";

export const STATE_NAMES = ["HEALTHY", "SUSPECT", "OPEN", "RESYNC", "PROBATION", "FAILED"] as const;
export const WHY_NAMES = ["MEDIAN", "NEAREST", "SINGLE", "MAJORITY", "HELD", "INVALID"] as const;
export const REASON = { ok: 0, absent: 1, range: 3, nan: 4, rate: 5, sensorOut: 6, noSource: 7 } as const;

function read(core: Core, at: number, fields: Fields, name: string): number {
  const field = fieldOf(fields, name);
  const view = new DataView(core.state.buffer, core.state.byteOffset);
  if (field.size === 1) return view.getUint8(at + field.at);
  return field.size === 2 ? view.getUint16(at + field.at, true) : view.getUint32(at + field.at, true);
}

export interface HealthView {
  readonly state: (typeof STATE_NAMES)[number];
  /** Q8.8 */
  readonly alpha: number;
  readonly consecutive: number;
  readonly trips: number;
  readonly count: number;
  readonly cooldownEnd: number;
  readonly clean: number;
}

function health(core: Core, at: number): HealthView {
  const get = (name: string) => read(core, at, HEALTH, name);
  return {
    state: STATE_NAMES[get("state")] ?? "HEALTHY",
    alpha: get("alpha"),
    consecutive: get("consecutive"),
    trips: get("trips"),
    count: get("count"),
    cooldownEnd: get("cooldown_end"),
    clean: get("clean"),
  };
}

export function channelHealth(core: Core, channel: number): HealthView {
  return health(core, AGREED_AT + HEALTH_AT + channel * HEALTH_SIZE);
}

export function sensorHealth(core: Core, input: number, source: number): HealthView {
  return health(core, AGREED_AT + INPUT_AT + input * INPUT_SIZE + SENSOR_AT + source * SENSOR_SIZE);
}

export interface InputView {
  readonly selected: number;
  readonly isValid: boolean;
  readonly why: (typeof WHY_NAMES)[number];
  readonly used: number;
  readonly reasons: readonly number[];
}

export function inputView(core: Core, input: number): InputView {
  const get = (name: string) => read(core, AGREED_AT + INPUT_AT + input * INPUT_SIZE, INPUT, name);
  const reasons = get("reasons");
  return {
    selected: get("selected"),
    isValid: get("valid") !== 0,
    why: WHY_NAMES[get("why")] ?? "INVALID",
    used: get("used"),
    reasons: [reasons & 15, (reasons >>> 4) & 15, (reasons >>> 8) & 15],
  };
}

export function agreedField(core: Core, name: string): number {
  return read(core, AGREED_AT, AGREED, name);
}
