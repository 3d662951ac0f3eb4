import type { ResolvedFault } from "../faults/resolved-fault.ts";
import { AgreedView } from "../judge/agreed-view.ts";
import type { FrameRecords } from "../judge/frame-records.ts";
import { Gates } from "../judge/gates.ts";
import type { JudgedEvent } from "../judge/judged-event.ts";
import { LatentFaults } from "../judge/latent.ts";
import { Lifetimes } from "../judge/lifetimes.ts";
import { STAGE_MASKED } from "../judge/stage-outcome.ts";
import { CHANNELS, HEALTHS, MODES } from "../model/enums.ts";
import { CHANNEL_HEAD_WORDS, INPUT_WORD, packedValue, STAGE_WORD, WORDS_PER_INPUT } from "../model/record.ts";
import type { SignalList } from "../model/signals.ts";
import type { FrameRange } from "./file/frame-span.ts";
import type { VoterLog } from "./reader.ts";
import { type ReplayListener, replayLog } from "./replay-log.ts";
import type { MaskedSpan, ToldState } from "./story/told-state.ts";

/** Goes once through the records of a log, up to the last frame that is told, for what they say of the end. */
export async function runState(log: VoterLog, faults: readonly ResolvedFault[], to?: number): Promise<ToldState> {
  const watch = new StateWatch(log.table, faults);
  const range: FrameRange = to === undefined ? {} : { to };
  await replayLog(log, watch, range);
  return watch.state();
}

/** Sensors of these states are used in selection. */
const USED: readonly number[] = [HEALTHS.indexOf("HEALTHY"), HEALTHS.indexOf("SUSPECT")];

/** Takes the views of a judge: what it tells of a run and what the story tells is one thing. */
class StateWatch implements ReplayListener {
  readonly #signals: SignalList;
  readonly #view = new AgreedView(MODES.indexOf("TRIPLEX"));
  readonly #gates = new Gates();
  readonly #latent: LatentFaults;
  readonly #lifetimes: Lifetimes;
  readonly #masked: MaskedSpan[] = [];
  /** Health of each input's sensors, 4 bits a channel. */
  readonly #sensors: number[];

  constructor(signals: SignalList, faults: readonly ResolvedFault[]) {
    this.#signals = signals;
    this.#latent = new LatentFaults(faults, this.#view);
    this.#lifetimes = new Lifetimes(faults, this.#view);
    this.#sensors = signals.inputs.map(() => 0);
  }

  event(event: JudgedEvent): void {
    this.#gates.event(event);
    this.#lifetimes.event(event);
  }

  frame(records: FrameRecords): void {
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

  state(): ToldState {
    const channels = CHANNELS.filter((_, channel) => !this.#view.isVoter(channel));
    const sensors = this.#signals.inputs.flatMap(({ name }, input) =>
      CHANNELS.filter((_, channel) => !USED.includes(packedValue(this.#sensors[input] ?? 0, channel))).map(
        (channel) => `${channel}.${name}`,
      ),
    );
    return {
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
