import type { Random } from "../../host/model/random.ts";

/** How one kind of sensor errs. All figures are in the unit of what it measures. */
export interface SensorModel {
  /** Standard deviation of the noise of one reading. */
  readonly noise: number;
  /** Standard deviation of the constant error, drawn once for each sensor. */
  readonly bias: number;
  /** Distance between two readings, 0 = none. */
  readonly quantum: number;
  /** The reading is up to this old, drawn once for each sensor: sensors do not sample at the same instant. */
  readonly skewUs: number;
}

/** Random streams of the run's seed that belong to simulated sensors. */
export const SENSOR_STREAM = 0x5e000000;
/** Draw numbers of what is fixed for a run; readings use the frame number, which is smaller. */
const BIAS_DRAW = 2 ** 33;
const SKEW_DRAW = 2 ** 33 + 1;

/** One sensor of one channel: the same seed and stream give the same errors in every run. */
export class Sensor {
  readonly bias: number;
  readonly skewUs: number;
  readonly #model: SensorModel;
  readonly #random: Random;
  readonly #stream: number;

  constructor(model: SensorModel, random: Random, stream: number) {
    this.#model = model;
    this.#random = random;
    this.#stream = SENSOR_STREAM + stream;
    this.bias = model.bias * random.gaussian(this.#stream, BIAS_DRAW);
    this.skewUs = Math.round(model.skewUs * random.uniform(this.#stream, SKEW_DRAW));
  }

  /** The reading of a frame whose true value is `now`, `before` one frame (`periodUs`) earlier. */
  read(frame: number, { now, before, periodUs }: { now: number; before: number; periodUs: number }): number {
    const seen = now - ((now - before) * this.skewUs) / periodUs;
    const noisy = seen + this.bias + this.#model.noise * this.#random.gaussian(this.#stream, frame);
    const { quantum } = this.#model;
    return quantum === 0 ? noisy : quantum * Math.round(noisy / quantum);
  }
}
