import { faultsToJson } from "../../host/faults/faults-to-json.ts";
import { parseFault } from "../../host/faults/parse-fault.ts";
import { resolveFaults } from "../../host/faults/resolve-faults.ts";
import type { ResolvedFault } from "../../host/faults/resolved-fault.ts";
import type { FrameSet } from "../../host/log/file/frame-set.ts";
import type { Attachment } from "../../host/log/file/mcap-writer.ts";
import { type RunFacts, type RunResult, VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import { decodeSignalTable } from "../../host/model/signal-table.ts";
import type { SignalTable } from "../../host/model/signals.ts";

/**
 * A small law and the records of its channels, built by hand from docs/module.md and docs/core.md: nothing here asks
 * the code under test where a field is.
 */

export interface HandSignal {
  readonly name: string;
  readonly unit: string;
  /** 0 input 1 output 2 parameter 3 probe. */
  readonly role: number;
  /** 0 f32 1 i32 2 u32 3 bool. */
  readonly type: number;
  readonly range: readonly [number, number];
  readonly tolerance?: number;
  readonly value?: number;
}

export const HAND_SIGNALS: readonly HandSignal[] = [
  { name: "gyro_x", unit: "rad/s", role: 0, type: 0, range: [-10, 10], tolerance: 0.1 },
  { name: "armed", unit: "", role: 0, type: 3, range: [0, 1] },
  { name: "torque_x", unit: "N.m", role: 1, type: 0, range: [-1, 1], value: 0.5 },
  { name: "gain", unit: "", role: 2, type: 0, range: [0, 2], value: 1 },
  { name: "ticks", unit: "", role: 3, type: 1, range: [0, 0] },
];

export const PERIOD_US = 10_000;

/** A signal table section by the drawing of docs/module.md. */
export function signalTableBytes(
  signals: readonly HandSignal[] = HAND_SIGNALS,
  law = "hand_law",
): Uint8Array<ArrayBuffer> {
  const strings = ["", law, ...signals.flatMap(({ name, unit }) => [name, unit])];
  const offsets: number[] = [];
  const pool: number[] = [];
  for (const text of strings) {
    offsets.push(text === "" ? 0 : pool.length);
    if (text !== "" || pool.length === 0) pool.push(...Buffer.from(text), 0);
  }
  const poolAt = 64 + 64 * signals.length;
  const bytes = new Uint8Array(poolAt + pool.length);
  const view = new DataView(bytes.buffer);
  bytes.set(pool, poolAt);
  view.setUint32(0, 0x47495351, true);
  view.setUint16(4, 1, true);
  view.setUint16(6, 64, true);
  for (const [at, value] of [
    [8, PERIOD_US],
    [12, 5000],
    [16, 65_536],
    [20, 4096],
    [24, 900],
    [48, poolAt],
    [52, pool.length],
    [56, offsets[1] ?? 0],
    [60, 100_000],
  ] as const) {
    view.setUint32(at, value, true);
  }
  for (const role of [0, 1, 2, 3])
    view.setUint16(32 + 2 * role, signals.filter((one) => one.role === role).length, true);
  for (const [i, signal] of signals.entries()) {
    const at = 64 + 64 * i;
    view.setUint32(at, offsets[2 + 2 * i] ?? 0, true);
    view.setUint32(at + 4, offsets[3 + 2 * i] ?? 0, true);
    view.setUint8(at + 8, signal.role);
    view.setUint8(at + 9, signal.type);
    view.setUint8(at + 10, signal.type === 3 ? 1 : 0);
    view.setUint32(at + 12, 1024 + 8 * i, true);
    view.setUint32(at + 16, signal.role === 0 ? 1028 + 8 * i : 0, true);
    const numbers = [signal.range[0], signal.range[1], signal.tolerance ?? 0, 0, signal.value ?? 0];
    for (const [n, number] of numbers.entries()) view.setFloat64(at + 24 + 8 * n, number, true);
  }
  return bytes;
}

export function handTable(): SignalTable {
  const result = decodeSignalTable(signalTableBytes());
  if (result.kind !== "value") throw new Error(result.problem);
  return result.table;
}

/** Words of a channel record in the order of docs/core.md, for the hand-made law: 32 + 2 * 7 + 1 output + 1 probe. */
export const CHANNEL_WORDS = [
  ...["frame", "committed_frame", "pending_frame", "base_frame", "base_hash_low", "base_hash_high", "outcome", "mode"],
  ...["gate", "driven", "pulls", "source_a", "source_b", "source_c", "health_a", "health_b", "health_c"],
  ...["trips_a", "trips_b", "trips_c", "digest_low", "digest_high", "module_hash_low", "module_hash_high"],
  ...["agreed_hash_low", "agreed_hash_high", "matching", "received", "fuel_used", "step_status", "fresh", "omissions"],
  ...["gyro_x_sample", "gyro_x", "gyro_x_valid", "gyro_x_why", "gyro_x_used", "gyro_x_reasons", "gyro_x_sensors"],
  ...["armed_sample", "armed", "armed_valid", "armed_why", "armed_used", "armed_reasons", "armed_sensors"],
  "torque_x",
  "ticks",
];
/** Words of the details of a channel, in the order of docs/core.md. */
export const DETAIL_WORDS = [
  ...["frame", "alpha_a", "alpha_b", "alpha_c", "cooldown_a", "cooldown_b", "cooldown_c", "err_a", "err_b", "err_c"],
  ...["accusations", "declaration", "no_majority", "miscompares", "link_ab", "link_ac", "link_bc"],
  ...["result_hash_low", "result_hash_high", "result_agreed_hash_low", "result_agreed_hash_high"],
];
export const STAGE_WORDS = [
  ...["frame", "outcome", "enabled", "counted", "agreeing", "held_frames", "latched", "hash_low", "hash_high"],
  "torque_x",
];
const FLOATS = ["gyro_x_sample", "gyro_x", "torque_x"];

export type Words = Readonly<Record<string, number>>;

/** A record's bytes from its words by name; what is left out is 0. */
export function recordBytes(names: readonly string[], words: Words): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * names.length);
  const view = new DataView(bytes.buffer);
  bytes[1] = 1;
  for (const [name, value] of Object.entries(words)) {
    const at = 4 + 4 * names.indexOf(name);
    if (at < 4) throw new Error(`no word ${name}`);
    if (FLOATS.includes(name)) view.setFloat32(at, value, true);
    else view.setUint32(at, value >>> 0, true);
  }
  return bytes;
}

/** A quiet frame of channel `channel`: TRIPLEX, everything agreed. */
export function quietWords(channel: number, frame: number): Words {
  const sources = [3, 3, 3].map((both, i) => (i === channel ? 4 : both));
  return {
    frame,
    committed_frame: frame,
    pending_frame: 0xffffffff,
    base_frame: frame === 0 ? 0xffffffff : frame - 1,
    base_hash_low: frame === 0 ? 0 : 0x3333 + frame - 1,
    mode: 3,
    gate: 1,
    driven: 1,
    source_a: sources[0] ?? 0,
    source_b: sources[1] ?? 0,
    source_c: sources[2] ?? 0,
    digest_low: 0x1111 + frame,
    digest_high: 0x2222,
    module_hash_low: 0x3333 + frame,
    matching: 7,
    received: 7,
    fuel_used: 100 + channel,
    fresh: 3,
    gyro_x_sample: 0.25 + channel / 100,
    gyro_x: 0.26,
    gyro_x_valid: 1,
    gyro_x_used: 7,
    armed_sample: 1,
    armed: 1,
    armed_valid: 1,
    armed_why: 3,
    armed_used: 7,
    torque_x: -0.125,
    ticks: frame,
  };
}

export function quietStage(frame: number): Words {
  return { frame, enabled: 7, counted: 7, agreeing: 7, hash_low: 0xabcd + frame, torque_x: -0.125 };
}

/** Bytes that a writer wrote, in one piece. */
export class MemoryTarget {
  readonly #parts: Uint8Array[] = [];

  write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(bytes.slice());
    return Promise.resolve();
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(Buffer.concat(this.#parts));
  }
}

export interface HandEvent {
  readonly by: "A" | "B" | "C" | "stage" | "host";
  readonly code: number;
  readonly subject?: number;
  readonly argument?: number;
  readonly text?: string;
  /** As `--fault` takes it: the event's subject is its place in the list of faults. */
  readonly fault?: string;
}

export interface HandRun {
  readonly frames: number;
  readonly chunkSize?: number;
  readonly events?: Readonly<Record<number, readonly HandEvent[]>>;
  /**
   * Changes to the quiet words of a channel's frame; `undefined` leaves the record out. Words of the details are
   * written as such when there are any.
   */
  readonly channel?: (channel: number, frame: number) => Words | undefined;
  readonly stage?: (frame: number) => Words;
  readonly result?: Partial<RunResult>;
  /** Injected faults that no event names, in front of those that events do. */
  readonly faults?: readonly string[];
  /** `faults.json` instead of what the faults make. */
  readonly faultsText?: string;
}

/** Facts of the hand-made law; attachments behind the signal table. */
export function handFacts(attachments: readonly Attachment[] = []): RunFacts {
  return {
    controller: "hand_law",
    periodUs: PERIOD_US,
    signals: handTable(),
    seed: "7",
    moduleHash: "00000000000000aa",
    coreHash: "00000000000000bb",
    stageHash: "00000000000000cc",
    engines: { v8: "1" },
    source: { plant: "by hand" },
    attachments: [
      { name: "signals.bin", mediaType: "application/octet-stream", data: signalTableBytes() },
      ...attachments,
    ],
  };
}

/** A whole log file of a hand-made run. */
export async function handLog(run: HandRun): Promise<Uint8Array<ArrayBuffer>> {
  const target = new MemoryTarget();
  const faults = faultsOf(run);
  const log = new VoterLogWriter(target, {
    ...handFacts(attachmentsOf(run, faults)),
    ...(run.chunkSize === undefined ? {} : { chunkSize: run.chunkSize }),
  });
  for (let frame = 0; frame < run.frames; frame++) {
    for (const { fault, ...event } of run.events?.[frame] ?? []) {
      const subject = fault === undefined ? 0 : faults.indexOf(fault);
      log.event({ subject, argument: 0, frame, ...event });
    }
    for (const channel of [0, 1, 2]) writeChannel(log, { run, channel, frame });
    log.stageFrame(frame, recordBytes(STAGE_WORDS, { ...quietStage(frame), ...run.stage?.(frame) }));
    if (frame % 64 === 0) await log.flush();
  }
  log.text("info", "the end");
  await log.finish({
    frames: run.frames,
    verdict: "pass",
    outputHash: "00000000000000dd",
    mode: "TRIPLEX",
    ...run.result,
  });
  return target.bytes;
}

function writeChannel(log: VoterLogWriter, { run, channel, frame }: { run: HandRun; channel: number; frame: number }) {
  const change = run.channel === undefined ? {} : run.channel(channel, frame);
  if (change === undefined) return;
  const isDetail = ([name]: [string, number]) => name !== "frame" && DETAIL_WORDS.includes(name);
  const details = Object.entries(change).filter(isDetail);
  const words = Object.entries(change).filter((entry) => !isDetail(entry));
  const whole = { ...quietWords(channel, frame), ...Object.fromEntries(words) };
  log.channelFrame(channel, frame, recordBytes(CHANNEL_WORDS, whole));
  if (details.length === 0) return;
  log.channelDetail(channel, frame, recordBytes(DETAIL_WORDS, { frame, ...Object.fromEntries(details) }));
}

/** Every fault of a run once. */
function faultsOf({ faults = [], events = {} }: HandRun): string[] {
  const told = Object.values(events).flatMap((of) => of.flatMap(({ fault }) => fault ?? []));
  return [...new Set([...faults, ...told])];
}

function attachmentsOf({ frames, faultsText }: HandRun, faults: readonly string[]): Attachment[] {
  const text = faultsText ?? (faults.length === 0 ? undefined : faultsToJson(handFaults(faults, frames)));
  if (text === undefined) return [];
  return [{ name: "faults.json", mediaType: "application/json", data: new TextEncoder().encode(text) }];
}

/** Faults as a run of the hand-made law has them. */
export function handFaults(faults: readonly string[], frames: number): readonly ResolvedFault[] {
  const table = handTable();
  return resolveFaults(faults.map(parseFault), {
    table,
    frames,
    coreStateSize: 4096,
    moduleStateSize: 4096,
    seed: 7,
  });
}

/** All that an async generator gives. */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of source) list.push(one);
  return list;
}

export function framesOf(sets: readonly FrameSet[]): number[] {
  return sets.map(({ frame }) => frame);
}
