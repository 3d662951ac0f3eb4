import { EVENT } from "../../host/model/events.ts";
import type { HandEvent, HandRun, Words } from "./fixture.ts";

/** Hand-made records that say what the events of their run say: health, mode, sensors of the gyro, gates, lines. */

export type Events = Readonly<Record<number, readonly HandEvent[]>>;

const [HEALTHY, OPEN, PROBATION, FAILED] = [0, 2, 4, 5];
const CHANNEL_HEALTH = new Map([
  [EVENT.CHANNEL_OPEN as number, OPEN],
  [EVENT.CHANNEL_FAILED, FAILED],
  [EVENT.CHANNEL_HEALTHY, HEALTHY],
]);
const SENSOR_HEALTH = new Map([
  [EVENT.SENSOR_OPEN as number, OPEN],
  [EVENT.SENSOR_PROBATION, PROBATION],
  [EVENT.SENSOR_FAILED, FAILED],
  [EVENT.SENSOR_HEALTHY, HEALTHY],
]);
const OUTCOME = new Map([
  [EVENT.OUTPUT_AGREED as number, 0],
  [EVENT.OUTPUT_MASKED, 1],
  [EVENT.OUTPUT_HELD, 2],
  [EVENT.OUTPUT_SAFE, 3],
]);

class State {
  health = [HEALTHY, HEALTHY, HEALTHY];
  sensors = [HEALTHY, HEALTHY, HEALTHY];
  gates = [1, 1, 1];
  mode = 3;
  outcome = 0;
  masked = 0;

  take({ code, by, subject = 0 }: HandEvent): void {
    this.health[subject] = CHANNEL_HEALTH.get(code) ?? this.health[subject] ?? HEALTHY;
    const sensor = SENSOR_HEALTH.get(code);
    if (sensor !== undefined && subject < 3) this.sensors[subject] = sensor;
    if (code === EVENT.GATE_OFF) this.gates["ABC".indexOf(by)] = 0;
    if (code === EVENT.MODE) this.mode = subject;
    const outcome = OUTCOME.get(code);
    if (outcome === undefined) return;
    this.outcome = outcome;
    this.masked = outcome === 1 ? subject : 0;
  }
}

/** Records of a run with these events, up to its last frame. */
export function borneOut(events: Events): Pick<HandRun, "channel" | "stage"> {
  const at = (frame: number): State => {
    const state = new State();
    const before = Object.entries(events).filter(([when]) => Number(when) <= frame);
    for (const event of before.flatMap(([, told]) => told)) state.take(event);
    return state;
  };
  const known = new Map<number, State>();
  const stateAt = (frame: number): State => {
    const state = known.get(frame) ?? at(frame);
    known.set(frame, state);
    return state;
  };
  return {
    channel: (channel, frame) => channelWords(stateAt(frame), channel),
    stage: (frame) => {
      const { outcome, masked } = stateAt(frame);
      return { outcome, agreeing: 7 & ~masked, counted: 7 & ~masked };
    },
  };
}

function channelWords({ health, sensors, gates, mode }: State, channel: number): Words {
  const [a = 0, b = 0, c = 0] = health;
  const packed = sensors.reduce((word, sensor, i) => word | (sensor << (4 * i)), 0);
  return { mode, health_a: a, health_b: b, health_c: c, gyro_x_sensors: packed, gate: gates[channel] ?? 1 };
}
