import { type ChannelName, listText, OUTCOMES } from "../../model/enums.ts";
import { voteSentences } from "../../model/words.ts";
import { fieldWord, hashText } from "../decode.ts";
import { readField, type VoterLog } from "../reader.ts";

/** The record of one channel in a frame. */
export interface Seen {
  readonly channel: number;
  readonly name: ChannelName;
  readonly view: DataView;
}

/**
 * Which results of a frame are equal, and in what the others differ. The votes say it; what is logged beside them can
 * only show where, and of a frame that was not committed it does not hold the state.
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

  #voteFacts({ name, view }: Seen) {
    return {
      by: name,
      matching: this.#value(view, "matching"),
      received: this.#value(view, "received"),
      isLost: OUTCOMES[this.#value(view, "outcome")] === "LOST",
    };
  }

  /** Whether every pair of the results was compared, from the same state, and none was equal. */
  #nobodyMatches(): boolean {
    const stepped = this.#seen.filter((one) => this.#hasResult(one));
    const bits = stepped.reduce((sum, { channel }) => sum | (1 << channel), 0);
    const bases = stepped.map(({ view }) => [this.#value(view, "committed_frame"), ...this.#state(view)].join());
    const isEach = stepped.every((one) => {
      const { matching, received, isLost } = this.#voteFacts(one);
      return matching === 0 && !isLost && received === bits;
    });
    return isEach && stepped.length > 1 && new Set(bases).size === 1;
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
      return [`${other.name} differs in nothing that is logged: its record has no state of this frame.`];
    });
  }

  /** What results that nobody committed look like: those that look alike need not be, for their states are not logged. */
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
    const start =
      most.length === 1 ? `Against ${first.name}:` : `${namesText(most)} logged the same digest and outputs.`;
    const told = others.flatMap(([other, ...rest]) => {
      if (other === undefined) return [];
      const differ = rest.length === 0 ? "differs" : "differ";
      return [`${namesText([other, ...rest])} ${differ} in ${listText(this.#differing(first, other))}.`];
    });
    const isHidden = isNobody && most.length > 1;
    const end = isHidden ? "the state in which they differ" : "the state that each came to";
    return [start, ...told, `The record does not hold ${end}.`];
  }

  /** What two channels logged differently of their results; their states only where both are of this frame. */
  #differing(a: Seen, b: Seen): string[] {
    const { channelLayout: layout, table } = this.#log;
    const stems = this.hasCommitted(a) && this.hasCommitted(b) ? ["digest", ...STATES] : ["digest"];
    const hashes = stems.filter((stem) => hashText(a.view, layout, stem) !== hashText(b.view, layout, stem));
    const outputs = table.outputs.filter(({ name }) => {
      const field = layout.byName.get(name);
      return field !== undefined && fieldWord(a.view, field) !== fieldWord(b.view, field);
    });
    return [...hashes.map(stemText), ...outputs.map(({ name }) => name)];
  }

  #state(view: DataView): string[] {
    return STATES.map((stem) => hashText(view, this.#log.channelLayout, stem));
  }

  hasCommitted({ view }: Seen): boolean {
    return this.#value(view, "committed_frame") === this.#frame;
  }

  /** A channel that did not step has the outputs of an older frame in its record. */
  #hasResult({ channel, view }: Seen): boolean {
    return ((this.#value(view, "received") >>> channel) & 1) === 1;
  }

  #value(view: DataView, name: string): number {
    return readField(view, this.#log.channelLayout, name);
  }
}

/** The record's name for the hash of the module's state; the hash of its file is in `quorate.run`. */
const MODULE_STATE = "module_hash";
/** Hashes of the last committed frame. The digest is of the frame itself. */
export const STATES = [MODULE_STATE, "agreed_hash"];

export function stemText(stem: string): string {
  return stem === MODULE_STATE ? "module state" : stem.replace("_", " ");
}

function namesText(seen: readonly Seen[]): string {
  return listText(seen.map(({ name }) => name));
}
