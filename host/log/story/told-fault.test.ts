import { describe, expect, it } from "vitest";
import { EVENT } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import type { EventRecord } from "../file/event-record.ts";
import {
  EXACT,
  INVOLVED,
  impairedBy,
  NEAR,
  nearness,
  POSSIBLE,
  type Subject,
  subjectOf,
  TOUCHED,
  type ToldPlace,
  toldPlaceText,
  UNLIKELY,
  unknownFault,
} from "./told-fault.ts";

const SIGNALS = { inputs: [{ name: "gyro_x" }, { name: "gyro_y" }], outputs: [], probes: [] } as unknown as SignalList;

function event(by: string, code: number, subject: number, text = ""): EventRecord {
  return { frame: 500, by, code, name: "", level: "", subject, argument: 0, text };
}

const channel = (name: string): ToldPlace => ({ kind: "channel", channel: name });
const link = (from: string, to: string): ToldPlace => ({ kind: "link", from, to });
const sensor = (name: string, ...inputs: string[]): ToldPlace => ({ kind: "sensor", channel: name, inputs });

/** What an event is about, and how near it is to a fault in this place. */
function about(place: ToldPlace | undefined, one: EventRecord, frame: readonly EventRecord[] = [one]): number {
  return nearness(place, subjectOf(one, SIGNALS, frame));
}

describe("the place of a fault", () => {
  it("has one name for all faults in it", () => {
    const places = [channel("B"), link("A", "B"), sensor("B", "gyro_x"), sensor("B", "gyro_x", "gyro_y")];
    expect(places.map(toldPlaceText)).toEqual(["B", "A>B", "B.gyro_x", "B.gyro_x"]);
  });

  it("is not known of a fault that the log's list does not have, and then anything is possible", () => {
    const fault = unknownFault(event("host", EVENT.FAULT_BEGINS, 3, "a lamp fell on the rig"));
    expect(fault).toEqual({
      ...{ index: 3, text: "fault 3", title: "a lamp fell on the rig", place: undefined },
      ...{ frame: 500, end: Number.POSITIVE_INFINITY },
    });
    expect(about(fault.place, event("A", EVENT.ACCUSE_VALUE, 1))).toBe(POSSIBLE);
  });

  it("is two inputs where wires are exchanged", () => {
    expect(about(sensor("B", "gyro_x", "gyro_y"), event("A", EVENT.SENSOR_OPEN, 4 + 1))).toBe(EXACT);
  });

  it("leaves both ends of a link unable to report what the others do", () => {
    expect(impairedBy(link("A", "C"))).toEqual(["A", "C"]);
  });
});

describe("how near an event is to a fault", () => {
  it("takes a sensor's event for that sensor's fault, and its input's next", () => {
    const stuck = sensor("B", "gyro_x");
    expect(about(stuck, event("A", EVENT.SENSOR_OPEN, 1))).toBe(EXACT);
    expect(about(stuck, event("A", EVENT.INPUT_DISPUTED, 0))).toBe(NEAR);
    expect(about(stuck, event("A", EVENT.SENSOR_OPEN, 2))).toBe(TOUCHED);
    expect(about(stuck, event("A", EVENT.SENSOR_OPEN, 4 + 1))).toBe(UNLIKELY);
    expect(about(stuck, event("A", EVENT.ACCUSE_VALUE, 1))).toBe(UNLIKELY);
    expect(about(channel("B"), event("A", EVENT.SENSOR_OPEN, 1))).toBe(NEAR);
    expect(about(channel("C"), event("A", EVENT.SENSOR_OPEN, 1))).toBe(POSSIBLE);
  });

  it("takes what both peers say of a channel for its fault, and what one says for its link's", () => {
    const both = [event("B", EVENT.ACCUSE_SILENCE, 0), event("C", EVENT.ACCUSE_SILENCE, 0)];
    const [byB, byC] = both as [EventRecord, EventRecord];
    expect([about(channel("A"), byB, both), about(link("A", "B"), byB, both)]).toEqual([EXACT, TOUCHED]);
    expect([about(channel("A"), byB), about(link("A", "B"), byB)]).toEqual([NEAR, EXACT]);
    expect(about(link("A", "B"), byC)).toBe(INVOLVED);
    expect(about(link("B", "C"), byB)).toBe(POSSIBLE);
    expect(about(channel("B"), byB)).toBe(TOUCHED);
  });

  it("takes a channel's own troubles for its fault, and a suspect link for what is wrong in it", () => {
    const { CHANNEL_ERROR, CHANNEL_OPEN, FRAME_PENDING, TUPLE_LOST, NO_MAJORITY, STEP_FAILED } = EVENT;
    for (const code of [CHANNEL_ERROR, CHANNEL_OPEN, FRAME_PENDING, TUPLE_LOST, NO_MAJORITY, STEP_FAILED]) {
      expect(about(channel("B"), event("B", code, 1))).toBe(EXACT);
    }
    expect(about(channel("B"), event("stage", EVENT.OUTPUT_MASKED, 0b110))).toBe(EXACT);
    expect(about(channel("A"), event("stage", EVENT.OUTPUT_MASKED, 0b110))).toBe(POSSIBLE);
    const alone = event("B", EVENT.NO_MAJORITY, 1);
    expect([about(link("A", "B"), alone), about(link("A", "C"), alone)]).toEqual([INVOLVED, POSSIBLE]);
    const suspect = event("A", EVENT.LINK_SUSPECT, 2);
    expect([about(link("C", "B"), suspect), about(channel("B"), suspect)]).toEqual([EXACT, TOUCHED]);
    expect([about(link("A", "B"), suspect), about(channel("A"), suspect)]).toEqual([POSSIBLE, POSSIBLE]);
  });

  it("takes what the host says of a channel that stopped for that channel's fault, not for its sensor's", () => {
    for (const code of [EVENT.CHANNEL_STOPPED, EVENT.CHANNEL_RESET, EVENT.CHANNEL_RUNS]) {
      expect(about(channel("B"), event("host", code, 1))).toBe(EXACT);
      expect(about(sensor("B", "gyro_x"), event("host", code, 1))).toBe(UNLIKELY);
    }
    const sent = event("host", EVENT.SAMPLE_SENT, 4 + 1);
    expect([about(channel("B"), sent), about(sensor("B", "gyro_y"), sent)]).toEqual([EXACT, UNLIKELY]);
  });

  it("finds nothing in what has no subject", () => {
    const run: Subject = { kind: "run" };
    const { MODE, OUTPUT_HELD, OUTPUT_SAFE, OUTPUT_AGREED } = EVENT;
    for (const code of [MODE, OUTPUT_HELD, OUTPUT_SAFE, OUTPUT_AGREED, 4000]) {
      expect(subjectOf(event("A", code, 1), SIGNALS, [])).toEqual(run);
    }
    expect(nearness(channel("B"), run)).toBe(POSSIBLE);
    expect(nearness(sensor("B", "gyro_x"), run)).toBe(UNLIKELY);
  });
});
