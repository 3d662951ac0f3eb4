import type { ResolvedFault } from "../faults/resolved-fault.ts";
import { AgreedView } from "../judge/agreed-view.ts";
import type { FrameRecords } from "../judge/frame-records.ts";
import { Gates } from "../judge/gates.ts";
import type { JudgedEvent } from "../judge/judged-event.ts";
import { LatentFaults } from "../judge/latent.ts";
import { Lifetimes } from "../judge/lifetimes.ts";
import { STAGE_MASKED } from "../judge/stage-outcome.ts";
import { CHANNELS, HEALTHS, MODES, OUTCOMES } from "../model/enums.ts";
import { EVENT } from "../model/events.ts";
import {
  CHANNEL_HEAD_WORDS,
  CHANNEL_WORD,
  ENCAPSULATION_SIZE,
  INPUT_WORD,
  packedValue,
  STAGE_WORD,
  WORDS_PER_INPUT,
} from "../model/record.ts";
import type { SignalList } from "../model/signals.ts";
import { type FrameSet, hasDetail } from "./file/frame-set.ts";
import { framesTold } from "./file/run-metadata.ts";
import { FrameWords } from "./frame-words.ts";
import { framesOf } from "./judge-log.ts";
import type { VoterLog } from "./reader.ts";
import type { MaskedSpan, ToldState } from "./story/told-state.ts";

/** Goes once through the records of a log, up to the last frame that is told, for what they say of the end. */
export async function runState(log: VoterLog, faults: readonly ResolvedFault[], to?: number): Promise<ToldState> {
  const watch = new StateWatch(log.table, faults);
  const words = new FrameWords();
  let passed: FrameSet | undefined;
  let isQuietRow = false;
  for await (const { events, set } of framesOf(log, { to })) {
    const isQuiet = events.length === 0 && isAllAgreed(set);
    // Of frames in a row in which all agree the first and the last tell everything.
    if (isQuiet && isQuietRow) {
      passed = set;
      continue;
    }
    if (passed !== undefined) watch.frame(words.take(passed));
    passed = undefined;
    isQuietRow = isQuiet;
    for (const event of events) watch.event(event);
    watch.frame(words.take(set));
  }
  if (passed !== undefined) watch.frame(words.take(passed));
  return watch.state(framesTold(log.metadata("quorate.result")));
}

const ALL = 7;
const AGREED = OUTCOMES.indexOf("AGREED");

/** Whether all channels committed the frame alike, with nothing amiss, and the output stage counted three equal lines. */
function isAllAgreed(set: FrameSet): boolean {
  const { channels, stage } = set;
  if (stage === undefined || word(stage, STAGE_WORD.agreeing) !== ALL || word(stage, STAGE_WORD.enabled) !== ALL) {
    return false;
  }
  for (let i = 0; i < channels.length; i += 1) {
    const view = channels[i];
    if (view === undefined || hasDetail(set, i) || word(view, CHANNEL_WORD.outcome) !== AGREED) return false;
  }
  return true;
}

function word(view: DataView, index: number): number {
  return view.getUint32(ENCAPSULATION_SIZE + 4 * index, true);
}

/** Sensors of these states are used in selection. */
const USED: readonly number[] = [HEALTHS.indexOf("HEALTHY"), HEALTHS.indexOf("SUSPECT")];

/** Takes the views of a judge: what it tells of a run and what the story tells is one thing. */
class StateWatch {
  readonly #signals: SignalList;
  readonly #view = new AgreedView(MODES.indexOf("TRIPLEX"));
  readonly #gates = new Gates();
  readonly #latent: LatentFaults;
  readonly #lifetimes: Lifetimes;
  readonly #masked: MaskedSpan[] = [];
  readonly #begun = new Set<number>();
  #frames = 0;
  /** Health of each input's sensors, 4 bits a channel. */
  readonly #sensors: number[];

  constructor(signals: SignalList, faults: readonly ResolvedFault[]) {
    this.#signals = signals;
    this.#latent = new LatentFaults(faults, this.#view);
    this.#lifetimes = new Lifetimes(faults, this.#view);
    this.#sensors = signals.inputs.map(() => 0);
  }

  event(event: JudgedEvent): void {
    if (event.code === EVENT.FAULT_BEGINS) this.#begun.add(event.subject);
    this.#gates.event(event);
    this.#lifetimes.event(event);
  }

  frame(records: FrameRecords): void {
    this.#frames = records.frame + 1;
    this.#gates.frame(records);
    this.#view.take(records);
    this.#latent.frame(records);
    this.#lifetimes.frame(records);
    this.#mask(records);
    const shown = records.channels[this.#view.shownBy];
    if (shown === undefined) return;
    for (let input = 0; input < this.#sensors.length; input += 1) {
      this.#sensors[input] = shown[CHANNEL_HEAD_WORDS + WORDS_PER_INPUT * input + INPUT_WORD.sensors] as number;
    }
  }

  /** `framesTold`: what the log's result says. */
  state(framesTold: number): ToldState {
    const channels = CHANNELS.filter((_, channel) => !this.#view.isVoter(channel));
    const sensors = this.#signals.inputs.flatMap(({ name }, input) =>
      CHANNELS.filter((_, channel) => !USED.includes(packedValue(this.#sensors[input] ?? 0, channel))).map(
        (channel) => `${channel}.${name}`,
      ),
    );
    return {
      begun: this.#begun,
      frames: Math.max(this.#frames, framesTold),
      out: new Set([...channels, ...sensors]),
      gatesOff: new Set(CHANNELS.filter((_, channel) => !this.#gates.isOn(channel))),
      masked: this.#masked,
      latent: this.#latent.result(this.#lifetimes),
    };
  }

  /** Goes on with the newest row when the stage does in this frame what it did in the one before. */
  #mask({ frame, stage }: FrameRecords): void {
    if (stage?.[STAGE_WORD.outcome] !== STAGE_MASKED) return;
    const lines = (stage[STAGE_WORD.enabled] as number) & ~(stage[STAGE_WORD.agreeing] as number);
    const newest = this.#masked.at(-1);
    if (newest === undefined || newest.lines !== lines || newest.to !== frame - 1) {
      this.#masked.push({ from: frame, to: frame, lines });
    } else this.#masked[this.#masked.length - 1] = { ...newest, to: frame };
  }
}
