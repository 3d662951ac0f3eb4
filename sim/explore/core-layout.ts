/** Where things lie in a core's STATE, as the compiler told the build: a new field moves nothing here by hand. */
import { readFileSync } from "node:fs";
import { firmwarePath } from "../channel/firmware.ts";

export interface Field {
  /** Bytes from the class's start. */
  readonly at: number;
  readonly size: number;
  /** As AssemblyScript names it: u8, u16, u32, f64. */
  readonly type: string;
}

export type Fields = Readonly<Record<string, Field>>;

/** One block, or one of `count` alike that follow each other. Bytes. */
interface Block {
  readonly at: number;
  readonly size: number;
}
interface Row {
  readonly at: number;
  readonly each: number;
  readonly count: number;
}

/** What `npm run build` writes to core-layout.json. */
interface CoreLayout {
  readonly size: number;
  readonly blocks: {
    readonly settings: Block;
    readonly rules: Row;
    readonly local: Block;
    readonly slots: Row;
    readonly agreed: Block;
    readonly next: Block;
    readonly report: Block;
    /** Within `agreed` and within `next`. */
    readonly within: { readonly head: Block; readonly health: Row; readonly inputs: Row };
    /** Behind the fields of each input, one a source. */
    readonly sensor: Omit<Row, "at">;
  };
  readonly classes: Readonly<Record<string, { readonly size: number; readonly fields: Fields }>>;
}

const { size, blocks, classes } = JSON.parse(readFileSync(firmwarePath("core-layout.json"), "utf8")) as CoreLayout;
const { within } = blocks;

function classOf(name: string): { readonly size: number; readonly fields: Fields } {
  const found = classes[name];
  if (found === undefined) throw new RangeError(`core-layout.json has no class ${name}: run npm run build`);
  return found;
}

/** A field of one of the classes below. Throws where the core has none of that name. */
export function fieldOf(fields: Fields, name: string): Field {
  const field = fields[name];
  if (field === undefined) throw new RangeError(`no field ${name} in the core's state`);
  return field;
}

export const STATE_SIZE = size;
export const SETTINGS = classOf("Settings").fields;
export const SETTINGS_SIZE = blocks.settings.size;
const LOCAL = classOf("Local").fields;
export const LOCAL_AT = blocks.local.at;
export const LOCAL_SIZE = blocks.local.size;
export const SLOTS_AT = blocks.slots.at;
export const AGREED_AT = blocks.agreed.at;
export const NEXT_AT = blocks.next.at;

/** In an agreed state. */
export const AGREED = classOf("Agreed").fields;
export const HEALTH = classOf("Health").fields;
export const HEALTH_AT = within.health.at;
export const HEALTH_SIZE = within.health.each;
export const INPUT = classOf("Input").fields;
export const INPUT_AT = within.inputs.at;
export const INPUT_SIZE = within.inputs.each;

/** In an input. */
export const SENSOR_AT = classOf("Input").size;
export const SENSOR_SIZE = blocks.sensor.each;

export function agreedSize(inputs: number): number {
  return INPUT_AT + inputs * INPUT_SIZE;
}

/** A local field as a word index from the start of STATE. */
export function localWord(name: string): number {
  return (LOCAL_AT + fieldOf(LOCAL, name).at) >>> 2;
}
