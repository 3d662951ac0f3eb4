import { type ChannelName, listText, OUTCOMES, STEPS } from "../model/enums.ts";
import { NO_FRAME, readField } from "../model/record.ts";
import { voteSentences } from "../model/words.ts";
import { fieldWord, hashText } from "./decode.ts";
import type { VoterLog } from "./reader.ts";

/** What one channel logged of a frame. */
export interface Seen {
  readonly channel: number;
  readonly name: ChannelName;
  readonly view: DataView;
  /** All zeros where nothing was amiss. */
  readonly detail: DataView;
}

/** What a step led to, as hashes; `of`: the frame that they are of, none before the first commit. */
export interface StateHashes {
  readonly module: string;
  readonly agreed: string;
  readonly of: number | undefined;
}

/** Details that were written for something else. */
const NO_HASHES = "0".repeat(32);

/**
 * Which results of a frame are equal, and in what the others differ. The votes say it; digests, outputs and the states that
 * the steps led to say where. A state that was not committed stands in the channel's details.
 */
export class Results {
  readonly #log: VoterLog;
  readonly #frame: number;
  readonly #seen: readonly Seen[];

  constructor(log: VoterLog, frame: number, seen: readonly Seen[]) {
    this.#log = log;
    this.#frame = frame;
    this.#seen = seen;
  }

  /** Who says whose results are equal, and in what the others differ. */
  text(): string {
    const [first, ...others] = this.#seen;
    if (first === undefined) return "No channel logged this frame.";
    const alone = others.length === 0 ? [`Only ${first.name} is shown.`] : [];
    const isNobody = this.#nobodyMatches();
    const nobody = isNobody ? ["No two results are equal."] : [];
    const sayers = isNobody ? this.#seen.filter((one) => !this.#hasResult(one)) : this.#seen;
    const said = voteSentences(sayers.map((one) => this.#voteFacts(one)));
    const winner = this.#seen.find(({ view }) => this.#value(view, "matching") !== 0);
    const differences = winner === undefined ? this.#loggedApart(isNobody) : this.#differences(winner);
    return [...alone, ...nobody, ...said, ...differences].join(" ");
  }

  hasCommitted({ view }: Seen): boolean {
    return this.#value(view, "committed_frame") === this.#frame;
  }

  hasStepped({ view }: Seen): boolean {
    return STEPS[this.#value(view, "step_status")] !== "NOT_RUN";
  }

  /** Of this frame where its record has them, else of the one that was committed last. */
  state(seen: Seen): StateHashes {
    if (!this.hasCommitted(seen) && this.hasStepped(seen)) {
      const [module, agreed] = UNCOMMITTED.map((stem) => hashText(seen.detail, this.#log.detailLayout, stem));
      if (module !== undefined && agreed !== undefined && module + agreed !== NO_HASHES) {
        return { module, agreed, of: this.#frame };
      }
    }
    const [module = "", agreed = ""] = COMMITTED.map((stem) => hashText(seen.view, this.#log.channelLayout, stem));
    const committed = this.#value(seen.view, "committed_frame");
    return { module, agreed, of: committed === NO_FRAME ? undefined : committed };
  }

  #voteFacts({ name, view }: Seen) {
    return {
      by: name,
      matching: this.#value(view, "matching"),
      received: this.#value(view, "received"),
      isLost: OUTCOMES[this.#value(view, "outcome")] === "LOST",
    };
  }

  /** Whether every pair of the results was compared, stepped from the same state, and none was equal. */
  #nobodyMatches(): boolean {
    const stepped = this.#seen.filter((one) => this.#hasResult(one));
    const bits = stepped.reduce((sum, { channel }) => sum | (1 << channel), 0);
    const bases = stepped.map(({ view }) => [
      this.#value(view, "base_frame"),
      hashText(view, this.#log.channelLayout, "base_hash"),
    ]);
    const isEach = stepped.every((one) => {
      const { matching, received, isLost } = this.#voteFacts(one);
      return matching === 0 && !isLost && received === bits;
    });
    return isEach && stepped.length > 1 && new Set(bases.map((base) => base.join())).size === 1;
  }

  /** In what those differ whose results this one had and found unequal to that which it committed. */
  #differences(winner: Seen): string[] {
    const { matching, received } = this.#voteFacts(winner);
    const others = this.#seen.filter(({ channel }) => (((received & ~matching) >>> channel) & 1) === 1);
    return others.flatMap((other) => {
      // One that committed something else has said so itself.
      if (this.#value(other.view, "matching") !== 0) return [];
      const parts = this.#differing(winner, other);
      if (parts.length > 0) return [`${other.name} differs in ${listText(parts)}.`];
      const why = this.#hasState(other) ? "" : ": its record has no state of this frame";
      return [`${other.name} differs in nothing that is logged${why}.`];
    });
  }

  /** What results that nobody committed look like, in groups that look alike. */
  #loggedApart(isNobody: boolean): string[] {
    const groups: Seen[][] = [];
    for (const one of this.#seen.filter((seen) => this.#hasResult(seen))) {
      const alike = groups.find(([first]) => first !== undefined && this.#differing(first, one).length === 0);
      if (alike === undefined) groups.push([one]);
      else alike.push(one);
    }
    const [most = [], ...others] = groups.sort((a, b) => b.length - a.length);
    const [first] = most;
    if (first === undefined || (most.length === 1 && others.length === 0)) return [];
    const isKnown = most.every((one) => this.#hasState(one));
    const alike = isKnown ? "digest, outputs and state" : "digest and outputs";
    const start = most.length === 1 ? `Against ${first.name}:` : `${namesText(most)} logged the same ${alike}.`;
    const told = others.flatMap(([other, ...rest]) => {
      if (other === undefined) return [];
      const differ = rest.length === 0 ? "differs" : "differ";
      return [`${namesText([other, ...rest])} ${differ} in ${listText(this.#differing(first, other))}.`];
    });
    if (isKnown) return [start, ...told];
    const hidden = isNobody && most.length > 1 ? "the state in which they differ" : "the state that each came to";
    return [start, ...told, `The record does not hold ${hidden}.`];
  }

  /** What two channels logged differently of their results; their states only where both are of this frame. */
  #differing(a: Seen, b: Seen): string[] {
    const { channelLayout: layout, table } = this.#log;
    const digest = hashText(a.view, layout, "digest") === hashText(b.view, layout, "digest") ? [] : ["digest"];
    const outputs = table.outputs.filter(({ name }) => {
      const field = layout.byName.get(name);
      return field !== undefined && fieldWord(a.view, field) !== fieldWord(b.view, field);
    });
    return [...digest, ...this.#differingStates(a, b), ...outputs.map(({ name }) => name)];
  }

  #differingStates(a: Seen, b: Seen): string[] {
    if (!this.#hasState(a) || !this.#hasState(b)) return [];
    const [one, other] = [this.state(a), this.state(b)];
    const module = one.module === other.module ? [] : [MODULE_STATE];
    return one.agreed === other.agreed ? module : [...module, AGREED_STATE];
  }

  /** Whether its record, or its details, have the state that this frame led to. */
  #hasState(seen: Seen): boolean {
    return this.state(seen).of === this.#frame;
  }

  /** A channel that did not step has the outputs of an older frame in its record. */
  #hasResult({ channel, view }: Seen): boolean {
    return ((this.#value(view, "received") >>> channel) & 1) === 1;
  }

  #value(view: DataView, name: string): number {
    return readField(view, this.#log.channelLayout, name);
  }
}

/** Where the hashes of the module's and of the agreed state are: of the last committed frame, and of one that is not. */
const COMMITTED = ["module_hash", "agreed_hash"];
const UNCOMMITTED = ["result_hash", "result_agreed_hash"];

/** In words: the hash of the module's file is in `quorate.run`. */
export const MODULE_STATE = "module state";
export const AGREED_STATE = "agreed hash";

function namesText(seen: readonly Seen[]): string {
  return listText(seen.map(({ name }) => name));
}
