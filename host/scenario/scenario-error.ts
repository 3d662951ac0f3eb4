import { QuorateError } from "../errors.ts";

export type ScenarioErrorCode = "unreadable" | "too-large" | "bad-json" | "bad-scenario";

interface ScenarioTrouble {
  readonly file: string;
  readonly line?: number;
  readonly path?: string | undefined;
  /** Where the problem does not say so itself. */
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  readonly hint?: string | undefined;
}

/** A scenario that cannot be used. `path` is the JSON path of the trouble (`$.faults[2].frame`). */
export class ScenarioError extends QuorateError {
  readonly path: string | undefined;

  constructor(code: ScenarioErrorCode, problem: string, { file, line, path, ...facts }: ScenarioTrouble) {
    const place = line === undefined ? { file } : { file, line };
    super({ code, kind: "file", problem: path === undefined ? problem : `${path}: ${problem}`, place, ...facts });
    this.path = path;
  }
}
