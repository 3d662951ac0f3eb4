/** What the simulator and the rig see of a trace: words per frame, and where they come from. */

import type { ChannelName } from "../../model/enums.ts";
import type { Samples } from "../../model/samples.ts";

export interface SampleSource {
  readonly frames: number;
  readonly period_us: number;
  /** Fills `into` for `frame`. The same frame gives the same words in any order of calls. Allocates nothing. */
  sample(frame: number, into: Samples): void;
  readonly provenance: readonly SignalProvenance[];
}

/** Where one signal of one channel comes from. */
export interface SignalProvenance {
  readonly signal: string;
  /** Unit of the signal in the law; noise and bias are in it. */
  readonly unit: string;
  readonly channel: ChannelName;
  readonly column: string;
  readonly column_unit: string;
  /** "recorded": the column feeds this channel alone, unchanged but for units. "derived": made from it. */
  readonly kind: "recorded" | "derived";
  readonly conversion: "unit" | "pressure_to_altitude";
  readonly scale: number;
  readonly offset: number;
  readonly noise: number;
  readonly bias: number;
  readonly skew_us: number;
  readonly staleness_us: number;
  /** How the figures were found, as the mapping says it. */
  readonly note?: string;
}

/** One sentence: `gyro_x of B: derived from sensor_combined.gyro_rad[0], noise 0.002 rad/s, ...`. */
export function describeProvenance(source: SignalProvenance): string {
  const figures: string[] = [];
  if (source.conversion !== "unit") figures.push(source.conversion);
  if (source.column_unit !== source.unit && source.conversion === "unit")
    figures.push(`${source.column_unit} to ${source.unit}`);
  if (source.scale !== 1) figures.push(`scale ${source.scale}`);
  if (source.offset !== 0) figures.push(`offset ${source.offset} ${source.unit}`);
  if (source.noise !== 0) figures.push(`noise ${source.noise} ${source.unit} (sigma)`);
  if (source.bias !== 0) figures.push(`bias ${source.bias} ${source.unit}`);
  if (source.skew_us !== 0) figures.push(`skew ${source.skew_us} us`);
  const tail = figures.length === 0 ? "" : `: ${figures.join(", ")}`;
  return `${source.signal} of ${source.channel} is ${source.kind} from ${source.column}${tail}`;
}
