import { describe, expect, it } from "vitest";
import type { SignalList } from "../../model/signals.ts";
import type { EventRecord } from "../file/event-record.ts";
import {
  EXACT,
  faultOf,
  INVOLVED,
  impairedBy,
  NEAR,
  nearness,
  POSSIBLE,
  placeText,
  type Subject,
  subjectOf,
  TOUCHED,
  UNLIKELY,
} from "./told-fault.ts";

const SIGNALS = { inputs: [{ name: "gyro_x" }, { name: "gyro_y" }], outputs: [], probes: [] } as unknown as SignalList;

function event(by: string, code: number, subject: number): EventRecord {
  return { frame: 500, by, code, name: "", level: "", subject, argument: 0, text: "" };
}

/** What an event is about, and how near it is to a fault. */
function about(fault: string, one: EventRecord, frame: readonly EventRecord[] = [one]): number {
  return nearness(faultOf(fault).place, subjectOf(one, SIGNALS, frame));
}

describe("the text of a fault", () => {
  it.each([
    ["Injected: B.gyro_x:stuck(2.5)@500+200. B.gyro_x: stuck (value 2.5), frames 500 to 699", "B.gyro_x", 500, 700],
    ["Ended: A>B:drop(X1|X2, 0.5)@40. A>B: drop, from frame 40", "A>B", 40, Number.POSITIVE_INFINITY],
    ["Injected: C:bitflip(core, 16, bit=3)@900", "C", 900, 901],
    ["C:bitflip@900+20", "C", 900, 920],
    ["B:reset@7", "B", 7, 8],
    ["B.gyro_x: from an older writer", "B.gyro_x", 0, Number.POSITIVE_INFINITY],
  ])("%s", (text, place, frame, end) => {
    const fault = faultOf(text);
    expect(fault.place === undefined ? "" : placeText(fault.place)).toBe(place);
    expect(fault).toMatchObject({ frame, end });
  });

  it("is kept when its form is not known, with no place and no end", () => {
    expect(faultOf("Injected: a lamp fell on the rig", 30)).toEqual({
      text: "a lamp fell on the rig",
      place: undefined,
      frame: 30,
      end: Number.POSITIVE_INFINITY,
    });
    expect(about("a lamp fell", event("A", 50, 1))).toBe(POSSIBLE);
  });

  it("names both inputs of exchanged wires", () => {
    expect(faultOf("B.gyro_x:swap(with=gyro_y)@5").place).toMatchObject({ inputs: ["gyro_x", "gyro_y"] });
    expect(about("B.gyro_x:swap(gyro_y)@5", event("A", 22, 4 + 1))).toBe(EXACT);
  });

  it("counts from the frame of its event when there is one", () => {
    expect(faultOf("Injected: C:off@500+100. C: off", 502)).toMatchObject({
      text: "C:off@500+100",
      frame: 502,
      end: 602,
    });
  });
});

describe("how near an event is to a fault", () => {
  it("takes a sensor's event for that sensor's fault, and its input's next", () => {
    expect(about("B.gyro_x:stuck@500", event("A", 22, 1))).toBe(EXACT);
    expect(about("B.gyro_x:stuck@500", event("A", 26, 0))).toBe(NEAR);
    expect(about("B.gyro_x:stuck@500", event("A", 22, 2))).toBe(TOUCHED);
    expect(about("B.gyro_x:stuck@500", event("A", 22, 4 + 1))).toBe(UNLIKELY);
    expect(about("B.gyro_x:stuck@500", event("A", 50, 1))).toBe(UNLIKELY);
    expect(about("B:off@500", event("A", 22, 1))).toBe(NEAR);
    expect(about("C:off@500", event("A", 22, 1))).toBe(POSSIBLE);
  });

  it("takes what both peers say of a channel for its fault, and what one says for its link's", () => {
    const both = [event("B", 51, 0), event("C", 51, 0)];
    const [byB, byC] = both as [EventRecord, EventRecord];
    expect([about("A:hang@500", byB, both), about("A>B:drop@500", byB, both)]).toEqual([EXACT, TOUCHED]);
    expect([about("A:hang@500", byB), about("A>B:drop@500", byB)]).toEqual([NEAR, EXACT]);
    expect(about("A>B:drop@500", byC)).toBe(INVOLVED);
    expect(about("B>C:drop@500", byB)).toBe(POSSIBLE);
    expect(about("B:hang@500", byB)).toBe(TOUCHED);
  });

  it("takes a channel's own troubles for its fault, and a suspect link for what is wrong in it", () => {
    for (const code of [30, 33, 60, 63, 64]) expect(about("B:babble@500", event("B", code, 1))).toBe(EXACT);
    expect(about("B:babble@500", event("B", 68, 1))).toBe(EXACT);
    expect(about("B:line@500", event("stage", 80, 0b110))).toBe(EXACT);
    expect(about("A:line@500", event("stage", 80, 0b110))).toBe(POSSIBLE);
    expect([about("A>B:drop@500", event("B", 64, 1)), about("A>C:drop@500", event("B", 64, 1))]).toEqual([
      INVOLVED,
      POSSIBLE,
    ]);
    const link = event("A", 35, 2);
    expect([about("C>B:drop@500", link), about("B:hang@500", link)]).toEqual([EXACT, TOUCHED]);
    expect([about("A>B:drop@500", link), about("A:hang@500", link)]).toEqual([POSSIBLE, POSSIBLE]);
  });

  it("finds nothing in what has no subject", () => {
    const run: Subject = { kind: "run" };
    for (const code of [40, 81, 82, 83, 4000]) expect(subjectOf(event("A", code, 1), SIGNALS, [])).toEqual(run);
    expect(nearness(faultOf("B:off@5").place, run)).toBe(POSSIBLE);
    expect(nearness(faultOf("B.gyro_x:old@5").place, run)).toBe(UNLIKELY);
  });

  it("excuses both ends of a link", () => {
    const place = faultOf("A>C:drop@5").place;
    expect(place === undefined ? [] : impairedBy(place)).toEqual(["A", "C"]);
  });
});
