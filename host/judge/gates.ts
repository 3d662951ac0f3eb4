import { EVENT } from "../model/events.ts";
import { CHANNEL_WORD } from "../model/record.ts";
import type { FrameRecords } from "./frame-records.ts";
import type { JudgedEvent } from "./judged-event.ts";

/** Why a channel stopped (argument of CHANNEL_STOPPED). A processor that hangs leaves its gate as it was. */
export const STOPPED = { hung: 1, noPower: 2, trapped: 3 } as const;

/** Whether each channel's gate is on: as it recorded it, and where it can record no more, as its host did. */
export class Gates {
  readonly #on: boolean[] = [true, true, true];

  event({ code, subject, argument }: JudgedEvent): void {
    if (code === EVENT.CHANNEL_RESET) this.#on[subject] = false;
    if (code === EVENT.CHANNEL_STOPPED && argument !== STOPPED.hung) this.#on[subject] = false;
  }

  frame({ channels }: FrameRecords): void {
    for (let i = 0; i < 3; i += 1) {
      const gate = channels[i]?.[CHANNEL_WORD.gate];
      if (gate !== undefined) this.#on[i] = gate !== 0;
    }
  }

  isOn(channel: number): boolean {
    return this.#on[channel] === true;
  }
}
