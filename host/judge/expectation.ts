import type { ChannelName, HEALTHS, ModeName } from "../model/enums.ts";
import type { Level } from "../model/events.ts";

/**
 * What a scenario may expect of a run. Each is judged over the run's summary and events (evaluate.ts), so the same file
 * serves a simulation, a bench and a campaign. Frames count from 0 and ranges include both ends.
 */
export type Expectation = { readonly path: string } & (
  | { readonly that: "mode"; readonly is: ModeName }
  | { readonly that: "channel"; readonly channel: ChannelName; readonly is: HealthName }
  | { readonly that: "sensor"; readonly sensor: string; readonly is: HealthName }
  | { readonly that: "voter"; readonly channel: ChannelName }
  | { readonly that: "opens"; readonly what: string; readonly after: number; readonly within: number }
  | { readonly that: "returns"; readonly sensor: string; readonly by: number }
  | { readonly that: "held" | "safe" | "wrong"; readonly most: number }
  | EventExpectation
  | { readonly that: "quiet"; readonly level: Level; readonly from: number; readonly to: number }
  | { readonly that: "oracle"; readonly is: "good" | "bad" }
  | { readonly that: "verdict"; readonly is: "pass" | "fail" }
  | { readonly that: "output-hash"; readonly is: string }
);

export type HealthName = (typeof HEALTHS)[number];

export interface EventExpectation {
  readonly that: "event";
  readonly name: string;
  /** Channel (`B`), sensor (`B.gyro_x`), input (`gyro_x`) or mode; left out: any. */
  readonly subject?: string;
  readonly from: number;
  readonly to: number;
  /** Frames in which it is reported, by whomever. */
  readonly least: number;
  readonly most: number;
}

export const EXPECTATION_KINDS = [
  "mode",
  "channel",
  "sensor",
  "voter",
  "opens",
  "returns",
  "held",
  "safe",
  "wrong",
  "event",
  "quiet",
  "oracle",
  "verdict",
  "output-hash",
] as const;

/** The last frame a message can carry. */
export const FRAME_MAX = 0xfffffffe;
