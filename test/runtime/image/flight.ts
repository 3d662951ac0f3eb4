/** A short flight of three channels in V8: the calls that channel A and the stage got, and what target/image.c must print. */
import { coreConfiguration, stageWords } from "../../../host/model/configuration.ts";
import type { SignalTable } from "../../../host/model/signals.ts";
import { EFFECT } from "../../../sim/channel/carry-out.ts";
import { loadFirmware } from "../../../sim/channel/firmware.ts";
import { Stage } from "../../../sim/world/stage.ts";
import { v8Trap } from "../traps.ts";
import { type LawParts, Member } from "./member.ts";

/** Calls of a script, as in target/image.h. */
const CALL = { end: 0, begin: 1, receive: 2, advance: 3, stage: 4, ruin: 5 };
export const WINDOWS = {
  x1OpenUs: 500,
  x1CloseUs: 2000,
  x2CloseUs: 3500,
  stepCloseUs: 6500,
  x3CloseUs: 8000,
  lineUs: 8200,
};
/** When the messages of each exchange arrive, and when its window closes. */
const EXCHANGES = [
  [1000, WINDOWS.x1CloseUs],
  [3000, WINDOWS.x2CloseUs],
  [7000, WINDOWS.x3CloseUs],
] as const;
const FRAMES = 14;
/** A's step has too little fuel and is taken back; what it then lacks opens it, so this comes late. */
const STARVED_FRAME = 9;
const STARVED_FUEL = 20;
/** Nothing of the last exchange reaches A. */
const DEAF_FRAME = 3;
export const HOLD_FRAMES = 3;
const SAMPLES = 16;
const CONFIG_WORDS = 32;

const A = 0;
/** The channels that a channel sends to, by their bits. */
const CHANNELS = [0, 1, 2];

export interface Flight {
  /** What A's core was configured with. */
  readonly coreConfig: Uint32Array;
  readonly script: readonly number[];
  /** What the program prints. */
  readonly shown: string;
  /** Kinds of effects that A's core asked for. */
  readonly effects: ReadonlySet<number>;
}

const hex16 = (word: number): string => word.toString(16).padStart(16, "0");

/** A slow wave, a little different at each sensor. */
function samplesOf(frame: number, channel: number, table: SignalTable): Uint32Array {
  const values = table.inputs.map((_, k) => Math.fround(Math.sin(frame / 5 + k) + channel / 128));
  const words = new Uint32Array(SAMPLES + 1);
  words.set(new Uint32Array(Float32Array.from(values).buffer));
  words[SAMPLES] = 2 ** table.inputs.length - 1;
  return words;
}

export function fly(parts: LawParts): Flight {
  const { table } = parts;
  const members = CHANNELS.map(
    (channel) => new Member(parts, { channel, windows: WINDOWS, hold_frames: HOLD_FRAMES }),
  ) as [Member, Member, Member];
  const config = coreConfiguration({ windows: WINDOWS, hold_frames: HOLD_FRAMES });
  const stage = new Stage(loadFirmware("stage").module, stageWords(new Uint32Array(table.outputs.length), config));
  stage.gates.fill(1);
  stage.running.fill(1);
  const coreConfig = configOf(members[A]);
  const script: number[] = [];
  const shown: string[] = [];
  for (let frame = 0; frame < FRAMES; frame += 1) {
    for (const [channel, member] of members.entries()) {
      const samples = samplesOf(frame, channel, table);
      const fuel = frame === STARVED_FRAME && channel === A ? STARVED_FUEL : table.fuelBudget;
      member.begin(frame, samples, fuel);
      if (channel === A) script.push(CALL.begin, frame, fuel, ...samples);
    }
    for (const [at, [arrivalUs, closeUs]] of EXCHANGES.entries()) {
      const isDeaf = frame === DEAF_FRAME && at === EXCHANGES.length - 1;
      script.push(...exchange(members, arrivalUs, isDeaf));
      for (const member of members) member.advance(closeUs);
      script.push(CALL.advance, closeUs);
    }
    for (const [channel, member] of members.entries()) stage.setLine(channel, member.core.line);
    const outcome = stage.step(frame);
    const [a, b, c] = members;
    script.push(CALL.stage, frame, ...b.core.line, ...c.core.line);
    const hashes = [a.core.stateHash(), a.lawHash, a.sentHash, hex16(outcome), stage.outputHash];
    shown.push([hex16(frame), ...hashes].join(" "));
  }
  shown.push(...ruined(members[A], table.fuelBudget), `stage ${stage.outputHash}`, "end");
  script.push(CALL.ruin, FRAMES, CALL.end);
  return { coreConfig, script, shown: `${shown.join("\n")}\n`, effects: members[A].seen };
}

function configOf({ core }: Member): Uint32Array {
  const { CONFIG } = new WebAssembly.Instance(loadFirmware("core").module).exports;
  if (!(CONFIG instanceof WebAssembly.Global)) throw new Error("the core exports no CONFIG");
  return core.words.slice(CONFIG.value / 4, CONFIG.value / 4 + CONFIG_WORDS);
}

/** Everybody's messages to everybody; the calls that A gets. */
function exchange(members: readonly Member[], timeUs: number, isDeaf: boolean): number[] {
  const calls: number[] = [];
  const sent = members.map((member) => member.sent);
  for (const [from, messages] of sent.entries()) {
    for (const { peers, bytes } of messages) {
      for (const [to, member] of members.entries()) {
        if (((peers >>> to) & 1) === 0 || (isDeaf && to === A)) continue;
        member.core.receive(from, bytes, 0, timeUs);
        if (to === A) calls.push(CALL.receive, from, 0, timeUs, bytes.length, ...new Uint32Array(bytes.buffer));
      }
    }
  }
  return calls;
}

/** The core's state is overwritten, its next call traps, and the law steps as before. */
function ruined(member: Member, fuel: number): string[] {
  member.core.state.fill(0xff);
  let traps: readonly number[] | undefined;
  try {
    member.begin(FRAMES, new Uint32Array(SAMPLES + 1), fuel);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    traps = v8Trap(error.message);
  }
  member.stepLaw();
  return [`trap ${hex16(-(traps?.[0] ?? 0))}`, `law ${member.lawHash}`];
}

/** Effects without which the flight would show little. */
export const WANTED_EFFECTS: readonly number[] = [
  EFFECT.send,
  EFFECT.snapshot,
  EFFECT.step,
  EFFECT.restore,
  EFFECT.line,
];
