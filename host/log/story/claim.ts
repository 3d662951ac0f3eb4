import { CHANNELS, HEALTHS, MODES, STAGE_OUTCOMES } from "../../model/enums.ts";
import { EVENT, eventKind } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import type { Entry } from "./chapter.ts";

/** What an event says that the records of its frame must bear out. */
export interface Claim {
  /** Whose record: the output stage's, or that of channel 0 to 2. */
  readonly by: "stage" | number;
  readonly field: string;
  readonly shift: number;
  readonly mask: number;
  readonly values: readonly number[];
  readonly names: readonly string[];
}

const WHOLE = { shift: 0, mask: 0xffffffff };

const HEALTH_OF: ReadonlyMap<number, (typeof HEALTHS)[number]> = new Map([
  [EVENT.SENSOR_OPEN, "OPEN"],
  [EVENT.SENSOR_PROBATION, "PROBATION"],
  [EVENT.SENSOR_HEALTHY, "HEALTHY"],
  [EVENT.SENSOR_FAILED, "FAILED"],
  [EVENT.CHANNEL_OPEN, "OPEN"],
  [EVENT.CHANNEL_HEALTHY, "HEALTHY"],
  [EVENT.CHANNEL_FAILED, "FAILED"],
]);

const STAGE_OF: ReadonlyMap<number, (typeof STAGE_OUTCOMES)[number]> = new Map([
  [EVENT.OUTPUT_AGREED, "AGREED"],
  [EVENT.OUTPUT_MASKED, "MASKED"],
  [EVENT.OUTPUT_HELD, "HELD"],
  [EVENT.OUTPUT_SAFE, "SAFE"],
]);

/** `undefined` when it says nothing that can be looked up. */
export function claimOf({ code, subject, by: [reporter = ""] }: Entry, { inputs }: SignalList): Claim | undefined {
  const outcome = STAGE_OF.get(code);
  if (outcome !== undefined) {
    const values = [STAGE_OUTCOMES.indexOf(outcome)];
    return { by: "stage", field: "outcome", ...WHOLE, values, names: STAGE_OUTCOMES };
  }
  const by = (CHANNELS as readonly string[]).indexOf(reporter);
  if (by < 0) return undefined;
  if (code === EVENT.MODE) return { by, field: "mode", ...WHOLE, values: [subject], names: MODES };
  const health = HEALTH_OF.get(code);
  if (health === undefined) return undefined;
  const told = { by, values: [HEALTHS.indexOf(health)], names: HEALTHS };
  if (eventKind(code).subject === "channel") {
    const channel = CHANNELS[subject];
    return channel === undefined ? undefined : { ...told, field: `health_${channel.toLowerCase()}`, ...WHOLE };
  }
  const input = inputs[subject >>> 2];
  if (input === undefined) return undefined;
  return { ...told, field: `${input.name}_sensors`, shift: 4 * (subject & 3), mask: 15 };
}
