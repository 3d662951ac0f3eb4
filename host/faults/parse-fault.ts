import { argumentValue } from "./fault-arguments.ts";
import { FaultCursor } from "./fault-cursor.ts";
import type { FaultOrigin } from "./fault-error.ts";
import { type FaultArgument, type FaultMode, faultNames } from "./fault-modes.ts";
import { argumentNamed, modeNamed, readWhere, requireArguments } from "./fault-parts.ts";
import { FAULT_TEXT_MAX, type FaultSpec, FRAME_MAX, type GivenArgument } from "./fault-spec.ts";

const FORM = "<where>:<fault>[(arguments)]@<frame>[+<frames>]";

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
  return parseFaultOf(text, undefined);
}

/** The same of a text in a file, which errors then name. */
export function parseFaultOf(text: string, origin: FaultOrigin | undefined): FaultSpec {
  const cursor = new FaultCursor(text, origin);
  if (text.length > FAULT_TEXT_MAX) {
    throw cursor.error("bad-syntax", "the text is too long", `at most ${FAULT_TEXT_MAX} characters`, `${text.length}`);
  }
  const where = readWhere(cursor);
  expectMark(cursor, ":", `then ${faultNames(where.place).join(", ")}`);
  const at = cursor.at;
  const written = { place: where.place, name: cursor.word(), found: cursor.rest() };
  const mode = modeNamed(written, (flaw) => cursor.refuse(flaw, at));
  const given = cursor.take("(") ? readArguments(cursor, mode) : new Map<string, GivenArgument>();
  requireArguments(mode, { given, found: cursor.rest() }, (flaw) => cursor.refuse(flaw, cursor.at));
  expectMark(cursor, "@", "then the first frame");
  const frame = readFrame(cursor, 0);
  const frames = cursor.take("+") ? readFrame(cursor, 1) : undefined;
  if (!cursor.done) throw cursor.error("bad-syntax", "something follows the fault", FORM);
  return { text, origin, where, mode, given, frame, frames };
}

function expectMark(cursor: FaultCursor, mark: string, more: string): void {
  if (!cursor.take(mark)) throw cursor.error("bad-syntax", `this is not ${FORM}`, `"${mark}", ${more}`);
}

function readArguments(cursor: FaultCursor, mode: FaultMode): Map<string, GivenArgument> {
  const given = new Map<string, GivenArgument>();
  if (cursor.take(")")) return given;
  for (let place = 0; ; place += 1) {
    cursor.skipSpace();
    const at = cursor.at;
    const argument = readArgumentName(cursor, mode, place);
    if (given.has(argument.name)) {
      const flaw = { problem: "this argument is given twice", expected: "each argument once", found: argument.name };
      throw cursor.refuse({ code: "bad-argument", ...flaw }, at);
    }
    cursor.skipSpace();
    const valueAt = cursor.at;
    given.set(argument.name, { value: readValue(cursor, argument), at: valueAt });
    cursor.skipSpace();
    if (cursor.take(")")) return given;
    expectMark(cursor, ",", "or ) after an argument");
  }
}

/** By name when `<name>=` stands there, else by place. */
function readArgumentName(cursor: FaultCursor, mode: FaultMode, place: number): FaultArgument {
  const at = cursor.at;
  const word = cursor.word();
  cursor.skipSpace();
  if (word !== "" && cursor.take("=")) return argumentNamed(mode, word, (flaw) => cursor.refuse(flaw, at));
  cursor.at = at;
  const argument = mode.arguments[place];
  if (argument !== undefined) return argument;
  const names = mode.arguments.map(({ name }) => name);
  const expected = names.length === 0 ? "no arguments" : `at most ${names.length}: ${names.join(", ")}`;
  throw cursor.error("bad-argument", `${mode.name} has fewer arguments`, expected, cursor.token());
}

function readValue(cursor: FaultCursor, argument: FaultArgument): number | string {
  const at = cursor.at;
  const isNumber = argument.type.kind === "number" || argument.type.kind === "integer";
  const written = isNumber ? cursor.number() : cursor.word();
  const finding = argumentValue(argument, written);
  if ("value" in finding) return finding.value;
  const found = written === "" ? cursor.token() : written;
  throw cursor.refuse({ code: "bad-argument", problem: `${argument.name} cannot be this`, ...finding, found }, at);
}

function readFrame(cursor: FaultCursor, least: number): number {
  const at = cursor.at;
  const digits = cursor.match(/[0-9]+/y);
  const value = Number(digits);
  if (digits !== "" && value >= least && value <= FRAME_MAX) return value;
  const what = least === 0 ? "a frame" : "a number of frames";
  const expected = `${what} from ${least} to ${FRAME_MAX}`;
  const found = cursor.text.slice(at);
  throw cursor.refuse({ code: "bad-frame", problem: "this is no frame number", expected, found }, at);
}
