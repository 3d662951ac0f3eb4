/**
 * Goal: with several faults in a run, each consequence is told under the fault that it points at, whichever began first,
 * and what fits several is told as that. Method: hand-made runs whose faults overlap, told in both orders; then random
 * ones, of which every event must be told once and none before its cause.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventRecord } from "../../host/log/file/event-record.ts";
import { toldFault } from "../../host/log/log-faults.ts";
import { type OpenChapter, Plot } from "../../host/log/story/plot.ts";
import { eventKind } from "../../host/model/events.ts";
import type { Events } from "./borne-out.ts";
import { handFaults, handTable } from "./fixture.ts";
import { CHANNELS_ALL as ALL, begin, chapterOf, end, type Name, say, storyOf, told } from "./telling.ts";

const number = (channel: Name) => "ABC".indexOf(channel);
const peersOf = (channel: Name) => ALL.filter((one) => one !== channel);

/** A flip in a channel's memory at 500: accused, outvoted, in error and out after three frames. */
function flip(channel: Name): Events {
  const c = number(channel);
  return {
    500: [...say(peersOf(channel), 50, c), ...say([channel], 63, c), { by: "stage", code: 80, subject: 1 << c }],
    501: say(peersOf(channel), 30, c, 1),
    502: [...say([channel], 65, c, 1), { by: "stage", code: 83 }],
    503: [...say(peersOf(channel), 33, c, 1), ...say(peersOf(channel), 40, 2, 3)],
  };
}

/** A gyro that sticks from 500 to 520: left out after two frames, back after 202. */
function stuck(channel: Name): Events {
  const c = number(channel);
  return {
    500: say(ALL, 21, c, 5),
    502: say(ALL, 22, c, 1),
    602: say(ALL, 23, c),
    702: say(ALL, 24, c),
  };
}

/** What both runs report, frame by frame, the faults first. */
function together(faults: Events, ...runs: readonly Events[]): Events {
  const frames = new Set([faults, ...runs].flatMap((run) => Object.keys(run).map(Number)));
  return Object.fromEntries([...frames].map((frame) => [frame, [faults, ...runs].flatMap((run) => run[frame] ?? [])]));
}

const FLIP_TOLD = [
  "+0 ACCUSE_VALUE",
  "+0 TUPLE_LOST",
  "+0 OUTPUT_MASKED",
  "+1 CHANNEL_ERROR",
  "+2 GATE_OFF",
  "+2 OUTPUT_AGREED",
  "+3 CHANNEL_OPEN",
  "+3 MODE",
];
const STUCK_TOLD = ["+0 SENSOR_DEFECT", "+2 SENSOR_OPEN", "+102 SENSOR_PROBATION", "+202 SENSOR_HEALTHY"];
const STUCK_B = "B.gyro_x:stuck@500+20";
const FLIP_C = "C:bitflip(module)@500";

describe("the story of two faults in one frame", () => {
  it.each([
    ["the sensor's first", [begin(STUCK_B), begin(FLIP_C)]],
    ["the channel's first", [begin(FLIP_C), begin(STUCK_B)]],
  ])("tells a sensor's and a channel's apart, %s", async (_, faults) => {
    const story = await storyOf(together({ 500: faults }, stuck("B"), flip("C")));
    expect(story.chapters).toHaveLength(2);
    expect(told(chapterOf(story, STUCK_B))).toEqual(STUCK_TOLD);
    expect(told(chapterOf(story, FLIP_C))).toEqual(FLIP_TOLD);
    expect(chapterOf(story, STUCK_B).outcome).toMatchObject({
      actedAfter: 2,
      backAfter: 202,
      out: [],
      stillVoting: ["B"],
    });
    expect(chapterOf(story, FLIP_C).outcome).toMatchObject({ actedAfter: 3, out: ["C"] });
  });

  it("tells a channel's and that of its own sensor apart, and does not call the channel a voter", async () => {
    const faults = ["C.gyro_x:stuck@500+20", FLIP_C];
    const story = await storyOf(together({ 500: faults.map(begin) }, stuck("C"), flip("C")));
    expect(told(chapterOf(story, "C.gyro_x:stuck@500+20"))).toEqual(STUCK_TOLD);
    expect(told(chapterOf(story, FLIP_C))).toEqual(FLIP_TOLD);
    expect(chapterOf(story, "C.gyro_x:stuck@500+20").outcome.stillVoting).toEqual([]);
  });

  it("tells two channels' apart, and what neither of them explains alone in a chapter of both", async () => {
    const faults = ["B:bitflip(module)@500", FLIP_C];
    const story = await storyOf({
      500: [...faults.map(begin), ...say(ALL, 60, 0).map((one) => ({ ...one, subject: number(one.by as Name) }))],
      501: [{ by: "stage", code: 81, argument: 1 }],
      502: [
        { by: "A", code: 65, subject: 0, argument: 1 },
        { by: "stage", code: 81, argument: 2 },
      ],
      503: [{ by: "stage", code: 82 }],
    });
    expect(story.chapters.map(({ cause }) => cause)).toEqual([
      ...faults.map((fault) => expect.stringContaining(`Injected: ${fault}. `)),
      `After ${faults.join(" and ")}: what fits both`,
    ]);
    for (const fault of faults) expect(told(chapterOf(story, fault))).toEqual(["+0 FRAME_PENDING"]);
    const both = chapterOf(story, ...faults);
    expect(told(both)).toEqual(["+0 FRAME_PENDING", "+1 OUTPUT_HELD", "+2 GATE_OFF", "+3 OUTPUT_SAFE"]);
    expect(both.outcome).toMatchObject({ heldFrames: 2, safeFrame: 503, gatesOff: ["A"] });
    expect(chapterOf(story, FLIP_C).outcome.text).toBe(
      "Noticed in the same frame. What fits B:bitflip(module)@500 as well has its own chapter.",
    );
  });

  it("claims for neither of two faults in one place that nobody noticed it", async () => {
    const faults = [FLIP_C, "C:off@500+100"];
    const story = await storyOf(together({ 500: faults.map(begin) }, flip("C")));
    expect(told(chapterOf(story, ...faults))).toEqual(FLIP_TOLD);
    for (const fault of faults) {
      expect(chapterOf(story, fault).outcome.text).toContain("Nobody reported trouble that fits this fault alone.");
    }
  });
});

describe("the story of faults that overlap", () => {
  it("tells a link's and a sensor's apart, whichever is newer", async () => {
    const link = "A>B:drop@500+300";
    const linkEvents = { 505: say(["B"], 51, 0, 7), 510: say(ALL, 35, 0, 1280), 520: say(["B"], 51, 0, 7) };
    for (const faults of [
      { 499: [begin(link)], 500: [begin(STUCK_B)] },
      { 500: [begin(STUCK_B)], 504: [begin(link)] },
    ]) {
      const story = await storyOf(together(faults, stuck("B"), linkEvents));
      const from = chapterOf(story, link).frame;
      expect(told(chapterOf(story, link))).toEqual(
        [505, 510, 520].map((at) => `+${at - from} ${at === 510 ? "LINK_SUSPECT" : "ACCUSE_SILENCE"}`),
      );
      expect(told(chapterOf(story, STUCK_B))).toEqual(STUCK_TOLD);
    }
  });

  it("takes the sender's fault for what both peers miss, and the link's for what one does", async () => {
    const story = await storyOf({
      500: [begin("A>B:drop@500"), ...say(["B"], 51, 0, 7)],
      530: [begin("A:off@530+10"), ...say(["B", "C"], 10, 0)],
      540: [end("A:off@530+10"), ...say(["B", "C"], 11, 0)],
    });
    expect(told(chapterOf(story, "A>B:drop@500"))).toEqual(["+0 ACCUSE_SILENCE"]);
    expect(told(chapterOf(story, "A:off@530+10"))).toEqual(["+0 SOURCE_LOST", "+10 FAULT_ENDS", "+10 SOURCE_BACK"]);
  });

  it("tells what takes two links in a chapter of both, and the mode with it", async () => {
    const faults = ["A>B:drop@500", "C>B:drop@520"];
    const story = await storyOf({
      500: [begin("A>B:drop@500"), ...say(["B"], 51, 0, 7)],
      520: [begin("C>B:drop@520"), ...say(["B"], 51, 2, 7), ...say(["A", "C"], 50, 1)],
      523: [...say(["A", "C"], 33, 1, 1), ...say(["A", "C"], 40, 2, 3)],
    });
    expect(told(chapterOf(story, "A>B:drop@500"))).toEqual(["+0 ACCUSE_SILENCE"]);
    expect(told(chapterOf(story, "C>B:drop@520"))).toEqual(["+0 ACCUSE_SILENCE"]);
    const both = chapterOf(story, ...faults);
    expect(both.frame).toBe(520);
    expect(told(both)).toEqual(["+0 ACCUSE_VALUE", "+3 CHANNEL_OPEN", "+3 MODE"]);
    for (const fault of faults) expect(chapterOf(story, fault).outcome.text).not.toMatch(/nothing was taken out|mode/);
  });

  it("gives a second fault of the same channel what comes after it began, and doubts it", async () => {
    const story = await storyOf({
      500: [begin(FLIP_C), ...say(["A", "B"], 50, 2)],
      502: [begin("C:off@502+90"), ...say(["A", "B"], 51, 2, 7)],
      503: [...say(["A", "B"], 33, 2, 1), ...say(["A", "B"], 40, 2, 3)],
      592: [end("C:off@502+90")],
    });
    const [first, second] = [chapterOf(story, FLIP_C), chapterOf(story, "C:off@502+90")];
    expect(told(first)).toEqual(["+0 ACCUSE_VALUE"]);
    expect(told(second)).toEqual(["+0 ACCUSE_SILENCE", "+1 CHANNEL_OPEN", "+1 MODE", "+90 FAULT_ENDS"]);
    expect(first.outcome.text).toBe(
      "Noticed in the same frame. No output was held. From frame 502 on, new trouble there is told under C:off@502+90.",
    );
    expect(second.outcome.text).toContain(`${FLIP_C} came before in the same place and fits as well.`);
  });

  it("does not call a sensor out that came back under a later fault", async () => {
    const later = "B.gyro_x:stuck(0)@510+20";
    const story = await storyOf({
      500: [begin(STUCK_B), ...say(ALL, 22, 1, 1)],
      510: [begin(later)],
      520: [end(STUCK_B)],
      525: say(ALL, 22, 1, 2),
      530: [end(later)],
      800: say(ALL, 24, 1),
    });
    expect(told(chapterOf(story, STUCK_B))).toEqual(["+0 SENSOR_OPEN", "+20 FAULT_ENDS"]);
    expect(chapterOf(story, STUCK_B).outcome.out).toEqual([]);
    expect(told(chapterOf(story, later))).toEqual(["+15 SENSOR_OPEN", "+20 FAULT_ENDS", "+290 SENSOR_HEALTHY"]);
    expect(chapterOf(story, later).outcome).toMatchObject({ actedAfter: 15, backAfter: 290 });
  });

  it("remembers a fault that acts, however long nothing was heard of it", async () => {
    const story = await storyOf({
      10: [begin("B.gyro_x:freeze@10")],
      20: [begin("C>A:drop@20+3000")],
      1500: [begin("C:babble@1500")],
      1510: [...say(ALL, 22, 1, 1), ...say(["A"], 51, 2, 7), ...say(["A", "B"], 50, 2)],
    });
    expect(told(chapterOf(story, "B.gyro_x:freeze@10"))).toEqual(["+1500 SENSOR_OPEN"]);
    expect(told(chapterOf(story, "C>A:drop@20+3000"))).toEqual(["+1490 ACCUSE_SILENCE"]);
    expect(told(chapterOf(story, "C:babble@1500"))).toEqual(["+10 ACCUSE_VALUE"]);
  });

  it("goes on with a report where it began, whatever began since", async () => {
    const pending = (frame: number) => [frame, say(["A"], 60, 0)] as const;
    const story = await storyOf(
      together(
        { 500: [begin(FLIP_C)], 504: [begin("B:babble@504")] },
        flip("C"),
        Object.fromEntries([501, 503, 505, 507].map(pending)),
      ),
    );
    const entry = chapterOf(story, FLIP_C).lines.find((line) => line.entry.name === "FRAME_PENDING")?.entry;
    expect(entry).toMatchObject({ frame: 501, last: 507 });
    expect(told(chapterOf(story, "B:babble@504"))).toEqual([]);
  });

  it("tells an input that two sensors dispute in a chapter of both", async () => {
    const faults = ["A.gyro_x:stuck@500", "B.gyro_x:stuck(0)@500"];
    const story = await storyOf({ 500: faults.map(begin), 501: say(ALL, 26, 0), 900: say(ALL, 28, 0) });
    expect(told(chapterOf(story, ...faults))).toEqual(["+1 INPUT_DISPUTED", "+400 INPUT_VALID"]);
  });

  it("calls a channel out by the records alone, and does not say that it is back while its gate is off", async () => {
    const story = await storyOf({
      500: [begin("A:hang@500+5"), ...say(["A"], 65, 0, 1)],
      510: say(ALL, 30, 0, 4),
      560: say(ALL, 32, 0),
    });
    const { outcome } = chapterOf(story, "A:hang@500+5");
    expect(outcome).toMatchObject({ out: [], gatesOff: ["A"], backAfter: undefined });
    expect(outcome.text).toContain("The gate of A is still off: its line does not count.");
    expect(outcome.text).not.toMatch(/Still out|Back/);
    expect(story).toMatchObject({ out: [], gatesOff: ["A"] });
  });

  it("excuses the channels that another fault keeps from reporting", async () => {
    const story = await storyOf(
      together({ 500: [begin(FLIP_C), begin(STUCK_B)] }, flip("C"), {
        502: say(["A", "B"], 22, 1),
        700: say(["A"], 24, 1),
      }),
    );
    const [open, back] = chapterOf(story, STUCK_B).lines;
    expect(open?.entry).toMatchObject({ by: ["A", "B"], excused: ["B", "C"] });
    expect(back?.entry).toMatchObject({ by: ["A"], excused: ["B", "C"] });
  });
});

describe("the story of a window", () => {
  const events = together({ 500: [begin(STUCK_B), begin(FLIP_C)], 520: [end(STUCK_B)] }, stuck("B"), flip("C"));

  it("knows the faults that began before it, and counts from them", async () => {
    const story = await storyOf(events, { from: 510, faults: [FLIP_C, STUCK_B] });
    expect(story.chapters.map(({ cause }) => cause)).toEqual([expect.stringContaining(`Injected: ${STUCK_B}. `)]);
    expect(told(chapterOf(story, STUCK_B))).toEqual(["+20 FAULT_ENDS", "+102 SENSOR_PROBATION", "+202 SENSOR_HEALTHY"]);
    expect(chapterOf(story, STUCK_B).outcome).toMatchObject({ noticedAfter: undefined, backAfter: 202 });
    expect(chapterOf(story, STUCK_B).outcome.text).toContain("It began before frame 510. Back after 202 frames.");
  });

  it("knows no more of a fault than its event says when the log has no list of faults", async () => {
    const bare = (run: Events): Events =>
      Object.fromEntries(
        Object.entries(run).map(([frame, told]) => [
          frame,
          told.map(({ fault, ...one }) =>
            fault === undefined ? one : { ...one, subject: 1, text: "Ended: something" },
          ),
        ]),
      );
    const story = await storyOf(bare(events), { from: 510 });
    expect(story.chapters.map(({ cause, faults }) => [cause, faults])).toEqual([["Ended: something", ["fault 1"]]]);
    expect(told(chapterOf(story, "fault 1"))).toEqual(["+0 FAULT_ENDS", "+82 SENSOR_PROBATION", "+182 SENSOR_HEALTHY"]);
  });
});

describe("the story of any faults", () => {
  it("tells every event once, none before its cause, and what a sensor does under its own fault", () => {
    fc.assert(
      fc.property(fc.array(anyFrame(), { maxLength: 30 }), (frames) => {
        const records = recordsOf(frames);
        const placed = placesOf(records);
        expect([...placed.keys()].length).toBe(records.flat().length);
        for (const [{ frame, code, subject }, chapter] of placed) {
          expect(frame).toBeGreaterThanOrEqual(chapter.frame);
          const isActing = records.flat().some((one) => isActingFault(one) && one.frame <= frame);
          if (code === 22 && subject === 1 && isActing) expect(faultsIn(chapter)).toEqual([ACTING]);
        }
      }),
      { seed: 2026, numRuns: 300 },
    );
  });

  it("does not depend on the order in which faults of one frame were injected", () => {
    fc.assert(
      fc.property(fc.array(anyFrame(), { maxLength: 30 }), (frames) => {
        const [one, other] = [frames, frames.map((frame) => ({ ...frame, faults: [...frame.faults].reverse() }))].map(
          (run) =>
            [...placesOf(recordsOf(run))]
              .filter(([{ by }]) => by !== "host")
              .map(([{ frame, code, by, subject }, chapter]) => [frame, code, by, subject, faultsIn(chapter).sort()]),
        );
        expect(one).toEqual(other);
      }),
      { seed: 2026, numRuns: 300 },
    );
  });
});

const ACTING = "B.gyro_x:stuck@0+100000";
const FAULTS = ["B:off@0+50", "C:bitflip@0", "A>B:drop@0", "C>B:drop@0+20", "A.gyro_x:old@0", "A>C:flag@0+9"];
const RESOLVED = handFaults([ACTING, ...FAULTS], 1_000_000).map((fault, index) => toldFault(fault, index, handTable()));
/** One behind the last: the list does not have it. */
const INDICES = [...RESOLVED.keys(), RESOLVED.length];

function isActingFault({ code, subject }: EventRecord): boolean {
  return code === 90 && RESOLVED[subject]?.text === ACTING;
}
const CODES = [10, 11, 21, 22, 24, 26, 28, 30, 32, 33, 35, 40, 50, 51, 60, 64, 65, 80, 81, 82, 83, 4000];

interface AnyFrame {
  /** Frames since the one before. */
  readonly gap: number;
  /** By their index. */
  readonly faults: readonly number[];
  readonly events: readonly (readonly [number, Name, number, number])[];
}

function anyFrame(): fc.Arbitrary<AnyFrame> {
  const fault = fc.constantFrom(...INDICES);
  return fc.record({
    gap: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 600 })),
    faults: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.uniqueArray(fault, { maxLength: 4 })),
    events: fc.array(
      fc.tuple(fc.constantFrom(...CODES), fc.constantFrom(...ALL), fc.nat({ max: 2 }), fc.integer({ min: 1, max: 3 })),
      { maxLength: 8 },
    ),
  });
}

function recordsOf(frames: readonly AnyFrame[]): EventRecord[][] {
  let at = 0;
  return frames.map(({ gap, faults, events }) => {
    at += gap;
    const host = faults.map((subject) => ({ by: "host", code: 90, subject, argument: 0, text: "" }));
    const rest = events.map(([code, by, subject, argument]) => ({ by, code, subject, argument, text: "" }));
    return [...host, ...rest].map((one) => {
      const { name, level } = eventKind(one.code);
      return { ...one, frame: at, name, level };
    });
  });
}

function placesOf(frames: readonly EventRecord[][]): Map<EventRecord, OpenChapter> {
  const placed = new Map<EventRecord, OpenChapter>();
  const beginnings = new Map(
    frames
      .flat()
      .reverse()
      .map((event) => [event.code === 90 ? event.subject : -1, event.frame]),
  );
  // As long as ever: a list of faults knows when they begin.
  const faults = RESOLVED.map((fault) => ({ ...fault, frame: beginnings.get(fault.index) ?? 0 }));
  const plot = new Plot({ signals: handTable(), faults, from: 0 });
  for (const frame of frames) {
    plot.place(frame, (event, chapter) => {
      expect(placed.has(event)).toBe(false);
      placed.set(event, chapter);
    });
  }
  return placed;
}

function faultsIn({ suspects }: OpenChapter): string[] {
  return suspects.map(({ fault }) => fault.text);
}
