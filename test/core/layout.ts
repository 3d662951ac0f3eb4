import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../host/package-root.ts";

/** Where things lie in a core's STATE, read from firmware/core/state.ts so that a new field moves nothing here by hand. */
const source = readFileSync(join(packageRoot().folder, "firmware/core/state.ts"), "utf8");

interface Field {
  /** Bytes from the class's start. */
  readonly at: number;
  readonly size: number;
}

const SIZES: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, f64: 8 };

function fieldsOf(name: string): { readonly fields: Readonly<Record<string, Field>>; readonly size: number } {
  const body = new RegExp(`class ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1];
  if (body === undefined) throw new RangeError(`no class ${name} in firmware/core/state.ts`);
  const fields: Record<string, Field> = {};
  let at = 0;
  for (const [, field = "", type = ""] of body.matchAll(/^ {2}(\w+): (\w+) = 0;/gm)) {
    const size = SIZES[type] ?? 0;
    fields[field] = { at, size };
    at += size;
  }
  return { fields, size: at };
}

const settings = fieldsOf("Settings");
const local = fieldsOf("Local");
const agreed = fieldsOf("Agreed");
const health = fieldsOf("Health");
const input = fieldsOf("Input");
const sensor = fieldsOf("Sensor");

export const INPUTS_MAX = 16;
export const SETTINGS = settings.fields;
export const LOCAL = local.fields;
export const LOCAL_SIZE = local.size;
export const LOCAL_AT = settings.size + INPUTS_MAX * fieldsOf("InputRule").size;
export const SLOTS_AT = LOCAL_AT + LOCAL_SIZE;
export const SLOT_SIZE = 160;
export const AGREED_AT = SLOTS_AT + 11 * SLOT_SIZE;
export const AGREED = agreed.fields;
export const HEALTH = health.fields;
export const HEALTH_AT = agreed.size;
export const HEALTH_SIZE = health.size;
export const INPUT = input.fields;
export const INPUT_AT = HEALTH_AT + 3 * HEALTH_SIZE;
export const SENSOR_AT = input.size;
export const SENSOR_SIZE = sensor.size;
export const INPUT_SIZE = input.size + 3 * SENSOR_SIZE;
export const NEXT_AT = AGREED_AT + INPUT_AT + INPUTS_MAX * INPUT_SIZE;
export const STATE_SIZE = NEXT_AT + INPUT_AT + INPUTS_MAX * INPUT_SIZE + fieldsOf("Report").size;

export function agreedSize(inputs: number): number {
  return INPUT_AT + inputs * INPUT_SIZE;
}

/** A local field as a word index from the start of STATE. */
export function localWord(name: string): number {
  const field = local.fields[name];
  if (field === undefined) throw new RangeError(`no local field ${name}`);
  return (LOCAL_AT + field.at) >>> 2;
}
