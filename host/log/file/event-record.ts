import { FormatDamage, printable } from "./mcap-parse.ts";

/** An event as it stands in the file. */
export interface EventRecord {
  readonly frame: number;
  readonly by: string;
  readonly code: number;
  readonly name: string;
  readonly level: string;
  readonly subject: number;
  readonly argument: number;
  readonly text: string;
}

/** Reads one message of `/events`. @throws FormatDamage when it is not one. */
export function parseEvent(bytes: Uint8Array, offset: number): EventRecord {
  const value: unknown = parseJson(bytes, offset);
  const fields = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const { frame, by, code, name, level, subject, argument, text } = fields;
  const numbers = [frame, code, subject, argument];
  const texts = [by, name, level, text];
  if (!numbers.every(isU32) || !texts.every((one) => typeof one === "string")) {
    const expected = "frame, by, code, name, level, subject, argument, text";
    throw new FormatDamage({ problem: "an event is not one", offset, expected, found: Object.keys(fields).join(", ") });
  }
  const known = fields as unknown as EventRecord;
  return { ...known, by: printable(known.by), name: printable(known.name), text: printable(known.text) };
}

function parseJson(bytes: Uint8Array, offset: number): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new FormatDamage({ problem: "an event is no JSON", offset, expected: "a JSON object", found: "other bytes" });
  }
}

function isU32(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}
