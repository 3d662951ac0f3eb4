import { QuorateError } from "../errors.ts";
import { messageSizes } from "./link-layout.ts";

/** When the parts of a frame begin and end, in us since the frame's start (docs/core.md, configuration words 11 to 16). */
export interface Windows {
  readonly x1OpenUs: number;
  readonly x1CloseUs: number;
  readonly x2CloseUs: number;
  readonly stepCloseUs: number;
  readonly x3CloseUs: number;
  readonly lineUs: number;
}

export interface WindowNeeds {
  readonly periodUs: number;
  readonly baud: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** 8E1: start, eight data bits, parity, stop (docs/protocol.md). */
const BITS_PER_BYTE = 11;
/** Of the period, on each side of an exchange: for clock offset, interrupt latency and the sender's own work. */
const MARGIN = 0.04;
/** Part of the period that a step must be left with. */
const STEP_SHARE_MIN = 0.1;

/** Time on the wire of one message, us. */
export function wireUs(bytes: number, baud: number): number {
  return Math.ceil((bytes * BITS_PER_BYTE * 1e6) / baud);
}

/**
 * Windows that fit the period: each exchange gets its message's time on the wire and a margin on both sides, the step gets
 * what is left. Throws `QuorateError` with the arithmetic when nothing is left.
 */
export function computeWindows({ periodUs, baud, inputs, outputs }: WindowNeeds): Windows {
  const sizes = messageSizes(inputs, outputs);
  const margin = Math.ceil(periodUs * MARGIN);
  const exchange = (bytes: number) => wireUs(bytes, baud) + margin;
  const x1OpenUs = margin;
  const x1CloseUs = x1OpenUs + exchange(sizes.x1);
  const x2CloseUs = x1CloseUs + exchange(sizes.x2);
  const lineUs = periodUs - margin;
  const x3CloseUs = lineUs - Math.ceil(margin / 2);
  const stepCloseUs = x3CloseUs - exchange(sizes.x3);
  const step = stepCloseUs - x2CloseUs;
  if (step >= periodUs * STEP_SHARE_MIN) return { x1OpenUs, x1CloseUs, x2CloseUs, stepCloseUs, x3CloseUs, lineUs };
  const sum = [sizes.x1, sizes.x2, sizes.x3].map((bytes) => `${bytes} B = ${wireUs(bytes, baud)} us`).join(", ");
  throw new QuorateError({
    code: "windows-do-not-fit",
    kind: "file",
    problem: `the messages do not fit the period of ${periodUs} us at ${baud} baud`,
    expected: `at least ${Math.ceil(periodUs * STEP_SHARE_MIN)} us left for the step`,
    found: `${step} us after X1, X2, X3 (${sum}) and 4.5 margins of ${margin} us`,
    hint: "Choose a higher baud rate or a longer period.",
  });
}
