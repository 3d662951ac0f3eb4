import { type ErrorDetails, QuorateError } from "../errors.ts";

/** A test asked for a signal that the law has not, gave a value that it cannot have, or its step trapped. */
export class LawError extends QuorateError {
  constructor(details: Omit<ErrorDetails, "kind">) {
    super({ kind: "expectation", ...details });
  }
}
