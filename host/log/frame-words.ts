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
  readonly #places: readonly Place[] = Array.from({ length: 7 }, () => new Place());

  take({ frame, channels, details, stage }: FrameSet): this {
    this.frame = frame;
    for (let i = 0; i < channels.length; i += 1) {
      const detail = details[i];
      this.channels[i] = this.#place(i).take(channels[i]);
      this.details[i] = this.#place(3 + i).take(detail === NO_DETAIL ? undefined : detail);
    }
    this.stage = this.#place(6).take(stage);
    return this;
  }

  #place(index: number): Place {
    return this.#places[index] as Place;
  }
}

/** Words of one record at a place where words may lie: in the file it begins at any byte. */
class Place {
  #words: Uint32Array = new Uint32Array(0);
  #bytes: Uint8Array = new Uint8Array(this.#words.buffer);

  /** Bytes are copied as they are: log and processor are little-endian, as every processor that Node.js runs on is by default. */
  take(view: DataView | undefined): Uint32Array | undefined {
    if (view === undefined) return undefined;
    const count = (view.byteLength - ENCAPSULATION_SIZE) >>> 2;
    if (this.#words.length !== count) {
      this.#words = new Uint32Array(count);
      this.#bytes = new Uint8Array(this.#words.buffer);
    }
    this.#bytes.set(new Uint8Array(view.buffer, view.byteOffset + ENCAPSULATION_SIZE, 4 * count));
    return this.#words;
  }
}
