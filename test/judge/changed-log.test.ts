import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { flySimulation } from "../../host/commands/sim-flight.ts";
import { QuorateError } from "../../host/errors.ts";
import { channelLayout, detailLayout, stageLayout } from "../../host/model/record.ts";
import { packageRoot } from "../../host/package-root.ts";
import { checkBytes } from "./check-log.ts";
import { type Change, rewritten } from "./rewritten-log.ts";

/**
 * Goal: a log that was changed is never judged a pass, however well its checksums fit. Method: fly a run in which sensors, a link and a
 * channel fail, write its log anew with one thing changed, and judge it.
 */
const LAW = join(packageRoot().folder, "firmware/control/altitude-hold.ts");
const FAULTS = ["C:bitflip(module)@20", "B.baro_alt:stuck@24+4", "A>B:drop(X3)@30+1"];
/** Details are written in it: C is in error. */
const FRAME = 21;
const folder = mkdtempSync(join(tmpdir(), "quorate-changed-"));
let bytes: Uint8Array;
let layouts: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  const log = join(folder, "run.mcap");
  const options = { law: LAW, plant: "vertical-axis", frames: 60, fault: FAULTS, param: [], baud: 921_600, log };
  const { law } = await flySimulation(options);
  bytes = readFileSync(log);
  const names = (layout: { readonly fields: readonly { readonly name: string }[] }) => layout.fields.map((f) => f.name);
  layouts = {
    "/b/frame": names(channelLayout(law.table)),
    "/b/detail": names(detailLayout()),
    "/stage/frame": names(stageLayout(law.table)),
  };
});

afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** `pass`, or what else the log is judged; a refusal is one of them. */
async function verdictOf(change: Change): Promise<string> {
  try {
    const { judgement } = await checkBytes(await rewritten(bytes, change));
    return judgement.verdict;
  } catch (error) {
    if (error instanceof QuorateError) return `refused: ${error.code}`;
    throw error;
  }
}

/** Inverts the lowest bit of a word of one record. */
function flipped(topic: string, word: number): Change {
  return {
    record: (at, frame, words) => {
      if (at === topic && frame === FRAME) words[word] = (words[word] as number) ^ 1;
      return words;
    },
  };
}

describe("a log with one thing changed and its checksums mended", () => {
  it("is a pass when nothing was changed, whatever its result says", async () => {
    expect(await verdictOf({})).toBe("pass");
    expect(await verdictOf({ record: (_, __, words) => words })).toBe("pass");
  });

  it.each(["/b/frame", "/b/detail", "/stage/frame"])("is no pass with any word of %s changed", async (topic) => {
    const passes: string[] = [];
    const fields = layouts[topic] as readonly string[];
    for (const [word, name] of fields.entries()) {
      if ((await verdictOf(flipped(topic, word))) === "pass") passes.push(name);
    }
    expect(fields.length).toBeGreaterThan(8);
    expect(passes).toEqual([]);
  });

  it.each(["/a/frame", "/b/detail", "/stage/frame"])("is no pass with a record of %s left out", async (topic) => {
    const without: Change = { record: (at, frame, words) => (at === topic && frame === FRAME ? undefined : words) };
    expect(await verdictOf(without)).not.toBe("pass");
  });

  it("is no pass with a whole frame, or the last ones, left out", async () => {
    const missing = await verdictOf({ record: (_, frame, words) => (frame === FRAME ? undefined : words) });
    expect(missing).toBe("not judged");
    expect(await verdictOf({ record: (_, frame, words) => (frame > 55 ? undefined : words) })).toBe("not judged");
  });

  it("is no failed run, and tells nothing of what it lost, when its beginning is missing", async () => {
    const late = await rewritten(bytes, { record: (_, frame, words) => (frame < 40 ? undefined : words) });
    const { judgement } = await checkBytes(late);
    expect(judgement).toMatchObject({ verdict: "not judged", reasons: [], oracle: { judged_frames: 0 } });
    expect(judgement.mode.frames).toEqual({ triplex: 0, duplex: 20, simplex: 0, safe: 0 });
  });

  it("is no pass with any event left out or changed", async () => {
    const { judge } = await checkBytes(bytes);
    const passes: string[] = [];
    // What the simulator states of flips is taken as it is, and needs no event to be a pass.
    const stated = (name: string) => name === "FAULT_GONE" || name === "FAULT_LATENT";
    for (let i = 0; i < judge.events.length; i += 1) {
      let name = "";
      const without = await verdictOf({
        event: (event, index) => {
          if (index === i) name = event.name;
          return index === i ? undefined : event;
        },
      });
      if (without === "pass" && !stated(name)) passes.push(`${name} left out`);
      const other = await verdictOf({
        event: (event, index) => (index === i ? { ...event, subject: event.subject ^ 1 } : event),
      });
      if (other === "pass" && !stated(name)) passes.push(`${name} of another subject`);
      const earlier = await verdictOf({
        event: (event, index) => (index === i ? { ...event, frame: event.frame - 1 } : event),
      });
      if (earlier === "pass" && !stated(name)) passes.push(`${name} a frame earlier`);
    }
    expect(judge.events.length).toBeGreaterThan(20);
    expect(passes).toEqual([]);
  });

  it("is refused with another module, table, core or stage", async () => {
    const { wasm } = await buildLaw({ path: join(packageRoot().folder, "firmware/control/motor-speed.ts") });
    const other: Change = { attachment: (name, data) => (name === "module.wasm" ? wasm : data) };
    expect(await verdictOf(other)).toBe("refused: cannot-judge");
    for (const key of ["coreHash", "stageHash", "moduleHash"] as const) {
      const change: Change = { facts: (facts) => ({ ...facts, [key]: "0123456789abcdef" }) };
      expect(await verdictOf(change), key).toBe("refused: cannot-judge");
    }
  });

  it.each(["module.wasm", "run.json", "faults.json"])("is refused without %s", async (name) => {
    const change: Change = { attachment: (at, data) => (at === name ? undefined : data) };
    expect(await verdictOf(change)).toBe("refused: cannot-judge");
  });

  it("is no pass with another configuration, or without a fault", async () => {
    const json = (name: string, alter: (text: string) => string): Change => ({
      attachment: (at, data) => (at === name ? Buffer.from(alter(Buffer.from(data).toString())) : data),
    });
    for (const change of [
      json("run.json", (text) => text.replace('"open_errors":3', '"open_errors":4')),
      json("run.json", (text) => text.replace('"frames":60', '"frames":61')),
      json("run.json", (text) => text.slice(0, -1)),
      json("faults.json", (text) => JSON.stringify({ ...JSON.parse(text), faults: JSON.parse(text).faults.slice(1) })),
    ]) {
      expect(await verdictOf(change)).not.toBe("pass");
    }
  });
});
