import { QuorateError } from "../errors.ts";

export type FaultListErrorCode = "bad-json" | "too-large" | "bad-faults";

export interface FaultListFlaw {
  /** JSON path of the trouble: `$.faults[2].frame`. */
  readonly path: string;
  readonly problem: string;
  readonly expected: string;
  readonly found: string;
}

/** A list of resolved faults that cannot be used. */
export class FaultListError extends QuorateError {
  readonly path: string;

  constructor(code: FaultListErrorCode, { path, problem, expected, found }: FaultListFlaw) {
    super({ code, kind: "file", problem: `resolved faults, ${path}: ${problem}`, expected, found });
    this.path = path;
  }
}
