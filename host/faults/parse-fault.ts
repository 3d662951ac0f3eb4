import { CHANNELS } from "../model/enums.ts";
import { nearWords } from "../model/near.ts";
import { FaultError, type FaultErrorCode, quoted } from "./fault-error.ts";
import {
  FAULT_MODES,
  type FaultArgument,
  type FaultMode,
  type FaultPlace,
  faultMode,
  faultNames,
} from "./fault-modes.ts";

/** Where a fault is: channels count from 0 (A). */
export type FaultWhere =
  | { readonly place: "channel"; readonly channel: number }
  | { readonly place: "link"; readonly from: number; readonly to: number }
  | { readonly place: "sensor"; readonly channel: number; readonly input: string };

/** A given argument and the character it starts at. Bits of `messages`: 1 X1, 2 X2, 4 X3. */
export interface GivenArgument {
  readonly value: number | string;
  readonly at: number;
}

/** One fault as written, checked as far as that is possible without knowing the run. */
export interface FaultSpec {
  readonly text: string;
  readonly where: FaultWhere;
  readonly mode: FaultMode;
  readonly given: ReadonlyMap<string, GivenArgument>;
  /** First frame. */
  readonly frame: number;
  /** Number of frames; left out: the mode's own. */
  readonly frames: number | undefined;
}

/** Longest fault that is read, in characters. */
export const FAULT_TEXT_MAX = 200;
/** Frames count to here in messages and records. */
export const FRAME_MAX = 0xfffffffe;

const FORM = "<where>:<fault>[(arguments)]@<frame>[+<frames>]";
const EXAMPLE = "Write for example B.gyro_x:stuck@500+200, C:bitflip(module)@900 or A>B:drop(X1)@40.";
const NUMBER = /[+-]?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/y;
const WORD = /[A-Za-z_][A-Za-z0-9_|]*/y;

/**
 * Reads one fault, `'<where>:<fault>[(arguments)]@<frame>[+<frames>]'`.
 *
 * ```ts
 * parseFault("B.gyro_x:stuck(2.5)@500+200"); // 200 frames of a stuck sensor
 * parseFault("A>B:drop(messages=X1|X2, probability=0.5)@40");
 * ```
 *
 * Arguments stand in the order of the list or by name. Throws `FaultError`, which points at the character.
 */
export function parseFault(text: string): FaultSpec {
  const cursor = new Cursor(text);
  if (text.length > FAULT_TEXT_MAX) {
    throw cursor.error("bad-syntax", "the text is too long", `at most ${FAULT_TEXT_MAX} characters`, `${text.length}`);
  }
  const where = readWhere(cursor);
  cursor.expect(":", `then ${faultNames(where.place).join(", ")}`);
  const mode = readMode(cursor, where.place);
  const given = cursor.take("(") ? readArguments(cursor, mode) : new Map<string, GivenArgument>();
  requireAll(cursor, mode, given);
  cursor.expect("@", "then the first frame");
  const frame = readFrame(cursor, 0);
  const frames = cursor.take("+") ? readFrame(cursor, 1) : undefined;
  if (!cursor.done) throw cursor.error("bad-syntax", "something follows the fault", FORM, cursor.rest());
  return { text, where, mode, given, frame, frames };
}

function readWhere(cursor: Cursor): FaultWhere {
  const channel = readChannel(cursor);
  if (cursor.take(">")) {
    const at = cursor.at;
    const to = readChannel(cursor);
    if (to === channel) {
      throw cursor.error("bad-place", "a channel has no link to itself", otherChannels(channel), cursor.text[at], at);
    }
    return { place: "link", from: channel, to };
  }
  if (!cursor.take(".")) return { place: "channel", channel };
  const at = cursor.at;
  const input = cursor.word();
  if (input === "") throw cursor.error("bad-place", "the sensor is missing", "the name of an input", cursor.rest(), at);
  return { place: "sensor", channel, input };
}

function readChannel(cursor: Cursor): number {
  const at = cursor.at;
  const word = cursor.word();
  const channel = channelIndex(word);
  if (channel >= 0) return channel;
  const upper = CHANNELS.find((name) => name === word.toUpperCase());
  throw new FaultError({
    code: "bad-place",
    text: cursor.text,
    at,
    problem: "this is no channel",
    expected: "A, B or C, a link as A>B, or a sensor as B.gyro_x",
    found: quoted(word === "" ? cursor.rest() : word),
    hint: upper === undefined ? EXAMPLE : `Did you mean ${upper}?`,
  });
}

/** 0 to 2, or -1. */
function channelIndex(word: string): number {
  const names: readonly string[] = CHANNELS;
  return names.indexOf(word);
}

function otherChannels(channel: number): string {
  return CHANNELS.filter((_, i) => i !== channel).join(" or ");
}

function readMode(cursor: Cursor, place: FaultPlace): FaultMode {
  const at = cursor.at;
  const name = cursor.word();
  const mode = faultMode(place, name);
  if (mode !== undefined) return mode;
  const elsewhere = FAULT_MODES.find((candidate) => candidate.name === name);
  throw new FaultError({
    code: elsewhere === undefined ? "unknown-fault" : "cannot-do",
    text: cursor.text,
    at,
    problem: elsewhere === undefined ? "this fault is not known" : `a ${place} cannot have this fault`,
    expected: `one of ${faultNames(place).join(", ")}`,
    found: quoted(name === "" ? cursor.rest() : name),
    hint: modeHint(place, name, elsewhere),
  });
}

const FORMS: Readonly<Record<FaultPlace, string>> = {
  channel: "a channel (B)",
  link: "a link direction (A>B)",
  sensor: "a sensor (B.gyro_x)",
};

function modeHint(place: FaultPlace, name: string, elsewhere: FaultMode | undefined): string | undefined {
  if (elsewhere !== undefined) return `${elsewhere.name} happens to ${FORMS[elsewhere.place]}.`;
  const near = nearWords(name, faultNames(place));
  return near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`;
}

function readArguments(cursor: Cursor, mode: FaultMode): Map<string, GivenArgument> {
  const given = new Map<string, GivenArgument>();
  if (cursor.take(")")) return given;
  for (let place = 0; ; place += 1) {
    cursor.skipSpace();
    const at = cursor.at;
    const argument = readArgumentName(cursor, mode, place);
    if (given.has(argument.name)) {
      throw cursor.error("bad-argument", "this argument is given twice", "each argument once", argument.name, at);
    }
    cursor.skipSpace();
    const valueAt = cursor.at;
    given.set(argument.name, { value: readValue(cursor, argument), at: valueAt });
    cursor.skipSpace();
    if (cursor.take(")")) return given;
    cursor.expect(",", "or ) after an argument");
  }
}

/** By name when `<name>=` stands there, else by place. */
function readArgumentName(cursor: Cursor, mode: FaultMode, place: number): FaultArgument {
  const at = cursor.at;
  const word = cursor.word();
  cursor.skipSpace();
  const names = mode.arguments.map((argument) => argument.name);
  if (word !== "" && cursor.take("=")) {
    const named = mode.arguments.find((argument) => argument.name === word);
    if (named !== undefined) return named;
    const near = nearWords(word, names);
    throw new FaultError({
      code: "bad-argument",
      text: cursor.text,
      at,
      problem: `${mode.name} has no such argument`,
      expected: names.length === 0 ? "no arguments" : `one of ${names.join(", ")}`,
      found: quoted(word),
      hint: near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`,
    });
  }
  cursor.at = at;
  const positional = mode.arguments[place];
  if (positional !== undefined) return positional;
  const expected = names.length === 0 ? "no arguments" : `at most ${names.length}: ${names.join(", ")}`;
  throw cursor.error("bad-argument", `${mode.name} has fewer arguments`, expected, cursor.token(), at);
}

function readValue(cursor: Cursor, argument: FaultArgument): number | string {
  const { type, name } = argument;
  const at = cursor.at;
  const refuse = (expected: string): FaultError =>
    cursor.error(
      "bad-argument",
      `${name} cannot be this`,
      expected,
      cursor.text.slice(at, cursor.at) || cursor.token(),
      at,
    );
  switch (type.kind) {
    case "number":
    case "integer": {
      const value = cursor.number();
      const unit = argument.unit === "" ? "" : ` (${argument.unit})`;
      const what = type.kind === "integer" ? "a whole number" : "a number";
      const fits = value >= type.least && value <= type.greatest;
      if (!fits || (type.kind === "integer" && !Number.isInteger(value))) {
        throw refuse(`${what} from ${type.least} to ${type.greatest}${unit}`);
      }
      return value;
    }
    case "choice": {
      const word = cursor.word();
      if (type.words.includes(word)) return word;
      const near = nearWords(word, type.words);
      const meant = near.length === 0 ? "" : ` (did you mean ${near.join(" or ")}?)`;
      throw refuse(`one of ${type.words.join(", ")}${meant}`);
    }
    case "input": {
      const word = cursor.word();
      if (word === "") throw refuse("the name of an input");
      return word;
    }
    case "channel": {
      const word = cursor.word();
      const channel = channelIndex(word);
      if (channel < 0) throw refuse("A, B or C");
      return channel;
    }
    case "messages":
      return messageBits(cursor.word()) ?? raise(refuse("X1, X2, X3 or some of them as X1|X3"));
    default:
      return unreachable(type);
  }
}

/** `X1|X3` as bits 1 X1, 2 X2, 4 X3. */
export function messageBits(text: string): number | undefined {
  let bits = 0;
  for (const word of text.split("|")) {
    const kind = ["X1", "X2", "X3"].indexOf(word);
    if (kind < 0) return undefined;
    bits |= 1 << kind;
  }
  return bits;
}

function requireAll(cursor: Cursor, mode: FaultMode, given: ReadonlyMap<string, GivenArgument>): void {
  for (const { name, standard } of mode.arguments) {
    if (standard.kind !== "required" || given.has(name)) continue;
    throw cursor.error("bad-argument", `${mode.name} needs its argument`, `${mode.name}(${name})`, cursor.rest());
  }
}

function readFrame(cursor: Cursor, least: number): number {
  const at = cursor.at;
  const digits = cursor.match(/[0-9]+/y);
  const value = Number(digits);
  if (digits !== "" && value >= least && value <= FRAME_MAX) return value;
  const what = least === 0 ? "a frame" : "a number of frames";
  throw cursor.error(
    "bad-frame",
    "this is no frame number",
    `${what} from ${least} to ${FRAME_MAX}`,
    cursor.text.slice(at),
    at,
  );
}

function raise(error: FaultError): never {
  throw error;
}

function unreachable(value: never): never {
  throw new Error(`no such kind: ${JSON.stringify(value)}`);
}

/** A place in the text; every reader starts at `at` and leaves it behind what it took. */
class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at === this.text.length;
  }

  rest(): string {
    return this.text.slice(this.at);
  }

  /** What stands here up to the next mark, for messages. */
  token(): string {
    return /^[^,)@]*/.exec(this.rest())?.[0] ?? "";
  }

  take(mark: string): boolean {
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  expect(mark: string, more: string): void {
    if (this.take(mark)) return;
    throw this.error("bad-syntax", `this is not ${FORM}`, `"${mark}", ${more}`, this.rest());
  }

  skipSpace(): void {
    while (this.text[this.at] === " ") this.at += 1;
  }

  match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  word(): string {
    return this.match(WORD);
  }

  /** NaN when no number stands here. */
  number(): number {
    const found = this.match(NUMBER);
    if (found === "") return Number.NaN;
    const sign = found.startsWith("-") ? -1 : 1;
    return sign * Number(found.replace(/^[+-]/, ""));
  }

  error(code: FaultErrorCode, problem: string, expected: string, found: string | undefined, at = this.at): FaultError {
    return new FaultError({ code, text: this.text, at, problem, expected, found: quoted(found ?? "") });
  }
}
