import type { Judgement } from "../judge/judge.ts";
import type { LatentFault } from "../judge/latent.ts";
import type { OracleResult } from "../judge/oracle.ts";
import { counted } from "../model/words.ts";
import type { Painter } from "../output.ts";

/** What is known of a run, for a person: the same lines whoever tells them. */

/** A label and what stands behind it; an empty label goes on with the line before. */
export type LabelledLine = readonly [string, string];

export function lineText([label, text]: LabelledLine): string {
  return `${label.padEnd(12)}${text}\n`;
}

export function verdictLines({ verdict, reasons }: Judgement, paint: Painter): LabelledLine[] {
  const colour = verdict === "pass" ? "green" : verdict === "fail" ? "red" : "yellow";
  const word = paint(colour, verdict.toUpperCase());
  return [["verdict", word], ...reasons.map((reason): LabelledLine => ["", reason])];
}

/** Outputs, mode, channels, sensors and inputs. */
export function figureLines({ vote, mode, channels, sensors, inputs }: Judgement): LabelledLine[] {
  return [
    ["outputs", `${vote.agreed} agreed, ${vote.masked} masked, ${vote.held} held, ${vote.safe} safe`],
    ["mode", modeText(mode)],
    ...Object.entries(channels).map(([name, channel]): LabelledLine => [`channel ${name}`, channelText(channel)]),
    ...sensors
      .filter(({ out, defects }) => out > 0 || defects > 0)
      .map((sensor): LabelledLine => ["sensor", sensorText(sensor)]),
    ...inputs
      .filter(({ held, invalid }) => held > 0 || invalid > 0)
      .map((input): LabelledLine => ["input", inputText(input)]),
  ];
}

/** What may be claimed, what lay hidden, what the oracle found, what was expected. `reports`: events that somebody reported. */
export function findingLines(judgement: Judgement, paint: Painter, reports: string = ""): LabelledLine[] {
  const { hypothesis, latent, oracle, expectations, not_judged, output_hash } = judgement;
  return [
    ["claim", CLAIMS[hypothesis]],
    ...(reports === "" ? [] : [["reports", reports] as const]),
    ...latent.map((fault): LabelledLine => ["latent", latentText(fault)]),
    ["oracle", oracleText(oracle)],
    ...not_judged.map((missing): LabelledLine => ["not judged", unjudgedText(missing)]),
    ...expectations.map(({ isMet, text }): LabelledLine => ["expected", isMet ? text : paint("red", text)]),
    ["output hash", output_hash],
  ];
}

/** What docs/sim.md says of each hypothesis, in a few words. */
const CLAIMS: Readonly<Record<Judgement["hypothesis"], string>> = {
  none: "no fault was injected: no output wrong, none held",
  masking: "one faulty component: no output wrong, none held, no good channel excluded",
  safety: "several faults: no output wrong, holds and SAFE are allowed",
  outside: "these faults are outside every claim: the run is only reported",
};

function modeText({ final, frames }: Judgement["mode"]): string {
  const used = Object.entries(frames).filter(([, count]) => count > 0);
  return `${final} at the end (${used.map(([name, count]) => `${name} ${count}`).join(", ")} frames)`;
}

function channelText({ state, accused, trips, resets, crashed }: Judgement["channels"]["A"]): string {
  const stopped = crashed === undefined ? "" : `, core stopped: ${crashed}`;
  const counts = [counted(trips, "trip"), counted(resets, "reset")].join(", ");
  return `${state}, in error in ${counted(accused, "frame")}, ${counts}${stopped}`;
}

function sensorText({ sensor, state, defects, out, out_first, out_last }: Judgement["sensors"][number]): string {
  const told = out === 0 ? "never out" : `out in ${counted(out, "frame")} (${out_first} to ${out_last})`;
  return `${sensor} ${state}, ${counted(defects, "defect")}, ${told}`;
}

/** The law is told that an input is invalid, never that its value is held. */
export function inputText({ input, held, invalid, invalid_last }: Judgement["inputs"][number]): string {
  const told = `invalid in ${counted(invalid, "frame")}, last in frame ${invalid_last}: the law was told`;
  return `${input} held in ${counted(held, "frame")}, ${invalid === 0 ? "never invalid" : told}`;
}

const LATENT_WHAT: Readonly<Record<LatentFault["where"], (fault: LatentFault) => string>> = {
  memory: ({ channel }) => `something of it is left in ${channel}`,
  line: ({ channel }) => `the output stage outvotes the line of ${channel}`,
  pull: ({ channel }) => `${channel} pulls a peer's gate`,
};

/** `A:line@300: the output stage outvotes the line of A from frame 300 until the end (frame 999), and nobody counts an error`. */
export function latentText(latent: LatentFault): string {
  const { fault, where, from, until, open } = latent;
  const named = fault === "" ? "" : `${fault}: `;
  const end = open ? `the end (frame ${until})` : `frame ${until}`;
  return `${named}${LATENT_WHAT[where](latent)} from frame ${from} until ${end}, and nobody counts an error`;
}

function unjudgedText({ of, from, to }: Judgement["not_judged"][number]): string {
  const frames = from === to ? `frame ${from}` : `frames ${from} to ${to}`;
  if (of === "frames") return `${frames}: no record`;
  return `${frames}: no record of ${of === "stage" ? "the output stage" : of}`;
}

function oracleText(oracle: OracleResult): string {
  const judged = `${oracle.judged_frames} frames of outputs, ${oracle.judged_values} selected values judged`;
  if (oracle.first === null) return oracle.judged_frames === 0 ? `judged nothing: ${judged}` : `good: ${judged}`;
  const { frame, signal, expected, found, rule } = oracle.first;
  const what = signal === "" ? "" : `, ${signal}`;
  return `WRONG (${rule}) first in frame ${frame}${what}: expected ${expected}, found ${found}; ${judged}`;
}
