/**
 * Writing a voter log beside the official writer with the same messages, and telling the story of a million frames
 * beside merely reading the file.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { McapWriter } from "@mcap/core";
import type { LogWritable } from "../../host/log/file/file-writer.ts";
import { fileTarget } from "../../host/log/file/log-target.ts";
import { VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import { channelLayout, stageLayout } from "../../host/model/record.ts";
import { decodeSignalTable } from "../../host/model/signal-table.ts";
import type { SignalTable } from "../../host/model/signals.ts";
import { type HandSignal, signalTableBytes } from "../log/fixture.ts";
import { median, type Row, row } from "./row.ts";

/** A law of the size of the rate damper: three inputs, three outputs, three probes. */
const SIGNALS: readonly HandSignal[] = [0, 1, 3].flatMap((role) =>
  ["x", "y", "z"].map((axis) => ({ name: `s${role}_${axis}`, unit: "rad/s", role, type: 0, range: [-1, 1] as const })),
);
const PERIOD_US = 10_000;
const FRAMES = 100_000;
const STORY_FRAMES = 1_000_000;
/** One fault in so many frames, each seen, accused and taken out by three channels. */
const FAULT_FRAMES = 2_000;
const ROUNDS = 5;
const FLUSH_FRAMES = 256;
/** As the writer's own default. */
const CHUNK_SIZE: number = 1024 * 1024;

/** Slower than this and the story costs more than the memory that MCAP's indexes were made to spare. */
const RATIO_LEAST = 0.7;
/** A person waits five seconds for a report of a million frames, not longer. */
const STORY_SECONDS_MOST = 5;

const TABLE: SignalTable = handTable();
const CHANNEL_RECORD: Uint8Array = emptyRecord(channelLayout(TABLE).size);
const STAGE_RECORD: Uint8Array = emptyRecord(stageLayout(TABLE).size);

/** Rows of the group `sim`. */
export async function measureLog(): Promise<Row[]> {
  const ours: number[] = [];
  const official: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    official.push(await officialRate());
    ours.push(await ourRate());
  }
  const peer = { name: "@mcap/core, same messages", value: median(official) };
  const goal = { of: "ratio", atLeast: RATIO_LEAST } as const;
  const written = row({ group: "sim", name: "voter log written", value: median(ours), unit: "MB/s", peer, goal });
  return [written, await measureStory()];
}

async function ourRate(): Promise<number> {
  const sink = new Sink();
  const start = performance.now();
  await writeRun(sink, { frames: FRAMES, hasFaults: false });
  return sink.size / (performance.now() - start) / 1000;
}

/** MB/s of `@mcap/core` writing the records of a law with three inputs, outputs and probes. */
export async function officialRate(): Promise<number> {
  const sink = new Sink();
  const start = performance.now();
  const writer = new McapWriter({ writable: sink, chunkSize: CHUNK_SIZE });
  await writer.start();
  const schema = { name: "quorate/ChannelFrame", encoding: "ros2msg", data: new Uint8Array(1) };
  const schemaId = await writer.registerSchema(schema);
  const ids: number[] = [];
  for (const topic of ["/a/frame", "/b/frame", "/c/frame", "/stage/frame"]) {
    ids.push(await writer.registerChannel({ topic, schemaId, messageEncoding: "cdr", metadata: new Map() }));
  }
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const logTime = BigInt(frame) * BigInt(PERIOD_US * 1000);
    for (const [i, channelId] of ids.entries()) {
      const data = i < 3 ? CHANNEL_RECORD : STAGE_RECORD;
      new DataView(data.buffer).setUint32(4, frame, true);
      await writer.addMessage({ channelId, sequence: frame, logTime, publishTime: logTime, data });
    }
  }
  await writer.end();
  return sink.size / (performance.now() - start) / 1000;
}

/** `quorate log events` in a process of its own, start-up included. */
async function measureStory(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "quorate-perf-"));
  const path = join(folder, "run.mcap");
  try {
    const target = await fileTarget(path);
    await writeRun(target, { frames: STORY_FRAMES, hasFaults: true });
    await target.close();
    const reads: number[] = [];
    const stories: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      reads.push(readTime(path));
      stories.push(storyTime(path));
    }
    const peer = { name: `plain read of ${Math.round(statSync(path).size / 1e6)} MB`, value: median(reads) };
    const goal = { of: "value", atMost: STORY_SECONDS_MOST } as const;
    return row({ group: "sim", name: "log events, 1 000 000 frames", value: median(stories), unit: "s", peer, goal });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readTime(path: string): number {
  const block = new Uint8Array(CHUNK_SIZE);
  const file = openSync(path, "r");
  const start = performance.now();
  while (readSync(file, block) > 0);
  const spent = performance.now() - start;
  closeSync(file);
  return spent / 1000;
}

function storyTime(path: string): number {
  const cli = fileURLToPath(new URL("../../host/cli.js", import.meta.url));
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [cli, "log", "events", path], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`log events ended with ${status}: ${stderr}`);
  return (performance.now() - start) / 1000;
}

async function writeRun(writable: LogWritable, run: { frames: number; hasFaults: boolean }): Promise<void> {
  const log = new VoterLogWriter(writable, {
    ...{ controller: "perf", periodUs: PERIOD_US, signals: TABLE, seed: "1", engines: {}, source: {} },
    ...{ moduleHash: "", coreHash: "", stageHash: "" },
    attachments: [{ name: "signals.bin", mediaType: "application/octet-stream", data: signalTableBytes(SIGNALS) }],
  });
  const view = new DataView(CHANNEL_RECORD.buffer);
  const stage = new DataView(STAGE_RECORD.buffer);
  for (let frame = 0; frame < run.frames; frame += 1) {
    if (run.hasFaults) logFault(log, frame);
    view.setUint32(4, frame, true);
    stage.setUint32(4, frame, true);
    for (let channel = 0; channel < 3; channel += 1) log.channelFrame(channel, frame, CHANNEL_RECORD);
    log.stageFrame(frame, STAGE_RECORD);
    if (frame % FLUSH_FRAMES === 0) await log.flush();
  }
  await log.finish({ frames: run.frames, verdict: "pass", outputHash: "", mode: "TRIPLEX" });
}

/** Some twenty events over a few frames, every `FAULT_FRAMES` frames. */
function logFault(log: VoterLogWriter, frame: number): void {
  const phase = frame % FAULT_FRAMES;
  if (phase === 0)
    log.event({ frame, by: "host", code: 90, subject: 0, argument: 0, text: "Injected: B.s0_x:stuck@0" });
  if (phase > 6) return;
  for (const by of ["A", "B", "C"] as const) log.event({ frame, by, code: 21, subject: 1, argument: phase });
}

/** Takes everything and counts it. */
export class Sink {
  size = 0;

  write(bytes: Uint8Array): Promise<void> {
    this.size += bytes.length;
    return Promise.resolve();
  }

  position(): bigint {
    return BigInt(this.size);
  }
}

function handTable(): SignalTable {
  const result = decodeSignalTable(signalTableBytes(SIGNALS));
  if (result.kind !== "value") throw new Error(result.problem);
  return result.table;
}

function emptyRecord(size: number): Uint8Array {
  const record = new Uint8Array(size);
  record[1] = 1;
  return record;
}
