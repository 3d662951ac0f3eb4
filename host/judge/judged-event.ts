import type { EventFacts } from "../model/events.ts";

/** An event as a judge takes it: by number, never by its sentence. `text` is only repeated. */
export interface JudgedEvent extends EventFacts {
  readonly frame: number;
  readonly text?: string | undefined;
}
