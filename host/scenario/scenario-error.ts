import { QuorateError } from "../errors.ts";

export type ScenarioErrorCode = "unreadable" | "too-large" | "bad-json" | "bad-scenario";

/** A scenario that cannot be used. `path` is the JSON path of the trouble (`$.faults[2].frame`). */
export class ScenarioError extends QuorateError {
  readonly path: string | undefined;

  constructor(code: ScenarioErrorCode, problem: string, where: { file: string; line?: number; path?: string }) {
    const { file, line, path } = where;
    const place = line === undefined ? { file } : { file, line };
    super({ code, kind: "file", problem: path === undefined ? problem : `${path}: ${problem}`, place });
    this.path = path;
  }
}
