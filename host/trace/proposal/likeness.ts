/** How well a column suits a signal, by the words of its name, its unit and its rate. */

import { compatible, parseUnit, type Unit } from "../../model/units.ts";
import type { ColumnInfo } from "../recording/recording.ts";
import type { LawInput } from "../sampling/track.ts";
import { endingOf, unitInName } from "./name-unit.ts";

/** Words that mean the same in names of signals. The first of each row stands for all. */
const SYNONYMS: readonly (readonly string[])[] = [
  ["gyro", "gyroscope", "rate", "rates", "omega", "angular"],
  ["accel", "acc", "accelerometer", "acceleration"],
  ["baro", "barometer", "barometric", "pressure", "press"],
  ["alt", "altitude", "height", "elevation"],
  ["temp", "temperature", "celsius", "celcius", "value"],
  ["mag", "magnetometer"],
  ["pos", "position"],
  ["vel", "velocity", "speed"],
  ["volt", "voltage"],
  ["curr", "current", "amps"],
];
/** Components of a vector: `gyro_rad[2]` is its z. */
const AXES = ["x", "y", "z"];

/** Units that names of fields carry, as PX4's and ROS's conventions have them. The first that fits counts. */
const UNIT_HINTS: readonly (readonly [RegExp, string])[] = [
  [/gyro_rad\[|angular_velocity|sensor_gyro(#\d+)?\.[xyz]$|rad_s$/, "rad/s"],
  [/m_s2|m_s_s|linear_acceleration|sensor_accel(#\d+)?\.[xyz]$|vehicle_acceleration(#\d+)?\.xyz/, "m/s^2"],
  [/celsius|celcius|_degc$/i, "degC"],
  [/_pa$|pressure_pa|fluid_pressure/, "Pa"],
  [/_hpa$|_mbar$/i, "hPa"],
  [/_meter$|_m$/, "m"],
  [/_m_s$/, "m/s"],
  [/_deg$/, "deg"],
  [/_rad$/, "rad"],
  [/_hz$/i, "Hz"],
  [/_v$|voltage/i, "V"],
  [/_a$|current_a/i, "A"],
  [/_rpm$/i, "rpm"],
];

export interface Likeness {
  readonly column: ColumnInfo;
  /** 0 to 1. */
  readonly score: number;
  readonly unit: string;
  readonly convert: "unit" | "pressure_to_altitude";
  readonly reasons: readonly string[];
  /** What was taken for granted, as a sentence; undefined when the unit is known or the signal has none. */
  readonly assumed: string | undefined;
}

export interface LikenessOptions {
  /** Records of the busiest topic. */
  readonly most: number;
  /** The last letter of the column's name is a channel: C is then no unit. */
  readonly isChannels?: boolean;
}

/** Weights of name, unit and rate; they add up to 1. A name counts most: units repeat, names rarely do. */
const NAME_WEIGHT = 0.6;
const UNIT_WEIGHT = 0.25;
const RATE_WEIGHT = 0.15;

/** Judges a column for a signal, or undefined when their units cannot meet. */
export function likenessOf(column: ColumnInfo, input: LawInput, options: LikenessOptions): Likeness | undefined {
  const reasons: string[] = [];
  const name = nameLikeness(column.name, input.name);
  if (name === 0) return undefined;
  reasons.push(`the name fits by ${Math.round(name * 100)} %`);
  const stated = column.unit ?? unitOfName(column.name, input, options.isChannels === true);
  const fit = stated === undefined ? undefined : unitFit(stated, input.unit);
  if (stated !== undefined && fit === undefined) return undefined;
  if (stated === undefined) reasons.push(`its unit is not known and taken as ${input.unit || "1"}: check it`);
  else if (column.unit === undefined) reasons.push(`its name says ${stated}`);
  else reasons.push(`its unit ${stated} fits`);
  const rate = Math.min(1, column.count / Math.max(1, options.most));
  reasons.push(`${column.count} records`);
  const direct = fit === "pressure_to_altitude" ? 0.5 : 1;
  const unitScore = stated === undefined ? 0.2 : direct;
  const score = NAME_WEIGHT * name + UNIT_WEIGHT * unitScore + RATE_WEIGHT * rate;
  const assumed = stated === undefined ? assumption(column.name, input) : undefined;
  return { column, score, unit: stated ?? (input.unit || "1"), convert: fit ?? "unit", reasons, assumed };
}

function unitOfName(name: string, { unit, type }: LawInput, isChannels: boolean): string | undefined {
  const target = unit === "" || type === "bool" ? undefined : unitOf(unit);
  // The ending comes first: voltage_mV is in mV, although "voltage" hints at V.
  const ending = target === undefined || isChannels ? undefined : unitInName(name, target);
  return ending ?? UNIT_HINTS.find(([pattern]) => pattern.test(name))?.[1];
}

function assumption(name: string, { name: signal, unit, type }: LawInput): string | undefined {
  if (type === "bool" || unit === "" || unit === "1") return undefined;
  const ending = endingOf(name);
  const why = wordsOf(signal).includes(ending.toLowerCase())
    ? ""
    : ` ("${ending}" names none that can be turned into ${unit})`;
  return `the unit of column "${name}" is not known${why}: ${signal} takes it as ${unit}. If that is wrong, state its unit in a mapping and give it with --map`;
}

function unitFit(from: string, to: string): "unit" | "pressure_to_altitude" | undefined {
  const source = unitOf(from);
  const target = unitOf(to);
  if (source === undefined || target === undefined) return undefined;
  if (compatible(source, target)) return "unit";
  const isAltitude = compatible(source, parseUnit("Pa")) && compatible(target, parseUnit("m"));
  return isAltitude ? "pressure_to_altitude" : undefined;
}

function unitOf(text: string): Unit | undefined {
  try {
    return parseUnit(text);
  } catch {
    return undefined;
  }
}

/** Share of the signal's words that the column's name has, 1 for all; each foreign word of the field takes a little. */
export function nameLikeness(column: string, signal: string): number {
  if (column.toLowerCase() === signal.toLowerCase()) return 1;
  const wanted = wordsOf(signal);
  const field = wordsOf(column);
  if (wanted.length === 0) return 0;
  let found = 0;
  for (const word of wanted) found += Math.max(0, ...field.map((other) => wordLikeness(word, other)));
  const share = found / wanted.length;
  // An axis that is not the column's makes it another signal, whatever else fits.
  const axis = wanted.find((word) => AXES.includes(word));
  if (axis !== undefined && !field.includes(axis)) return 0;
  const foreign = field.filter((word) => !wanted.some((other) => wordLikeness(word, other) > 0)).length;
  return share < 0.5 ? 0 : Math.max(0, share - 0.02 * foreign);
}

function wordsOf(name: string): string[] {
  const indexed = name.replace(/\[([012])\]/g, (_, index: string) => `_${AXES[Number(index)] ?? ""}`);
  return indexed
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

function wordLikeness(a: string, b: string): number {
  if (a === b) return 1;
  const group = SYNONYMS.findIndex((words) => words.includes(a));
  if (group >= 0 && SYNONYMS[group]?.includes(b) === true) return 0.8;
  if (a.length >= 3 && b.length >= 3 && (a.startsWith(b) || b.startsWith(a))) return 0.6;
  return 0;
}
