import { describe } from "../../host/faults/describe-fault.ts";
import type { ResolvedFault } from "../../host/faults/resolved-fault.ts";
import { STAGE_AGREED, STAGE_HELD, STAGE_MASKED, STAGE_SAFE } from "../../host/judge/stage-outcome.ts";
import type { LoggedEvent } from "../../host/log/file/voter-log-writer.ts";
import { CHANNELS } from "../../host/model/enums.ts";
import { EVENT, type Reporter } from "../../host/model/events.ts";
import type { FrameView, RunOptions } from "./run.ts";

const STAGE_EVENT: Readonly<Record<number, number>> = {
  [STAGE_AGREED]: EVENT.OUTPUT_AGREED,
  [STAGE_MASKED]: EVENT.OUTPUT_MASKED,
  [STAGE_HELD]: EVENT.OUTPUT_HELD,
  [STAGE_SAFE]: EVENT.OUTPUT_SAFE,
};

interface FaultEdge {
  readonly fault: ResolvedFault;
  /** Place in the list of faults. */
  readonly index: number;
  readonly code: number;
}

/** Everything that is reported in a run: by its channels, by its host about them, about faults, and about the output stage. */
export class RunEvents {
  /** What a run reports to. */
  readonly sinks: Pick<RunOptions, "onEvent" | "onHost">;
  readonly #onEvent: (event: LoggedEvent) => void;
  readonly #edges: ReadonlyMap<number, readonly FaultEdge[]>;
  #outcome: number = STAGE_AGREED;

  constructor(faults: readonly ResolvedFault[], onEvent: (event: LoggedEvent) => void) {
    this.#onEvent = onEvent;
    this.#edges = faultEdges(faults);
    this.sinks = {
      onEvent: (frame, channel, code, subject, argument) =>
        onEvent({ frame, by: CHANNELS[channel] as Reporter, code, subject, argument }),
      onHost: (frame, code, subject, argument, text) =>
        onEvent({ frame, by: "host", code, subject, argument, ...(text === undefined ? {} : { text }) }),
    };
  }

  /** Call before the run flies a frame. */
  begin(frame: number): void {
    for (const { fault, index, code } of this.#edges.get(frame) ?? []) {
      const text = `${code === EVENT.FAULT_BEGINS ? "Injected" : "Ended"}: ${fault.text}. ${describe(fault)}`;
      this.#onEvent({ frame, by: "host", code, subject: index, argument: 0, text });
    }
  }

  /** Call after it. The stage itself reports nothing; its host says when the outcome changes, and how long a hold lasts. */
  end({ frame, outcome, stage }: FrameView): void {
    if (outcome === this.#outcome && outcome !== STAGE_HELD) return;
    this.#outcome = outcome;
    const masked = outcome === STAGE_MASKED;
    const subject = masked ? stage.enabled & ~stage.agreeing : 0;
    const missing = masked ? stage.enabled & ~stage.counted : 0;
    const argument = outcome === STAGE_HELD ? stage.heldFrames : missing;
    this.#onEvent({ frame, by: "stage", code: STAGE_EVENT[outcome] ?? 0, subject, argument });
  }
}

function faultEdges(faults: readonly ResolvedFault[]): Map<number, FaultEdge[]> {
  const edges = new Map<number, FaultEdge[]>();
  for (const [index, fault] of faults.entries()) {
    for (const [frame, code] of [
      [fault.frame, EVENT.FAULT_BEGINS],
      [fault.end, EVENT.FAULT_ENDS],
    ] as const) {
      if (code === EVENT.FAULT_ENDS && fault.end - fault.frame === 1 && fault.mode.lasts === "once") continue;
      edges.set(frame, [...(edges.get(frame) ?? []), { fault, index, code }]);
    }
  }
  return edges;
}
