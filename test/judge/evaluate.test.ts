import { describe, expect, it } from "vitest";
import { evaluate, type RunFacts, settledBy, subjectName } from "../../host/judge/evaluate.ts";
import { eventCode } from "../../host/model/events.ts";
import type { Signal } from "../../host/model/signals.ts";
import { parseScenario } from "../../host/scenario/scenario.ts";

function signal(name: string): Signal {
  return {
    name,
    unit: "",
    role: "input",
    type: "f32",
    selection: "median",
    single: false,
    address: 16,
    validAddress: 20,
    min: 0,
    max: 1,
    tolerance: 0,
    rateLimit: 0,
    safe: 0,
    initial: 0,
  };
}

const B_GYRO_Y = 1 + 4 * 1;

function event(name: string, frame: number, subject = 0, by: "A" | "B" | "C" | "stage" | "host" = "A") {
  return { frame, by, code: eventCode(name) ?? 0, subject, argument: 0 };
}

const QUIET: RunFacts = {
  frames: 1000,
  vote: { held: 0, safe: 0 },
  mode: { final: "TRIPLEX" },
  channels: { A: { state: "HEALTHY" }, B: { state: "HEALTHY" }, C: { state: "HEALTHY" } },
  sensors: ["A", "B", "C"].flatMap((c) => ["gyro_x", "gyro_y"].map((s) => ({ sensor: `${c}.${s}`, state: "HEALTHY" }))),
  events: [],
  eventsDropped: 0,
  signals: { inputs: [signal("gyro_x"), signal("gyro_y")], outputs: [], probes: [] },
  oracle: { value_ok: true, range_ok: true, wrong_frames: 0 },
  verdict: "pass",
  outputHash: "0123456789abcdef",
};

/** B's second sensor out in frame 502 and back in 700; C out in 903. All three channels report it. */
const EVENTFUL: RunFacts = {
  ...QUIET,
  mode: { final: "DUPLEX" },
  channels: { ...QUIET.channels, C: { state: "OPEN" } },
  events: (["A", "B", "C"] as const).flatMap((by) => [
    event("FAULT_BEGINS", 500, 0, "host"),
    event("SENSOR_SPREAD", 500, B_GYRO_Y, by),
    event("SENSOR_OPEN", 502, B_GYRO_Y, by),
    event("SENSOR_HEALTHY", 700, B_GYRO_Y, by),
    event("CHANNEL_OPEN", 903, 2, by),
    event("MODE", 903, 2, by),
  ]),
};

function judge(expectation: Record<string, unknown>, facts: RunFacts) {
  const scenario = { schema: "quorate/scenario/1", name: "s", source: { plant: "p" }, expect: [expectation] };
  const [finding] = evaluate(parseScenario(JSON.stringify(scenario), "s.json").expect, facts);
  if (finding === undefined) throw new Error("one finding");
  return finding;
}

describe("expectations", () => {
  it.each<[Record<string, unknown>, RunFacts, boolean, string]>([
    [{ that: "mode", is: "TRIPLEX" }, QUIET, true, "mode TRIPLEX at the end: met"],
    [{ that: "mode", is: "TRIPLEX" }, EVENTFUL, false, "expected mode TRIPLEX at the end, found DUPLEX"],
    [{ that: "channel", channel: "C", is: "OPEN" }, EVENTFUL, true, "met"],
    [{ that: "channel", channel: "C", is: "OPEN" }, QUIET, false, "found HEALTHY"],
    [{ that: "sensor", sensor: "B.gyro_y", is: "HEALTHY" }, EVENTFUL, true, "met"],
    [{ that: "sensor", sensor: "B.gyro_z", is: "HEALTHY" }, QUIET, false, "no such sensor (did you mean"],
    [{ that: "voter", channel: "B" }, EVENTFUL, true, "met"],
    [{ that: "voter", channel: "C" }, EVENTFUL, false, "found OPEN at the end, out in frame 903"],
    [{ that: "voter", channel: "B" }, { ...QUIET, eventsDropped: 1 }, false, "1 events were not kept"],
    [{ that: "opens", what: "C", after: 900, within: 3 }, EVENTFUL, true, "met"],
    [{ that: "opens", what: "C", after: 900, within: 2 }, EVENTFUL, false, "found OPEN in frame 903"],
    [{ that: "opens", what: "C", after: 904, within: 9 }, EVENTFUL, false, "found OPEN in frame 903"],
    [{ that: "opens", what: "B.gyro_y", after: 500, within: 3 }, EVENTFUL, true, "met"],
    [{ that: "opens", what: "B.gyro_x", after: 500, within: 3 }, EVENTFUL, false, "never OPEN"],
    [{ that: "returns", sensor: "B.gyro_y", by: 700 }, EVENTFUL, true, "met"],
    [{ that: "returns", sensor: "B.gyro_y", by: 699 }, EVENTFUL, false, "out in frame 502, back in frame none"],
    [{ that: "returns", sensor: "B.gyro_x", by: 699 }, EVENTFUL, false, "out in frame none"],
    [{ that: "held", most: 0 }, QUIET, true, "met"],
    [{ that: "held", most: 2 }, { ...QUIET, vote: { held: 3, safe: 0 } }, false, "at most 2 held frames, found 3"],
    [{ that: "safe", most: 0 }, { ...QUIET, vote: { held: 3, safe: 4 } }, false, "at most 0 safe frames, found 4"],
    [{ that: "wrong", most: 0 }, QUIET, true, "met"],
    [{ that: "wrong", most: 0 }, { ...QUIET, oracle: undefined }, false, "found nobody who counted"],
    [{ that: "event", name: "SENSOR_SPREAD" }, EVENTFUL, true, "met"],
    [{ that: "event", name: "SENSOR_SPREAD", least: 2 }, EVENTFUL, false, "it in 1 frames, first 500"],
    [{ that: "event", name: "SENSOR_SPREAD", subject: "B.gyro_x" }, EVENTFUL, false, "it in 0 frames"],
    [{ that: "event", name: "SENSOR_SPREAD", from: 501 }, EVENTFUL, false, "at least 1 frames from 501 to 999"],
    [{ that: "event", name: "MODE", subject: "DUPLEX", from: 903, to: 903 }, EVENTFUL, true, "met"],
    [{ that: "event", name: "SENSOR_OPEN", most: 0 }, EVENTFUL, false, "at most 0"],
    [{ that: "event", name: "SENSOR_OPEN", most: 0 }, QUIET, true, "met"],
    [{ that: "event", name: "SENSOR_OPEN", most: 0 }, { ...QUIET, eventsDropped: 9 }, false, "9 events were not kept"],
    [{ that: "event", name: "SENSOR_OPEN" }, { ...EVENTFUL, eventsDropped: 9 }, true, "met"],
    [{ that: "quiet" }, QUIET, true, "met"],
    [{ that: "quiet", to: 499 }, EVENTFUL, true, "met"],
    [{ that: "quiet" }, EVENTFUL, false, "found SENSOR_SPREAD of B.gyro_y in frame 500"],
    [{ that: "quiet", level: "error" }, EVENTFUL, false, "found SENSOR_OPEN of B.gyro_y in frame 502"],
    [{ that: "quiet", level: "info", from: 600, to: 700 }, EVENTFUL, false, "SENSOR_HEALTHY"],
    [{ that: "quiet" }, { ...QUIET, eventsDropped: 1 }, false, "none (1 events"],
    [{ that: "oracle", is: "good" }, QUIET, true, "met"],
    [
      { that: "oracle", is: "good" },
      { ...QUIET, oracle: { value_ok: true, range_ok: false, wrong_frames: 0 } },
      false,
      "found bad",
    ],
    [{ that: "oracle", is: "bad" }, { ...QUIET, oracle: undefined }, false, "found no oracle"],
    [{ that: "verdict", is: "fail" }, QUIET, false, "expected verdict fail, found pass"],
    [{ that: "output-hash", is: "0123456789abcdef" }, QUIET, true, "met"],
    [{ that: "output-hash", is: "0000000000000000" }, QUIET, false, "found 0123456789abcdef"],
  ])("%j", (expectation, facts, isMet, words) => {
    const finding = judge(expectation, facts);
    expect(finding).toMatchObject({ path: "$.expect[0]", isMet });
    expect(finding.text).toContain(words);
  });

  it("a sensor that goes out again is not back", () => {
    const again = [...EVENTFUL.events, event("SENSOR_OPEN", 800, B_GYRO_Y)];
    expect(judge({ that: "returns", sensor: "B.gyro_y", by: 900 }, { ...EVENTFUL, events: again }).isMet).toBe(false);
  });

  it("say which questions of the general verdict they settle", () => {
    const of = (...expectations: Record<string, unknown>[]) => {
      const scenario = { schema: "quorate/scenario/1", name: "s", source: { plant: "p" }, expect: expectations };
      return settledBy(parseScenario(JSON.stringify(scenario), "s.json").expect);
    };
    expect(of()).toEqual({ mode: false, held: false, oracle: false });
    expect(of({ that: "mode", is: "SAFE" }, { that: "held", most: 3 })).toEqual({
      mode: true,
      held: true,
      oracle: false,
    });
    expect(of({ that: "wrong", most: 3 })).toEqual({ mode: false, held: false, oracle: true });
  });

  it("name the subject of every event as a scenario would", () => {
    const names = (name: string, subject: number) => subjectName(event(name, 0, subject), QUIET.signals);
    expect(names("CHANNEL_OPEN", 2)).toBe("C");
    expect(names("SENSOR_OPEN", B_GYRO_Y)).toBe("B.gyro_y");
    expect(names("SENSOR_OPEN", 40)).toBe("A.input 10");
    expect(names("INPUT_DISPUTED", 1)).toBe("gyro_y");
    expect(names("LINK_SUSPECT", 2)).toBe("B-C");
    expect(names("MODE", 0)).toBe("SAFE");
    expect(names("MODE", 9)).toBe("9");
  });
});
