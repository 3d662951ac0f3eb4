import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FaultError } from "../../host/faults/fault-error.ts";
import { FAULT_MODES, type FaultArgument, type FaultMode } from "../../host/faults/fault-modes.ts";
import { faults, samples, TARGET } from "../../host/faults/testing.ts";
import { crc32c } from "../../host/model/crc32c.ts";
import { ChannelFaults } from "../../sim/injection/channel-faults.ts";
import { LinkFaults } from "../../sim/injection/link-faults.ts";
import { SensorFaults } from "../../sim/injection/sensor-faults.ts";

/**
 * Goal: whatever faults are combined, the appliers keep their contracts.
 * Method: random lists of faults from the whole list with random arguments, over twenty frames; everything that is
 * delivered is written down and compared between runs.
 */
const FRAMES = 20;
const SEED = { seed: 2026, numRuns: 100 };

function argument({ name, type }: FaultArgument): fc.Arbitrary<string> {
  switch (type.kind) {
    case "number":
      return fc
        .double({ min: Math.max(type.least, -50), max: Math.min(type.greatest, 50), noNaN: true })
        .map((n) => `${name}=${n}`);
    case "integer":
      return fc.integer({ min: type.least, max: Math.min(type.greatest, 60) }).map((n) => `${name}=${n}`);
    case "choice":
      return fc.constantFrom(...type.words).map((word) => `${name}=${word}`);
    case "input":
      return fc.constant(`${name}=gyro_y`);
    case "channel":
      return fc.constant(`${name}=C`);
    case "messages":
      return fc.constantFrom("X1", "X2|X3", "X1|X2|X3").map((word) => `${name}=${word}`);
    default:
      return type satisfies never;
  }
}

function text(mode: FaultMode): fc.Arbitrary<string> {
  const where = {
    channel: fc.constantFrom("A", "B"),
    link: fc.constantFrom("A>B", "C>A", "B>C"),
    sensor: fc.constant("B.gyro_x"),
  };
  const times = fc.tuple(fc.integer({ min: 0, max: FRAMES - 1 }), fc.integer({ min: 1, max: FRAMES }));
  return fc
    .tuple(where[mode.place], fc.tuple(...mode.arguments.map(argument)), times)
    .map(([place, args, [frame, frames]]) => `${place}:${mode.name}(${args.join(",")})@${frame}+${frames}`);
}

const anyFault = fc.oneof(...FAULT_MODES.map(text));
const anyFaults = fc.array(anyFault, { maxLength: 5 });

/** Everything that reaches the channels, frame by frame, in text. */
function story(texts: readonly string[]): string[] {
  const list = faults(...texts);
  const sensors = new SensorFaults(list, { inputs: TARGET.table.inputs.length });
  const links = new LinkFaults(list, TARGET.table);
  const channels = new ChannelFaults(list);
  return Array.from({ length: FRAMES }, (_, frame) => {
    const seen = samples();
    sensors.apply(frame, seen);
    const told = [`${seen.words} ${seen.fresh}`];
    for (let from = 0; from < 3; from += 1) {
      const { running, reset, pulls, flips, flipCount, badLine } = channels.at(frame, from);
      if ((pulls & (1 << from)) !== 0) throw new Error(`frame ${frame}: a channel pulls itself`);
      told.push(JSON.stringify([running, reset, pulls, badLine, flips.slice(0, flipCount)]));
      for (const to of [0, 1, 2].filter((peer) => peer !== from)) told.push(message(links, frame, from, to));
    }
    return told.join("\n");
  });
}

function message(links: LinkFaults, frame: number, from: number, to: number): string {
  const told: string[] = [];
  for (const kind of [1, 2, 3]) {
    const sent = Uint8Array.from({ length: kind === 2 ? 100 : 76 }, (_, i) => i + kind);
    const before = crc32c(sent);
    const { bytes, copies, delayUs, againUs, flagged } = links.apply(frame, from, to, kind, sent);
    // Plain comparisons: an assertion object for each of 100 000 messages would take a minute.
    if (crc32c(sent) !== before || bytes.length !== sent.length)
      throw new Error(`frame ${frame}: the sender's bytes changed`);
    if (![0, 1, 2].includes(copies) || delayUs < 0) throw new Error(`frame ${frame}: ${copies} copies, ${delayUs} us`);
    told.push(`${crc32c(bytes)} ${copies} ${delayUs} ${againUs} ${flagged}`);
  }
  return told.join("|");
}

describe("any combination of faults", () => {
  it("does the same in every run and never touches what was sent", () => {
    fc.assert(
      fc.property(anyFaults, (texts) => {
        expect(story(texts)).toEqual(story(texts));
      }),
      SEED,
    );
  });

  it("does nothing before its first frame and nothing after its last", () => {
    const clean = story([]);
    fc.assert(
      fc.property(anyFault, (one) => {
        const [, first = "", frames = ""] = /@(\d+)\+(\d+)$/.exec(one) ?? [];
        const hurt = story([one]);
        // Power and memory come back one frame after the end of `off`.
        const end = Number(first) + Number(frames) + (one.includes(":off") ? 1 : 0);
        for (const [frame, told] of hurt.entries())
          if (frame < Number(first) || frame >= end) expect(told === clean[frame]).toBe(true);
      }),
      SEED,
    );
  });

  it("is the sum of its parts where the parts do not meet", () => {
    fc.assert(
      fc.property(
        text(mode("sensor", "noise")),
        text(mode("link", "corrupt")),
        text(mode("channel", "bitflip")),
        (...texts) => {
          // Draws depend on the fault's own text: alone or among others, a fault does the same.
          const together = faults(...texts).map(({ stream }) => stream);
          expect(together).toEqual(texts.map((one) => faults(one)[0]?.stream));
        },
      ),
      SEED,
    );
  });

  it("is refused with a FaultError or bound, whatever the numbers", () => {
    const wild = fc.tuple(
      fc.constantFrom("A", "A>B", "B.gyro_x", "B.armed", "B.none"),
      fc.constantFrom(...FAULT_MODES),
      fc.string(),
    );
    fc.assert(
      fc.property(wild, fc.integer(), ([where, { name }, args], frame) => {
        try {
          faults(`${where}:${name}(${args})@${frame}`);
        } catch (error) {
          expect(error).toBeInstanceOf(FaultError);
        }
      }),
      { seed: 2026, numRuns: 1000 },
    );
  });
});

function mode(place: string, name: string): FaultMode {
  const found = FAULT_MODES.find((candidate) => candidate.place === place && candidate.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}
