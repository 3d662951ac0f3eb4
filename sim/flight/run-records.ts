import type { FrameRecords } from "../../host/judge/frame-records.ts";
import { ENCAPSULATION_SIZE } from "../../host/model/record.ts";
import type { Channel } from "../channel/channel.ts";
import type { Stage } from "../world/stage.ts";

/** Words behind the encapsulation of a record, wherever it lies: a view is made once for each place. */
class RecordView {
  #at = -1;
  #size = -1;
  #words: Uint32Array = new Uint32Array(0);
  bytes: Uint8Array = new Uint8Array(0);

  words(memory: Uint8Array, at: number, size: number): Uint32Array | undefined {
    if (size === 0) return undefined;
    if (at !== this.#at || size !== this.#size) {
      this.#at = at;
      this.#size = size;
      this.bytes = memory.subarray(at, at + size);
      const from = memory.byteOffset + at + ENCAPSULATION_SIZE;
      this.#words = new Uint32Array(memory.buffer, from, (size - ENCAPSULATION_SIZE) >>> 2);
    }
    return this.#words;
  }
}

/** The records of the running frame, read where the cores and the output stage left them. */
export class RunRecords implements FrameRecords {
  frame = 0;
  readonly channels: (Uint32Array | undefined)[] = [undefined, undefined, undefined];
  readonly details: (Uint32Array | undefined)[] = [undefined, undefined, undefined];
  readonly stage: Uint32Array;
  readonly #channels: readonly Channel[];
  readonly #frames = [new RecordView(), new RecordView(), new RecordView()];
  readonly #details = [new RecordView(), new RecordView(), new RecordView()];

  constructor(channels: readonly Channel[], { record }: Stage) {
    this.#channels = channels;
    const words = (record.length - ENCAPSULATION_SIZE) >>> 2;
    this.stage = new Uint32Array(record.buffer, record.byteOffset + ENCAPSULATION_SIZE, words);
  }

  take(frame: number): this {
    this.frame = frame;
    for (let i = 0; i < 3; i += 1) {
      const { core, recordAt, recordSize, detailAt, detailSize } = this.#channels[i] as Channel;
      this.channels[i] = (this.#frames[i] as RecordView).words(core.bytes, recordAt, recordSize);
      this.details[i] = (this.#details[i] as RecordView).words(core.bytes, detailAt, detailSize);
    }
    return this;
  }

  /** A channel's record as the core wrote it; only when `channels` has one. */
  frameBytes(channel: number): Uint8Array {
    return (this.#frames[channel] as RecordView).bytes;
  }

  detailBytes(channel: number): Uint8Array {
    return (this.#details[channel] as RecordView).bytes;
  }
}
