import { argumentValue } from "./fault-arguments.ts";
import { FaultCursor } from "./fault-cursor.ts";
import { FaultError, type FaultOrigin, type Refuse } from "./fault-error.ts";
import type { FaultMode } from "./fault-modes.ts";
import { argumentNamed, modeNamed, readWhere, requireArguments } from "./fault-parts.ts";
import { FAULT_TEXT_MAX, type FaultSpec, type FaultWhere, type GivenArgument } from "./fault-spec.ts";

export interface SpelledArgument {
  readonly name: string;
  readonly value: number | string;
  /** JSON path behind that of the fault: `.arguments.value`. */
  readonly field: string;
}

/** A fault in fields, as a scenario spells it out. Who read the file has checked the frames. */
export interface SpelledFault {
  readonly where: string;
  readonly fault: string;
  readonly arguments: readonly SpelledArgument[];
  readonly frame: number;
  readonly frames: number | undefined;
}

/**
 * The fault that fields spell out. Its text is what `--fault` takes for the same, so that both draw the same.
 *
 * ```ts
 * spelledFault({ where: "C", fault: "hang", arguments: [], frame: 9, frames: 20 }, { file, path: "$.faults[0]" });
 * ```
 *
 * Throws `FaultError`, whose origin is the JSON path of the field. `place`: file and path of the object.
 */
export function spelledFault(fields: SpelledFault, { file, path }: Pick<FaultOrigin, "file" | "path">): FaultSpec {
  const spot = (field: string, text: string) => {
    return { text, at: 0, origin: { file, path: `${path}${field}`, form: "fields" as const } };
  };
  const refuseAt = (field: string, text: string): Refuse => {
    return (flaw) => new FaultError(flaw, spot(field, text));
  };
  const where = whereOf(fields.where, spot(".where", fields.where).origin);
  const written = { place: where.place, name: fields.fault, found: fields.fault };
  const mode = modeNamed(written, refuseAt(".fault", fields.fault));
  const text = new SpelledText(`${fields.where}:${fields.fault}`);
  const given = new Map<string, GivenArgument>();
  for (const { name, value, field } of fields.arguments) {
    const refuse = refuseAt(field, `${value}`);
    given.set(name, { value: argumentOf(mode, { name, value }, refuse), at: text.argument(name, `${value}`) });
  }
  requireArguments(mode, { given, found: "no such argument" }, refuseAt("", fields.fault));
  const whole = text.end(fields.frame, fields.frames);
  if (whole.length > FAULT_TEXT_MAX) {
    const flaw = { problem: "the fault is too long", expected: `at most ${FAULT_TEXT_MAX} characters as a text` };
    throw refuseAt("", whole)({ code: "bad-syntax", ...flaw, found: `${whole.length}` });
  }
  const origin = { file, path, form: "fields" as const };
  return { text: whole, origin, where, mode, given, frame: fields.frame, frames: fields.frames };
}

function whereOf(text: string, origin: FaultOrigin): FaultWhere {
  const cursor = new FaultCursor(text, origin);
  const where = readWhere(cursor);
  if (!cursor.done) throw cursor.error("bad-place", "something follows the place", "B, A>B or B.gyro_x");
  return where;
}

function argumentOf(
  mode: FaultMode,
  { name, value }: { readonly name: string; readonly value: number | string },
  refuse: Refuse,
): number | string {
  const finding = argumentValue(argumentNamed(mode, name, refuse), value);
  if ("value" in finding) return finding.value;
  throw refuse({ code: "bad-argument", problem: `${name} cannot be this`, ...finding, found: `${value}` });
}

/** Puts the text of a fault together; arguments are told where they came to stand. */
class SpelledText {
  #text: string;
  #mark = "(";

  constructor(head: string) {
    this.#text = head;
  }

  argument(name: string, value: string): number {
    this.#text += `${this.#mark}${name}=`;
    this.#mark = ",";
    const at = this.#text.length;
    this.#text += value;
    return at;
  }

  end(frame: number, frames: number | undefined): string {
    const closed = this.#mark === "," ? ")" : "";
    return `${this.#text}${closed}@${frame}${frames === undefined ? "" : `+${frames}`}`;
  }
}
