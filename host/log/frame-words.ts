import type { FrameRecords } from "../judge/frame-records.ts";
import { ENCAPSULATION_SIZE } from "../model/record.ts";
import { type FrameSet, NO_DETAIL } from "./file/frame-set.ts";

/**
 * The records of a log as a judge reads them. The arrays are filled anew with each frame.
 *
 *     const records = new FrameWords();
 *     for await (const set of log.frames()) judge.frame(records.take(set));
 */
export class FrameWords implements FrameRecords {
  frame = 0;
  readonly channels: (Uint32Array | undefined)[] = [undefined, undefined, undefined];
  readonly details: (Uint32Array | undefined)[] = [undefined, undefined, undefined];
  stage: Uint32Array | undefined;
  /** One for each record: three of channels, three of details, the stage's. */
  readonly #words: Uint32Array[] = Array.from({ length: 7 }, () => new Uint32Array(0));

  take({ frame, channels, details, stage }: FrameSet): this {
    this.frame = frame;
    for (let i = 0; i < channels.length; i += 1) {
      const detail = details[i];
      this.channels[i] = this.#copy(i, channels[i]);
      this.details[i] = this.#copy(3 + i, detail === NO_DETAIL ? undefined : detail);
    }
    this.stage = this.#copy(6, stage);
    return this;
  }

  /** A record lies at any byte of the file; its words are copied one by one. */
  #copy(place: number, view: DataView | undefined): Uint32Array | undefined {
    if (view === undefined) return undefined;
    const count = (view.byteLength - ENCAPSULATION_SIZE) >>> 2;
    let words = this.#words[place] as Uint32Array;
    if (words.length !== count) {
      words = new Uint32Array(count);
      this.#words[place] = words;
    }
    for (let i = 0; i < count; i += 1) words[i] = view.getUint32(ENCAPSULATION_SIZE + 4 * i, true);
    return words;
  }
}
