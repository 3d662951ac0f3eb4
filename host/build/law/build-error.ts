import { type ErrorDetails, type Place, QuorateError } from "../../errors.ts";

/** A control law that cannot be built. `place` names file, line and column of the author's source. */
export class BuildError extends QuorateError {
  constructor(details: Omit<ErrorDetails, "kind">) {
    super({ kind: "file", ...details });
  }

  get file(): string | undefined {
    return this.place.file;
  }

  get line(): number | undefined {
    return this.place.line;
  }

  get column(): number | undefined {
    return this.place.column;
  }
}

export type { Place };
