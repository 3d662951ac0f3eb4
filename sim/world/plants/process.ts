import type { Random } from "../../../host/model/random.ts";
import type { SensorModel } from "../sensors.ts";

/** A quantity that a control law can measure or command. */
export interface Quantity {
  readonly name: string;
  readonly unit: string;
  /** One sentence with the sign convention. */
  readonly about: string;
}

export interface Measured extends Quantity {
  readonly sensor: (periodUs: number) => SensorModel;
}

export interface Commanded extends Quantity {
  /** What the actuator can do; commands beyond are cut. */
  readonly least: number;
  readonly greatest: number;
  /** In effect until the first command arrives. */
  readonly initial: number;
}

/**
 * The physics of a plant: numbers in, numbers out, no signal words and no sensor errors.
 * Only + - * / and sqrt, which IEEE 754 fixes to the bit: the same seed is the same run on every machine.
 */
export interface Process {
  readonly name: string;
  /** What it is and where its constants come from. */
  readonly about: string;
  readonly measured: readonly Measured[];
  readonly commanded: readonly Commanded[];
  /** Back to the first state. */
  reset(random: Random): void;
  /** Moves on by one frame of `periodUs` with these commands in effect. */
  advance(frame: number, commands: Float64Array, periodUs: number): void;
  /** True value of a measured quantity at the beginning of the present frame. */
  read(index: number): number;
  /** Further true values, for plots and tests. */
  truth(): ReadonlyMap<string, number>;
}

/** Longest integration step; every process here has no time constant below it. */
export const SUB_STEP_MAX_US = 100;

/** Number and length in s of the equal integration steps that make one frame. */
export function subSteps(periodUs: number): { count: number; seconds: number } {
  const count = Math.ceil(periodUs / SUB_STEP_MAX_US);
  return { count, seconds: periodUs / count / 1e6 };
}
