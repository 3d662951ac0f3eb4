import { CHANNELS, ENUMS, type EnumKey } from "../model/enums.ts";
import type { Layouts } from "./decode.ts";
import type { FrameSet } from "./file/frame-set.ts";
import {
  enumOf,
  fieldNames,
  findField,
  hasParts,
  isFamily,
  partName,
  type QueryField,
  readerOf,
  viewOf,
} from "./query-fields.ts";
import { queryError, type Token, tokensOf } from "./query-tokens.ts";

/**
 * A small language over the fields of the frame records (docs/log-command.md, "query"):
 *
 *     mode != TRIPLEX and outcome == MASKED and gyro_x_sample > 3 by B
 *
 * A query is asked of each channel's record. `by B` after a comparison, or `B.` before a field, takes the fields from
 * B's record of the same frame, `stage.` from the output stage's. It is parsed into closures; nothing is evaluated
 * as code.
 */

/** Value of a part of the query for one record; NaN when the record it asks for is missing. */
type Value = (set: FrameSet, channel: number) => number;

export interface Query {
  /** Whether the record of this channel matches. */
  readonly matches: (set: FrameSet, channel: number) => boolean;
  /** Fields named in the query, in order, each once. */
  readonly fields: readonly string[];
}

/** Brackets and `not` in one another. */
const DEPTH_MAX = 64;
const STAGE = "stage";
const WORDS = ["and", "or", "not", "by", "abs"];
const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b && !Number.isNaN(a) && !Number.isNaN(b),
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Reads a query. @throws LogError (usage) that points at the place. */
export function parseQuery(text: string, layouts: Layouts): Query {
  return new Parser(text, layouts).query();
}

/** A term before the names of enumerations in it are known. */
type Term = ValueTerm | { readonly kind: "name"; readonly token: Token };

interface ValueTerm {
  readonly kind: "value";
  readonly value: Value;
  readonly enum: EnumKey | undefined;
  readonly computed?: true;
  /** The word `channel`: the one value that the names A, B and C stand for. */
  readonly channel?: Token;
  /** A field that has a part per channel, taken whole. */
  readonly whole?: Whole;
}

/** `text` is the field as the query has it: `B.accusations`. */
interface Whole {
  readonly text: string;
  readonly field: QueryField;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #layouts: Layouts;
  readonly #fields = new Set<string>();
  /** Channel that `by` gives; the comparison before it reads this when it runs. */
  #scope: Scope = { channel: undefined, outer: undefined };
  #at = 0;
  #depth = 0;

  constructor(text: string, layouts: Layouts) {
    this.#text = text;
    this.#tokens = tokensOf(text);
    this.#layouts = layouts;
  }

  query(): Query {
    const value = this.#or();
    if (this.#peek().kind !== "end") throw this.#error("something follows the query", "and, or, by, or the end");
    return { matches: (set, channel) => isTrue(value(set, channel)), fields: [...this.#fields] };
  }

  #or(): Value {
    let left = this.#and();
    while (this.#takeWord("or")) {
      const [a, b] = [left, this.#and()];
      left = (set, channel) => (isTrue(a(set, channel)) || isTrue(b(set, channel)) ? 1 : 0);
    }
    return left;
  }

  #and(): Value {
    let left = this.#not();
    while (this.#takeWord("and")) {
      const [a, b] = [left, this.#not()];
      left = (set, channel) => (isTrue(a(set, channel)) && isTrue(b(set, channel)) ? 1 : 0);
    }
    return left;
  }

  #not(): Value {
    if (!this.#takeWord("not")) return this.#comparison();
    const inner = this.#nested(() => this.#not());
    return (set, channel) => (isTrue(inner(set, channel)) ? 0 : 1);
  }

  #comparison(): Value {
    const outer = this.#scope;
    const scope: Scope = { channel: undefined, outer };
    this.#scope = scope;
    const left = this.#sum();
    const sign = this.#takeSign(...Object.keys(COMPARISONS));
    const compare = sign === undefined ? undefined : COMPARISONS[sign];
    let value: Value;
    if (sign === undefined || compare === undefined) value = this.#resolve(left, undefined);
    else {
      const right = this.#sum();
      this.#refuseWhole(left, right, (part, name) => `${part} ${sign} ${name}`);
      this.#refuseWhole(right, left, (part, name) => `${name} ${sign} ${part}`);
      const a = this.#resolve(left, right);
      const b = this.#resolve(right, left);
      value = (set, channel) => (compare(a(set, channel), b(set, channel)) ? 1 : 0);
    }
    // In `a - b by B`, is only b meant, or both? Neither reading is safe, so neither is taken.
    if (compare === undefined && left.kind === "value" && left.computed === true && this.#peek().text === "by") {
      throw this.#error("by stands in arithmetic", "by behind a comparison; in arithmetic B's field is B.<field>");
    }
    if (this.#takeWord("by")) scope.channel = this.#channel("by is followed by a channel");
    this.#scope = outer;
    return value;
  }

  /**
   * All channels' parts in one word equal no name: `accusations == C` would ask for the bits of B, which are 2 as the
   * number of C is.
   */
  #refuseWhole(term: Term, other: Term, comparison: (part: string, name: string) => string): void {
    if (term.kind !== "value" || term.whole === undefined) return;
    const token = other.kind === "name" ? other.token : other.channel;
    if (token === undefined) return;
    const { text, field } = term.whole;
    const problem = `${text} has one ${enumOf(field) === undefined ? "bit" : "value"} per channel`;
    const expected = `${partText(term.whole, token.text, comparison)}, or a number for the whole word`;
    throw this.#errorAt(token, { problem, expected });
  }

  #sum(): Term {
    let left = this.#product();
    for (let sign = this.#takeSign("+", "-"); sign !== undefined; sign = this.#takeSign("+", "-")) {
      const [a, b] = [this.#resolve(left, undefined), this.#resolve(this.#product(), undefined)];
      const factor = sign === "+" ? 1 : -1;
      left = computed((set, channel) => a(set, channel) + factor * b(set, channel));
    }
    return left;
  }

  #product(): Term {
    let left = this.#term();
    while (this.#takeSign("*") !== undefined) {
      const [a, b] = [this.#resolve(left, undefined), this.#resolve(this.#term(), undefined)];
      left = computed((set, channel) => a(set, channel) * b(set, channel));
    }
    return left;
  }

  #term(): Term {
    const token = this.#peek();
    if (this.#takeSign("-") !== undefined) {
      const inner = this.#nested(() => this.#resolve(this.#term(), undefined));
      return computed((set, channel) => -inner(set, channel));
    }
    if (this.#takeSign("(") !== undefined) return plain(this.#bracket());
    if (token.kind === "number") {
      this.#at += 1;
      return plain(() => token.value);
    }
    if (token.kind !== "name") throw this.#error("a value is missing", "a field, a number or a name");
    if (token.text === "abs" && this.#tokens[this.#at + 1]?.text === "(") {
      this.#at += 2;
      const inner = this.#bracket();
      return computed((set, channel) => Math.abs(inner(set, channel)));
    }
    return this.#named();
  }

  #bracket(): Value {
    const inner = this.#nested(() => this.#or());
    if (this.#takeSign(")") === undefined) throw this.#error("a bracket is not closed", ")");
    return inner;
  }

  /** A field, with the channel whose record it is read from, or the name of an enumeration's value. */
  #named(): Term {
    const token = this.#next();
    if (this.#peek().text === "." && (token.text === STAGE || isChannel(token.text))) {
      this.#at += 1;
      return this.#field(this.#next(), token.text);
    }
    if (token.text === "channel") return { ...plain((_, channel) => channel), channel: token };
    if (findField(this.#layouts, token.text, false) !== undefined) return this.#field(token, undefined);
    if (WORDS.includes(token.text)) {
      this.#at -= 1;
      throw this.#error("a value is missing", "a field, a number or a name");
    }
    return { kind: "name", token };
  }

  #field(token: Token, of: string | undefined): Term {
    const field = findField(this.#layouts, token.text, of === STAGE);
    if (field === undefined) throw this.#unknown(token, of === STAGE);
    const { record } = field;
    const named = (name: string) => (of === undefined ? name : `${of}.${name}`);
    const part = this.#part(field, token);
    const name = part !== undefined && isFamily(field) ? partName(field.name, CHANNELS[part] ?? "") : field.name;
    this.#fields.add(named(name));
    const isWhole = hasParts(field) && part === undefined;
    const scope = this.#scope;
    const fixed = of === undefined ? undefined : CHANNELS.indexOf(of as "A");
    const read = readerOf(field, part);
    return {
      kind: "value",
      enum: enumOf(field),
      ...(isWhole ? { whole: { text: named(name), field } } : {}),
      value: (set, channel) => readFrom(viewOf(set, record, fixed ?? channelOf(scope) ?? channel), read),
    };
  }

  /** The channel of `[B]`; `undefined` where the whole field is meant. */
  #part(field: QueryField, token: Token): number | undefined {
    const { name } = field;
    if (this.#takeSign("[") === undefined) {
      if (!isFamily(field)) return undefined;
      const expected = CHANNELS.map((channel) => `${name}[${channel}]`).join(" or ");
      throw this.#errorAt(token, { problem: `${name} has one value per channel`, expected });
    }
    if (!hasParts(field)) {
      this.#at -= 1;
      throw this.#error(`${name} has no parts`, "a field with a value per channel");
    }
    const channel = this.#channel("a part is named by its channel");
    if (this.#takeSign("]") === undefined) throw this.#error("a bracket is not closed", "]");
    return channel;
  }

  /** The value of a term; a name is looked up in the enumeration of what it is compared with. */
  #resolve(term: Term, other: Term | undefined): Value {
    if (term.kind === "value") return term.value;
    const { token } = term;
    if (isChannel(token.text)) {
      if (other?.kind === "value" && other.channel !== undefined) return () => CHANNELS.indexOf(token.text as "A");
      const expected = `channel == ${token.text}, ${token.text}.<field>, <field>[${token.text}] or a number`;
      throw this.#errorAt(token, { problem: "a channel is no value of this", expected });
    }
    const key = other?.kind === "value" ? other.enum : undefined;
    const names: readonly string[] = key === undefined ? [] : ENUMS[key];
    const number = names.indexOf(token.text.toUpperCase());
    if (number >= 0) return () => number;
    if (names.length > 0) throw this.#errorAt(token, { problem: "the value is unknown", expected: names.join(", ") });
    throw this.#unknown(token, false);
  }

  #unknown(token: Token, ofStage: boolean): Error {
    const names = near(token.text, fieldNames(this.#layouts, ofStage));
    const record = ofStage ? "the output stage" : "a channel";
    const expected = `a field of ${record}, with a name near to this ${names}`;
    return this.#errorAt(token, { problem: "the name is unknown", expected });
  }

  #channel(problem: string): number {
    const token = this.#peek();
    if (!isChannel(token.text)) throw this.#error(problem, "A, B or C");
    this.#at += 1;
    return CHANNELS.indexOf(token.text as "A");
  }

  #nested<T>(body: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw this.#error("the query is nested too deeply", `at most ${DEPTH_MAX} levels`);
    const result = body();
    this.#depth -= 1;
    return result;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "the end", column: this.#text.length + 1 };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #takeSign(...signs: readonly string[]): string | undefined {
    const { kind, text } = this.#peek();
    if (kind !== "sign" || !signs.includes(text)) return undefined;
    this.#at += 1;
    return text;
  }

  #takeWord(word: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== "name" || text !== word) return false;
    this.#at += 1;
    return true;
  }

  #error(problem: string, expected: string): Error {
    return this.#errorAt(this.#peek(), { problem, expected });
  }

  #errorAt({ column, text, kind }: Token, { problem, expected }: { problem: string; expected: string }): Error {
    return queryError(this.#text, { column, problem, expected, found: kind === "end" ? text : `"${text}"` });
  }
}

/** A comparison; `by` after a bracket is meant for all comparisons in it that have none of their own. */
interface Scope {
  channel: number | undefined;
  readonly outer: Scope | undefined;
}

function channelOf(scope: Scope | undefined): number | undefined {
  return scope === undefined ? undefined : (scope.channel ?? channelOf(scope.outer));
}

function plain(value: Value): ValueTerm {
  return { kind: "value", value, enum: undefined };
}

function computed(value: Value): Term {
  return { kind: "value", value, enum: undefined, computed: true };
}

/** What to write instead of a comparison of the whole field with a name. */
function partText({ text, field }: Whole, name: string, comparison: (part: string, name: string) => string): string {
  const parts = isChannel(name) ? [`${text}[${name}]`] : CHANNELS.map((channel) => `${text}[${channel}]`);
  const key = enumOf(field);
  if (key === undefined) return `${parts.join(", ")} (1 or 0)`;
  const names: readonly string[] = ENUMS[key];
  const known = names.includes(name.toUpperCase()) ? name : (names[1] ?? "");
  // The middle one when no channel is named: any will do as an example.
  return comparison(parts[1] ?? parts[0] ?? text, known);
}

function readFrom(view: DataView | undefined, read: (view: DataView) => number): number {
  return view === undefined ? Number.NaN : read(view);
}

function isTrue(value: number): boolean {
  return value !== 0 && !Number.isNaN(value);
}

function isChannel(text: string): boolean {
  return (CHANNELS as readonly string[]).includes(text);
}

/** Names that share the most letters in order with the wanted one, best first. */
function near(wanted: string, names: readonly string[]): string {
  const score = (name: string) => {
    let i = 0;
    for (const letter of name) if (letter === wanted[i]) i += 1;
    return 2 * i - name.length;
  };
  return [...names]
    .sort((a, b) => score(b) - score(a))
    .slice(0, 4)
    .join(", ");
}
