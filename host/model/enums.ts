/**
 * The names behind the numbers of core.md, "Enumerations". The position in a list is the number.
 * Logs, messages and expectations print the names; a number beyond a list is shown as it is.
 */

export const CHANNELS = ["A", "B", "C"] as const;
export type ChannelName = (typeof CHANNELS)[number];

export const MODES = ["SAFE", "SIMPLEX", "DUPLEX", "TRIPLEX"] as const;
export type ModeName = (typeof MODES)[number];

export const HEALTHS = ["HEALTHY", "SUSPECT", "OPEN", "RESYNC", "PROBATION", "FAILED"] as const;

/** What became of a channel's frame. */
export const OUTCOMES = ["AGREED", "MASKED", "PENDING", "DROPPED", "LOST", "NO_STEP", "OUTSIDE", "SAFE"] as const;

/** What the output stage did. */
export const STAGE_OUTCOMES = ["AGREED", "MASKED", "HELD", "SAFE"] as const;

/** On which ways a channel's own data arrived. */
export const SOURCES = ["ABSENT", "DIRECT", "RELAYED", "BOTH", "ECHOED", "TWO_FACED"] as const;

export const SAMPLES = ["OK", "ABSENT", "RESERVED", "RANGE", "NAN", "RATE", "SENSOR_OUT", "NO_SOURCE"] as const;

/** How an input's selected value was found. */
export const WHYS = ["MEDIAN", "NEAREST", "SINGLE", "MAJORITY", "HELD", "INVALID"] as const;

export const STEPS = ["OK", "TRAP", "FUEL", "NOT_RUN"] as const;

/** Link numbers of events: a link is the pair of channels at its ends. */
export const LINKS = ["A-B", "A-C", "B-C"] as const;

export const DECLARATIONS = ["none", "own tuple lost", "no majority", "step trapped", "self-test failed"] as const;

/** Every enumeration that a logged field may have, by the prefix of its constants in the schema. */
export const ENUMS = {
  mode: MODES,
  health: HEALTHS,
  outcome: OUTCOMES,
  stage_outcome: STAGE_OUTCOMES,
  source: SOURCES,
  sample: SAMPLES,
  why: WHYS,
  step: STEPS,
} as const satisfies Record<string, readonly string[]>;

export type EnumKey = keyof typeof ENUMS;

/** `3 of mode` is `TRIPLEX`; a number without a name stays a number. */
export function enumName(key: EnumKey, value: number): string {
  return (ENUMS[key] as readonly string[])[value] ?? String(value);
}

/** `0b101` is `A and C`; nothing set is `none`. Bits above the third channel are shown as a number. */
export function channelsText(bits: number): string {
  const names: string[] = CHANNELS.filter((_, i) => ((bits >>> i) & 1) === 1);
  if (bits > 7) names.push(`bits ${bits}`);
  return names.length === 0 ? "none" : listText(names);
}

/** `A`, `A and B`, `A, B and C`. */
export function listText(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
