import { listText } from "../../model/enums.ts";
import { EVENT } from "../../model/events.ts";
import { counted } from "../../model/words.ts";
import { OPENED } from "./chapter.ts";
import type { OutcomeFacts, Unnoticed } from "./outcome-facts.ts";

/** What came of a cause, in sentences. A chapter judges itself alone, so it leaves out what may be told elsewhere. */

/** Codes of events that are told in other chapters and may belong to this one. */
export type Elsewhere = ReadonlySet<number>;

const TAKEN_OUT: readonly number[] = [...OPENED, EVENT.GATE_OFF];
const OF_FAULTS: readonly number[] = [EVENT.FAULT_ENDS, EVENT.FAULT_GONE, EVENT.FAULT_LATENT];

export function noticedTexts(facts: OutcomeFacts, elsewhere: Elsewhere): string[] {
  const { noticedAfter, actedAfter, unnoticed } = facts;
  const isUnheard = unnoticed !== undefined && (noticedAfter === undefined || unnoticed.where === "line");
  const first = isUnheard ? latentText(unnoticed) : noticedText(facts, elsewhere);
  const acted = isUnheard && actedAfter !== undefined ? [`Taken out ${afterText(actedAfter)}.`] : [];
  return [first, ...acted, ...(isUnheard || unnoticed === undefined ? [] : [leftText(unnoticed)])];
}

function noticedText({ noticedAfter, actedAfter }: OutcomeFacts, elsewhere: Elsewhere): string {
  if (noticedAfter === undefined) {
    const isTold = [...elsewhere].some((code) => !OF_FAULTS.includes(code));
    return isTold ? "Nobody reported trouble that fits this fault alone." : "Nobody reported trouble.";
  }
  const noticed = `Noticed ${afterText(noticedAfter)}`;
  if (actedAfter !== undefined) return `${noticed}, taken out ${afterText(actedAfter)}.`;
  return TAKEN_OUT.some((code) => elsewhere.has(code)) ? `${noticed}.` : `${noticed}; nothing was taken out.`;
}

function latentText(unnoticed: Unnoticed): string {
  const { where, channel, frames, until, isOpen } = unnoticed;
  const long = `Latent until frame ${until}${isOpen ? ", the last one" : ""}`;
  switch (where) {
    case "memory":
      if (isOpen) return `${long}: something of it is left in the memory of ${channel}, and nobody noticed.`;
      return frames === 1
        ? "Overwritten in the same frame: nobody noticed."
        : `${long}: then nothing of it was left in the memory of ${channel}. Nobody noticed.`;
    case "line":
      return `${long}: the output stage outvoted the line of ${channel} in ${counted(frames, "frame")}, and nobody held ${channel} for wrong.`;
    case "pull":
      return `${long}: ${channel} alone pulled a gate in ${counted(frames, "frame")}, to no effect.`;
    default:
      return unreachable(where);
  }
}

/** What is left of a fault of which somebody reported something. */
function leftText({ where, channel, until, isOpen }: Unnoticed): string {
  if (where === "memory") {
    return isOpen
      ? `Something of it is left in frame ${until}, the last one.`
      : `Nothing of it was left after frame ${until}.`;
  }
  return `${channel} alone pulled a gate until frame ${until}.`;
}

export interface HealthSurroundings {
  /** Last frame that is told; `undefined` when all are. */
  readonly to: number | undefined;
  /** Whether the cause is in what is told. */
  readonly isWhole: boolean;
}

export function healthTexts(facts: OutcomeFacts, { to, isWhole }: HealthSurroundings): string[] {
  const { out, gatesOff, actedAfter, backAfter, stillVoting: voters } = facts;
  const isBack = backAfter !== undefined && (actedAfter !== undefined || !isWhole);
  const by = to === undefined ? "" : ` by frame ${to}`;
  const texts: string[] = [];
  if (out.length > 0) texts.push(`Still out${by}: ${out.join(", ")}.`);
  else if (isBack) texts.push(`Back ${afterText(backAfter)}.`);
  const silent = gatesOff.filter((channel) => !out.includes(channel));
  if (silent.length === 1) texts.push(`The gate of ${listText(silent)} is still off${by}: its line does not count.`);
  if (silent.length > 1) texts.push(`The gates of ${listText(silent)} are still off${by}: their lines do not count.`);
  if (voters.length > 0) texts.push(`${listText(voters)} ${voters.length === 1 ? "stays a voter" : "stay voters"}.`);
  return texts;
}

export interface ResultSurroundings {
  readonly elsewhere: Elsewhere;
  /** Whether nothing changed the mode as long as the chapter goes on. */
  readonly isSteady: boolean;
  /** Of the output stage when the chapter begins. */
  readonly outcome: string | undefined;
  /** Whether no record of the stage is missing as long as the chapter goes on. */
  readonly isKnown: boolean;
}

export function resultTexts(
  facts: OutcomeFacts,
  { elsewhere, isSteady, outcome, isKnown }: ResultSurroundings,
): string[] {
  const { modeBefore, modeAfter, heldFrames, safeFrame } = facts;
  const isHeld = elsewhere.has(EVENT.OUTPUT_HELD) || elsewhere.has(EVENT.OUTPUT_SAFE);
  const isSafe = safeFrame !== undefined || elsewhere.has(EVENT.OUTPUT_SAFE);
  const texts: string[] = [];
  // Nobody commits in SAFE: the mode in the records is an older one.
  if (outcome === "SAFE") return ["The safe values were driven already when what is told here begins."];
  if (modeBefore !== modeAfter) texts.push(`Mode ${modeBefore}, then ${modeAfter}.`);
  else if (modeAfter !== "" && isKnown && !isSafe && !elsewhere.has(EVENT.MODE)) {
    texts.push(isSteady ? `It did not change the mode (${modeAfter}).` : "It did not change the mode.");
  }
  if (heldFrames > 0) texts.push(`Outputs were held for ${counted(heldFrames, "frame")}.`);
  else if (outcome === "HELD") texts.push("Outputs were held already when what is told here begins.");
  else if (!isHeld && isKnown) texts.push("No output was held.");
  else if (!isHeld) texts.push("Frames are missing: nobody knows of all outputs.");
  if (safeFrame !== undefined) texts.push(`The safe values are driven from frame ${safeFrame}.`);
  return texts;
}

function afterText(frames: number): string {
  return frames === 0 ? "in the same frame" : `after ${counted(frames, "frame")}`;
}

function unreachable(value: never): never {
  throw new Error(`a case is missing for ${JSON.stringify(value)}`);
}
