import { CHANNELS } from "./enums.ts";

/**
 * The events of core.md: code, name, level, what subject and argument mean, and the sentence.
 * Numbers are never used again. An unknown code is kept and shown, never refused.
 */

export type Level = "info" | "warning" | "error";
export const LEVELS: readonly Level[] = ["info", "warning", "error"];

export type Reporter = "A" | "B" | "C" | "stage" | "host";
export const REPORTERS: readonly Reporter[] = [...CHANNELS, "stage", "host"];

export type SubjectKind = "none" | "channel" | "sensor" | "input" | "link" | "mode" | "step" | "lines" | "fault";
export type ArgumentKind =
  | "none"
  | "source"
  | "word"
  | "sample"
  | "trips"
  | "causes"
  | "alpha"
  | "score"
  | "mode"
  | "missing"
  | "frame"
  | "count"
  | "fuel"
  | "drop"
  | "gate"
  | "safe"
  | "lines"
  | "stop";

/** What a sentence is made of. `by` is who reports, one or `many`; subject and argument are already in words. */
export interface EventWords {
  readonly by: string;
  readonly many: boolean;
  readonly subject: string;
  readonly argument: string;
}

export interface EventKind {
  readonly code: number;
  readonly name: string;
  readonly level: Level;
  readonly subject: SubjectKind;
  readonly argument: ArgumentKind;
  readonly sentence: (words: EventWords) => string;
}

/** The verb for one reporter or several: `A accuses`, `A and C accuse`. */
const does = ({ by, many }: EventWords, stem: string): string => `${by} ${stem}${many ? "" : "s"}`;
const its = ({ many }: EventWords): string => (many ? "their" : "its");
const is = ({ by, many }: EventWords): string => `${by} ${many ? "are" : "is"}`;
const has = ({ by, many }: EventWords): string => `${by} ${many ? "have" : "has"}`;

/** The subject are the lines that were there and differed, the argument those that were not there. */
const maskedText = ({ subject, argument }: EventWords): string => {
  const told = [
    subject === "" ? "" : `outvotes the line of ${subject}`,
    argument === "" ? "" : `has no line of ${argument}`,
  ];
  return `the output stage ${told.filter((text) => text !== "").join(" and ") || "outvotes no line"}`;
};

/** An event as the core's effect gives it. */
export interface EventFacts {
  readonly by: Reporter;
  readonly code: number;
  readonly subject: number;
  readonly argument: number;
}

/** Codes by name: who judges an event asks for its code, never for its sentence. */
export const EVENT = {
  SOURCE_LOST: 10,
  SOURCE_BACK: 11,
  SOURCE_TWO_FACED: 12,
  SENSOR_SPREAD: 20,
  SENSOR_DEFECT: 21,
  SENSOR_OPEN: 22,
  SENSOR_PROBATION: 23,
  SENSOR_HEALTHY: 24,
  SENSOR_FAILED: 25,
  INPUT_DISPUTED: 26,
  INPUT_INVALID: 27,
  INPUT_VALID: 28,
  CHANNEL_ERROR: 30,
  CHANNEL_SUSPECT: 31,
  CHANNEL_HEALTHY: 32,
  CHANNEL_OPEN: 33,
  CHANNEL_FAILED: 34,
  LINK_SUSPECT: 35,
  MODE: 40,
  ACCUSE_VALUE: 50,
  ACCUSE_SILENCE: 51,
  FRAME_PENDING: 60,
  FRAME_COMMITTED_LATE: 61,
  FRAME_DROPPED: 62,
  TUPLE_LOST: 63,
  NO_MAJORITY: 64,
  GATE_OFF: 65,
  MISCOMPARE: 66,
  SAFE: 67,
  STEP_FAILED: 68,
  OUTPUT_MASKED: 80,
  OUTPUT_HELD: 81,
  OUTPUT_SAFE: 82,
  OUTPUT_AGREED: 83,
  FAULT_BEGINS: 90,
  FAULT_ENDS: 91,
  CHANNEL_RESET: 92,
  CHANNEL_STOPPED: 93,
  CHANNEL_RUNS: 94,
  FAULT_GONE: 95,
  FAULT_LATENT: 96,
  ENGINE_DIFFERS: 97,
  SAMPLE_SENT: 98,
} as const;

type EventName = keyof typeof EVENT;

type Row = readonly [EventName, Level, SubjectKind, ArgumentKind, (words: EventWords) => string];

const ROWS: readonly Row[] = [
  ["SOURCE_LOST", "warning", "channel", "source", (w) => `${has(w)} no usable data of channel ${w.subject}`],
  ["SOURCE_BACK", "info", "channel", "none", (w) => `${does(w, "use")} the data of channel ${w.subject} again`],
  [
    "SOURCE_TWO_FACED",
    "error",
    "channel",
    "none",
    (w) => `${has(w)} two different copies of what channel ${w.subject} sent`,
  ],
  [
    "SENSOR_SPREAD",
    "warning",
    "sensor",
    "word",
    (w) => `${w.subject} reads ${w.argument}, beyond tolerance of the selected value`,
  ],
  ["SENSOR_DEFECT", "warning", "sensor", "sample", (w) => `${w.subject} gives no usable sample: ${w.argument}`],
  ["SENSOR_OPEN", "error", "sensor", "trips", (w) => `${w.subject} is left out of selection (${w.argument})`],
  ["SENSOR_PROBATION", "info", "sensor", "none", (w) => `${w.subject} is on probation: watched, not used`],
  ["SENSOR_HEALTHY", "info", "sensor", "none", (w) => `${w.subject} is back in selection`],
  ["SENSOR_FAILED", "error", "sensor", "trips", (w) => `${w.subject} is out for good (${w.argument})`],
  ["INPUT_DISPUTED", "warning", "input", "none", (w) => `${w.subject} is disputed: its last selected value is held`],
  ["INPUT_INVALID", "error", "input", "none", (w) => `${w.subject} is invalid: the control law is told so`],
  ["INPUT_VALID", "info", "input", "none", (w) => `${w.subject} is valid again`],
  ["CHANNEL_ERROR", "warning", "channel", "causes", (w) => `channel ${w.subject} is in error: ${w.argument}`],
  ["CHANNEL_SUSPECT", "warning", "channel", "alpha", (w) => `channel ${w.subject} is suspect (${w.argument})`],
  ["CHANNEL_HEALTHY", "info", "channel", "none", (w) => `channel ${w.subject} is healthy again`],
  [
    "CHANNEL_OPEN",
    "error",
    "channel",
    "trips",
    (w) => `channel ${w.subject} is OPEN: it no longer votes (${w.argument})`,
  ],
  [
    "CHANNEL_FAILED",
    "error",
    "channel",
    "trips",
    (w) => `channel ${w.subject} has FAILED: it stays out (${w.argument})`,
  ],
  ["LINK_SUSPECT", "warning", "link", "score", (w) => `link ${w.subject} is suspect (${w.argument})`],
  ["MODE", "error", "mode", "mode", (w) => `the mode is ${w.subject}, before ${w.argument}`],
  ["ACCUSE_VALUE", "warning", "channel", "none", (w) => `${does(w, "accuse")} ${w.subject} of a wrong result`],
  [
    "ACCUSE_SILENCE",
    "warning",
    "channel",
    "missing",
    (w) => `${does(w, "accuse")} ${w.subject} of silence: ${w.argument}`,
  ],
  ["FRAME_PENDING", "warning", "channel", "none", (w) => `${has(w)} nobody to confirm ${its(w)} frame: it is pending`],
  ["FRAME_COMMITTED_LATE", "info", "channel", "frame", (w) => `${does(w, "commit")} pending ${w.argument} after all`],
  ["FRAME_DROPPED", "warning", "channel", "drop", (w) => `${does(w, "drop")} ${its(w)} frame: ${w.argument}`],
  ["TUPLE_LOST", "error", "channel", "none", (w) => `${is(w)} outvoted: the others hold another result`],
  ["NO_MAJORITY", "warning", "channel", "count", (w) => `${is(w)} in no majority (${w.argument})`],
  ["GATE_OFF", "error", "channel", "gate", (w) => `${does(w, "turn")} ${its(w)} own gate off: ${w.argument}`],
  [
    "MISCOMPARE",
    "error",
    "channel",
    "count",
    (w) => `results differ although the data are equal, ${w.many ? "say" : "says"} ${w.by} (${w.argument})`,
  ],
  ["SAFE", "error", "channel", "safe", (w) => `${w.by} ${w.many ? "go" : "goes"} to SAFE: ${w.argument}`],
  ["STEP_FAILED", "error", "step", "fuel", (w) => `the step of ${w.by} failed: ${w.subject}, ${w.argument}`],
  ["OUTPUT_MASKED", "warning", "lines", "lines", maskedText],
  ["OUTPUT_HELD", "error", "none", "count", (w) => `the output stage holds the last outputs (${w.argument})`],
  ["OUTPUT_SAFE", "error", "none", "none", () => "the output stage drives the safe values"],
  ["OUTPUT_AGREED", "info", "none", "none", () => "all enabled lines of the output stage agree again"],
  ["FAULT_BEGINS", "info", "fault", "none", () => "an injected fault begins"],
  ["FAULT_ENDS", "info", "fault", "none", () => "an injected fault ends"],
  ["CHANNEL_RESET", "info", "channel", "none", (w) => `channel ${w.subject} is reset`],
  ["CHANNEL_STOPPED", "warning", "channel", "stop", (w) => `channel ${w.subject} stopped: ${w.argument}`],
  ["CHANNEL_RUNS", "info", "channel", "none", (w) => `channel ${w.subject} runs again`],
  ["FAULT_GONE", "info", "fault", "none", () => "nothing is left of an injected fault"],
  [
    "FAULT_LATENT",
    "warning",
    "fault",
    "frame",
    (w) => `an injected fault is still there, unnoticed since ${w.argument}`,
  ],
  ["ENGINE_DIFFERS", "error", "none", "none", () => "another engine gives other results"],
  ["SAMPLE_SENT", "info", "sensor", "word", (w) => `${w.subject} had read ${w.argument} when its channel stopped`],
];

export const EVENTS: readonly EventKind[] = ROWS.map(([name, level, subject, argument, sentence]) => ({
  code: EVENT[name],
  name,
  level,
  subject,
  argument,
  sentence,
}));

const BY_CODE: ReadonlyMap<number, EventKind> = new Map(EVENTS.map((kind) => [kind.code, kind]));
const BY_NAME: ReadonlyMap<string, EventKind> = new Map(EVENTS.map((kind) => [kind.name, kind]));

/** The kind of an event; an unknown code gets a name of its own so that it can be shown. */
export function eventKind(code: number): EventKind {
  return BY_CODE.get(code) ?? unknownKind(code);
}

/** Whether this version knows the event. */
export function isKnownEvent(code: number): boolean {
  return BY_CODE.has(code);
}

/** Whether the event is about what the reporter itself received or did; the others are agreed by all channels. */
export function isOwnReport(code: number): boolean {
  return code < EVENT.SENSOR_SPREAD || code >= EVENT.ACCUSE_VALUE;
}

/** The code behind a name, or `undefined`. */
export function eventCode(name: string): number | undefined {
  return BY_NAME.get(name)?.code;
}

function unknownKind(code: number): EventKind {
  return {
    code,
    name: `EVENT_${code}`,
    level: "warning",
    subject: "none",
    argument: "none",
    sentence: (w) => `${does(w, "report")} event ${code}, which this version does not know`,
  };
}
