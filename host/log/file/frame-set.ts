import { DETAIL_WORD, ENCAPSULATION, ENCAPSULATION_SIZE } from "../../model/record.ts";
import { LogError } from "./log-error.ts";
import { DETAIL_A_TOPIC, STAGE_TOPIC, TOPICS } from "./schemas.ts";

/** What the three channels and the output stage logged of one frame. A view is `undefined` when its record is missing. */
export interface FrameSet {
  readonly frame: number;
  readonly channels: (DataView | undefined)[];
  /** What was amiss at each channel; `NO_DETAIL` where nothing was written: all its words are zero. */
  readonly details: DataView[];
  stage: DataView | undefined;
}

/** Stands for the details that a core did not write because nothing was amiss (docs/core.md, "Channel detail"). */
export const NO_DETAIL: DataView = emptyDetail();

/** Whether a channel wrote details of this frame. */
export function hasDetail({ details }: FrameSet, channel: number): boolean {
  return details[channel] !== NO_DETAIL;
}

/** Records of one frame may lie this many frames apart in the file: boards are read one after the other. */
export const LATE_FRAMES_MAX = 64;

export interface FrameSetsOptions {
  /** For errors. */
  readonly file: string;
  /** Whether the file may have lost records: then details without their frame record are left out, else refused. */
  readonly isDamaged: boolean;
}

/** Puts the records of a log together by their frames. Memory is `LATE_FRAMES_MAX` frames. */
export class FrameSets {
  readonly #options: FrameSetsOptions;
  readonly #open = new Map<number, FrameSet>();
  /** Every frame up to here has been given out. */
  #oldest = -1;

  constructor(options: FrameSetsOptions) {
    this.#options = options;
  }

  /** Takes a record of a topic (its place in `TOPICS`), and gives a set that nothing is to be expected of any more. */
  add(topic: number, frame: number, view: DataView): FrameSet | undefined {
    const { file } = this.#options;
    if (frame <= this.#oldest) throw lateRecord(file, frame, this.#oldest);
    const set = this.#open.get(frame) ?? this.#begin(frame);
    if (!put(set, topic, view)) throw twice(file, frame, TOPICS[topic]);
    return this.#open.size > LATE_FRAMES_MAX ? this.#take() : undefined;
  }

  /** What is left, in order. */
  *rest(): Generator<FrameSet> {
    while (this.#open.size > 0) {
      const set = this.#take();
      if (set !== undefined) yield set;
    }
  }

  #begin(frame: number): FrameSet {
    const channels = [undefined, undefined, undefined];
    const set = { frame, channels, details: [NO_DETAIL, NO_DETAIL, NO_DETAIL], stage: undefined };
    this.#open.set(frame, set);
    return set;
  }

  #take(): FrameSet | undefined {
    let least = Number.POSITIVE_INFINITY;
    for (const frame of this.#open.keys()) if (frame < least) least = frame;
    const set = this.#open.get(least);
    this.#open.delete(least);
    this.#oldest = least;
    return set === undefined ? undefined : this.#whole(set);
  }

  /** A frame of which only details are left is none. */
  #whole(set: FrameSet): FrameSet | undefined {
    const { frame, channels, details, stage } = set;
    for (let channel = 0; channel < details.length; channel += 1) {
      if (channels[channel] !== undefined || details[channel] === NO_DETAIL) continue;
      if (!this.#options.isDamaged) throw alone(this.#options.file, frame, channel);
      details[channel] = NO_DETAIL;
    }
    return stage === undefined && channels.every((view) => view === undefined) ? undefined : set;
  }
}

/** Whether the place of the record was empty. */
function put(set: FrameSet, topic: number, view: DataView): boolean {
  if (topic === STAGE_TOPIC) {
    const isFirst = set.stage === undefined;
    set.stage = view;
    return isFirst;
  }
  const { channels, details } = set;
  if (topic < STAGE_TOPIC) {
    const isFirst = channels[topic] === undefined;
    channels[topic] = view;
    return isFirst;
  }
  const isFirst = details[topic - DETAIL_A_TOPIC] === NO_DETAIL;
  details[topic - DETAIL_A_TOPIC] = view;
  return isFirst;
}

function emptyDetail(): DataView {
  const bytes = new Uint8Array(ENCAPSULATION_SIZE + 4 * Object.keys(DETAIL_WORD).length);
  bytes.set(ENCAPSULATION);
  return new DataView(bytes.buffer);
}

function lateRecord(file: string, frame: number, oldest: number): LogError {
  return new LogError({
    code: "late-record",
    kind: "file",
    problem: `a record comes more than ${LATE_FRAMES_MAX} frames too late`,
    place: { file, frame },
    expected: `a frame after ${oldest}`,
    found: `${frame}`,
  });
}

function twice(file: string, frame: number, topic: string | undefined): LogError {
  return new LogError({
    code: "record-twice",
    kind: "file",
    problem: "two records say of the same frame what happened",
    place: { file, frame },
    expected: `one record of ${topic} in a frame`,
    found: "two",
  });
}

function alone(file: string, frame: number, channel: number): LogError {
  return new LogError({
    code: "detail-alone",
    kind: "file",
    problem: "a channel has details of a frame and no record of it",
    place: { file, frame },
    expected: `a record of ${TOPICS[channel]} beside that of ${TOPICS[DETAIL_A_TOPIC + channel]}`,
    found: "the details alone",
  });
}
