import { type RunResult, VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import type { FrameSet } from "../../host/log/reader.ts";
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

/** Words of a channel record in the order of docs/core.md, for the hand-made law: 40 + 2 * 7 + 1 output + 1 probe. */
export const CHANNEL_WORDS = [
  ...["frame", "committed_frame", "pending_frame", "outcome", "mode", "gate", "driven", "pulls"],
  ...["source_a", "source_b", "source_c", "health_a", "health_b", "health_c", "alpha_a", "alpha_b", "alpha_c"],
  ...["trips_a", "trips_b", "trips_c", "cooldown_end_a", "cooldown_end_b", "cooldown_end_c", "err_a", "err_b", "err_c"],
  ...["omissions", "accusations", "declaration", "digest_low", "digest_high", "module_hash_low", "module_hash_high"],
  ...["agreed_hash_low", "agreed_hash_high", "matching", "received", "fuel_used", "step_status", "no_majority"],
  ...["gyro_x_sample", "gyro_x", "gyro_x_valid", "gyro_x_why", "gyro_x_used", "gyro_x_reasons", "gyro_x_sensors"],
  ...["armed_sample", "armed", "armed_valid", "armed_why", "armed_used", "armed_reasons", "armed_sensors"],
  "torque_x",
  "ticks",
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
}

export interface HandRun {
  readonly frames: number;
  readonly chunkSize?: number;
  readonly events?: Readonly<Record<number, readonly HandEvent[]>>;
  /** Changes to the quiet words of a channel's frame; `undefined` leaves the record out. */
  readonly channel?: (channel: number, frame: number) => Words | undefined;
  readonly stage?: (frame: number) => Words;
  readonly result?: Partial<RunResult>;
  /** Injected faults as the log's `scenario.json` has them. */
  readonly faults?: readonly unknown[];
}

/** A whole log file of a hand-made run. */
export async function handLog(run: HandRun): Promise<Uint8Array<ArrayBuffer>> {
  const target = new MemoryTarget();
  const log = new VoterLogWriter(target, {
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
      ...(run.faults === undefined ? [] : [scenarioOf(run.faults)]),
    ],
    ...(run.chunkSize === undefined ? {} : { chunkSize: run.chunkSize }),
  });
  for (let frame = 0; frame < run.frames; frame++) {
    for (const event of run.events?.[frame] ?? []) log.event({ subject: 0, argument: 0, frame, ...event });
    for (const channel of [0, 1, 2]) {
      const change = run.channel === undefined ? {} : run.channel(channel, frame);
      if (change === undefined) continue;
      log.channelFrame(channel, frame, recordBytes(CHANNEL_WORDS, { ...quietWords(channel, frame), ...change }));
    }
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

function scenarioOf(faults: readonly unknown[]) {
  const data = new TextEncoder().encode(JSON.stringify({ faults, seed: 7 }));
  return { name: "scenario.json", mediaType: "application/json", data };
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
