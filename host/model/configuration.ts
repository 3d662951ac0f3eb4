import type { Windows } from "./windows.ts";

/**
 * The configuration words of core and output stage (docs/core.md, "Configuration words", "Stage record"): one list for whoever starts
 * a core, logs how it was started or starts it again.
 */

/** Frames that an output may be held (REDUNDANCY section 6). */
export const HOLD_FRAMES = 3;
/** Bits of word 17. */
const SIMPLEX_ALLOWED = 1;
const START_OUTSIDE = 2;

/** Numbers of a core's configuration by name, in the order of its words. Frames; us; alpha in Q8.8. */
export interface CoreConfiguration {
  /** 0 A, 1 B, 2 C. */
  readonly channel: number;
  readonly epoch: number;
  readonly first_frame: number;
  readonly hold_frames: number;
  readonly open_errors: number;
  readonly open_alpha: number;
  readonly cooldown_first: number;
  readonly cooldown_max: number;
  readonly trips_max: number;
  readonly probation_frames: number;
  readonly forgive_frames: number;
  readonly x1_open_us: number;
  readonly x1_close_us: number;
  readonly x2_close_us: number;
  readonly step_close_us: number;
  readonly x3_close_us: number;
  readonly line_us: number;
  readonly flags: number;
  readonly parameter_set: number;
}

/** Names in the order of the words. */
export const CONFIGURATION_NAMES = [
  "channel",
  "epoch",
  "first_frame",
  "hold_frames",
  "open_errors",
  "open_alpha",
  "cooldown_first",
  "cooldown_max",
  "trips_max",
  "probation_frames",
  "forgive_frames",
  "x1_open_us",
  "x1_close_us",
  "x2_close_us",
  "step_close_us",
  "x3_close_us",
  "line_us",
  "flags",
  "parameter_set",
] as const satisfies readonly (keyof CoreConfiguration)[];

/** docs/core.md's values for everything that a bench does not choose. */
export const CORE_DEFAULTS = {
  channel: 0,
  epoch: 1,
  first_frame: 0,
  hold_frames: HOLD_FRAMES,
  open_errors: 3,
  open_alpha: 1280,
  cooldown_first: 100,
  cooldown_max: 800,
  trips_max: 4,
  probation_frames: 100,
  forgive_frames: 360_000,
  flags: 0,
  parameter_set: 0,
} as const;

export interface CoreChoices extends Partial<CoreConfiguration> {
  readonly windows: Windows;
  /** The channel takes no part, as after a reset without re-integration. */
  readonly isOutside?: boolean;
  readonly isSimplexAllowed?: boolean;
}

/** A whole configuration from what a bench chooses. */
export function coreConfiguration({ windows, isOutside, isSimplexAllowed, ...chosen }: CoreChoices): CoreConfiguration {
  return {
    ...CORE_DEFAULTS,
    ...chosen,
    x1_open_us: windows.x1OpenUs,
    x1_close_us: windows.x1CloseUs,
    x2_close_us: windows.x2CloseUs,
    step_close_us: windows.stepCloseUs,
    x3_close_us: windows.x3CloseUs,
    line_us: windows.lineUs,
    flags:
      (chosen.flags ?? 0) |
      (isSimplexAllowed === true ? SIMPLEX_ALLOWED : 0) |
      (isOutside === true ? START_OUTSIDE : 0),
  };
}

/** The words of `CONFIG`. */
export function configurationWords(configuration: CoreConfiguration): number[] {
  return CONFIGURATION_NAMES.map((name) => configuration[name]);
}

/** The windows that a configuration has. */
export function windowsOf(configuration: CoreConfiguration): Windows {
  return {
    x1OpenUs: configuration.x1_open_us,
    x1CloseUs: configuration.x1_close_us,
    x2CloseUs: configuration.x2_close_us,
    stepCloseUs: configuration.step_close_us,
    x3CloseUs: configuration.x3_close_us,
    lineUs: configuration.line_us,
  };
}

/** The words of the stage's `CONFIG`; `safe`: one raw word for each output. */
export function stageWords(safe: Uint32Array, { hold_frames, flags }: CoreConfiguration): number[] {
  return [safe.length, hold_frames, flags & SIMPLEX_ALLOWED, ...safe];
}

const HEADER_SIZE = 64;
const RECORD_SIZE = 64;
/** Counts of inputs, outputs, parameters and probes in the header. */
const COUNTS_AT = [32, 34, 36, 38];
/** Size of a core's `TABLE`. */
const TABLE_SIZE_MAX = 8192;

/** As much of a signal table as a core reads: header and records; the names behind them may be longer than its buffer. */
export function tableForCore(table: Uint8Array): Uint8Array {
  if (table.length < HEADER_SIZE) return table;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const records = COUNTS_AT.reduce((sum, at) => sum + view.getUint16(at, true), 0);
  return table.subarray(0, Math.min(table.length, HEADER_SIZE + records * RECORD_SIZE, TABLE_SIZE_MAX));
}
