import type { Signal } from "../model/signals.ts";

/**
 * Every fault a run can have, once. The parser, the docs (docs/faults.md is checked against this list), the appliers'
 * names and the "did you mean" all come from here. REDUNDANCY section 15 names the fault modes, section 2 the hypotheses.
 */

/** What a fault happens to: one channel, one direction of one link, or one sensor of one channel. */
export type FaultPlace = "channel" | "link" | "sensor";

/**
 * What is claimed while this fault is the only one: `masking` nothing wrong, nothing held, no good channel excluded;
 * `safety` no wrong output for longer than HOLD_FRAMES; `outside` counted, not claimed.
 */
export type Hypothesis = "masking" | "safety" | "outside";

export type ArgumentKind =
  | { readonly kind: "number"; readonly least: number; readonly greatest: number }
  | { readonly kind: "integer"; readonly least: number; readonly greatest: number }
  | { readonly kind: "choice"; readonly words: readonly string[] }
  | { readonly kind: "input" }
  | { readonly kind: "channel" }
  | { readonly kind: "messages" };

/** What an argument is when nobody gives it. `derived`: found when the fault meets its run. `required`: it must be given. */
export type Standard =
  | { readonly kind: "value"; readonly value: number | string }
  | { readonly kind: "signal"; readonly text: string; readonly of: (signal: Signal) => number }
  | { readonly kind: "derived"; readonly text: string }
  | { readonly kind: "required" };

export interface FaultArgument {
  readonly name: string;
  /** `signal` stands for the unit of the sensor's signal; empty for a bare number or word. */
  readonly unit: string;
  readonly type: ArgumentKind;
  readonly standard: Standard;
}

export interface FaultMode {
  readonly name: string;
  readonly place: FaultPlace;
  readonly arguments: readonly FaultArgument[];
  /** One sentence, starts with the subject it happens to. */
  readonly about: string;
  readonly hypothesis: Hypothesis;
  /** Without `+<frames>`: one frame, or to the end of the run. */
  readonly lasts: "once" | "end";
  /** Whether consolidated samples may differ from the clean run's: the output hash may then differ as well. */
  readonly touchesSamples: boolean;
}

/** Greatest finite f32: a declared range may be unbounded, a stuck sensor still reads something. */
const F32_MAX = 3.4028234663852886e38;
const ANY: ArgumentKind = { kind: "number", least: -F32_MAX, greatest: F32_MAX };
const SHARE: ArgumentKind = { kind: "number", least: 0, greatest: 1 };
const ALWAYS: Standard = { kind: "value", value: 1 };

/** A clear defect: three times what two good sensors may differ, or a tenth of the range without a tolerance. */
function clearlyWrong(signal: Signal): number {
  if (signal.tolerance > 0) return Math.min(3 * signal.tolerance, F32_MAX);
  const span = signal.max - signal.min;
  return Number.isFinite(span) && span > 0 ? span / 10 : 1;
}

function greatest(signal: Signal): number {
  return Math.min(signal.max, F32_MAX);
}

const CLEARLY: Standard = { kind: "signal", text: "3 tolerances", of: clearlyWrong };
const MESSAGES: FaultArgument = {
  name: "messages",
  unit: "",
  type: { kind: "messages" },
  standard: { kind: "value", value: "X1|X2|X3" },
};
const PROBABILITY: FaultArgument = { name: "probability", unit: "per message", type: SHARE, standard: ALWAYS };

function sensor(name: string, about: string, args: readonly FaultArgument[] = []): FaultMode {
  return {
    name,
    place: "sensor",
    about,
    arguments: args,
    hypothesis: "masking",
    lasts: "end",
    touchesSamples: true,
  };
}

function link(name: string, about: string, args: readonly FaultArgument[]): FaultMode {
  return {
    name,
    place: "link",
    about,
    arguments: args,
    hypothesis: "masking",
    lasts: "end",
    touchesSamples: false,
  };
}

type Rest = Partial<Pick<FaultMode, "hypothesis" | "lasts" | "touchesSamples" | "arguments">>;

function channel(name: string, about: string, rest: Rest = {}): FaultMode {
  return {
    name,
    place: "channel",
    about,
    arguments: [],
    hypothesis: "masking",
    lasts: "end",
    touchesSamples: true,
    ...rest,
  };
}

const SENSOR_MODES: readonly FaultMode[] = [
  sensor("stuck", "The sensor reads one value, fresh every frame.", [
    {
      name: "value",
      unit: "signal",
      type: ANY,
      standard: { kind: "signal", text: "the greatest of its range", of: greatest },
    },
  ]),
  sensor("offset", "The sensor reads too much by a constant.", [
    { name: "by", unit: "signal", type: ANY, standard: CLEARLY },
  ]),
  sensor("drift", "The sensor's error grows from zero at a constant rate.", [
    { name: "rate", unit: "signal per s", type: ANY, standard: CLEARLY },
  ]),
  sensor("noise", "The sensor's reading is disturbed by Gaussian noise.", [
    { name: "sigma", unit: "signal", type: { kind: "number", least: 0, greatest: F32_MAX }, standard: CLEARLY },
  ]),
  sensor("scale", "The sensor's reading is multiplied.", [
    { name: "factor", unit: "", type: ANY, standard: { kind: "value", value: 1.5 } },
  ]),
  sensor("freeze", "The sensor repeats its last good reading and calls it fresh."),
  sensor("old", "The sensor reads what it saw some frames ago and calls it fresh.", [
    {
      name: "age",
      unit: "frames",
      type: { kind: "integer", least: 1, greatest: 10_000 },
      standard: { kind: "value", value: 10 },
    },
  ]),
  sensor("swap", "The sensor's wire is exchanged with that of another input of the same channel.", [
    { name: "with", unit: "", type: { kind: "input" }, standard: { kind: "required" } },
  ]),
  sensor("drop", "The sensor gives nothing: its sample is absent.", [{ ...PROBABILITY, unit: "per frame" }]),
];

const LINK_MODES: readonly FaultMode[] = [
  link("drop", "Messages in this direction are lost.", [MESSAGES, PROBABILITY]),
  link("corrupt", "Bits of messages in this direction are inverted on the wire.", [
    {
      name: "bits",
      unit: "",
      type: { kind: "integer", least: 1, greatest: 256 },
      standard: { kind: "value", value: 3 },
    },
    MESSAGES,
    PROBABILITY,
  ]),
  link("delay", "Messages in this direction arrive late.", [
    {
      name: "by",
      unit: "us",
      type: { kind: "integer", least: 1, greatest: 1_000_000 },
      standard: { kind: "value", value: 2_000 },
    },
    MESSAGES,
    PROBABILITY,
  ]),
  link("duplicate", "Messages in this direction arrive twice.", [
    {
      name: "after",
      unit: "us",
      type: { kind: "integer", least: 0, greatest: 1_000_000 },
      standard: { kind: "value", value: 100 },
    },
    MESSAGES,
    PROBABILITY,
  ]),
  link("flag", "The line reports framing errors: messages arrive whole, but flagged.", [MESSAGES, PROBABILITY]),
];

const PEER: FaultArgument = {
  name: "to",
  unit: "",
  type: { kind: "channel" },
  standard: { kind: "derived", text: "the higher peer" },
};

const CHANNEL_MODES: readonly FaultMode[] = [
  channel("bitflip", "One bit of the channel's memory is inverted; with +<frames>, one in each frame.", {
    lasts: "once",
    arguments: [
      {
        name: "target",
        unit: "",
        type: { kind: "choice", words: ["module", "core"] },
        standard: { kind: "value", value: "module" },
      },
      {
        name: "address",
        unit: "bytes",
        type: { kind: "integer", least: 0, greatest: 0xffffffff },
        standard: { kind: "derived", text: "seeded" },
      },
      {
        name: "bit",
        unit: "",
        type: { kind: "integer", least: 0, greatest: 7 },
        standard: { kind: "derived", text: "seeded" },
      },
    ],
  }),
  channel("hang", "The channel's processor stops and goes on with its old state when the fault ends."),
  channel("reset", "The channel restarts and loses what its memory held.", { lasts: "once" }),
  channel("off", "The channel has no power; it restarts when the fault ends."),
  channel("twofaced", "The channel's own data differs between its peers, each copy with a good checksum.", {
    arguments: [
      {
        name: "what",
        unit: "",
        type: { kind: "choice", words: ["sample", "validity", "accusation", "committed"] },
        standard: { kind: "value", value: "sample" },
      },
      PEER,
    ],
  }),
  channel("forge", "The channel alters what it relays from the third channel and mends both checksums.", {
    arguments: [PEER],
    hypothesis: "outside",
  }),
  channel("babble", "The channel sends every message again at a random later time of the frame.", {
    touchesSamples: false,
  }),
  channel("pull", "The channel pulls its peers' gates without a reason.", {
    touchesSamples: false,
    arguments: [
      {
        name: "peers",
        unit: "",
        type: { kind: "choice", words: ["both", "lower", "higher"] },
        standard: { kind: "value", value: "both" },
      },
    ],
  }),
  channel("line", "The channel drives its line to the output stage wrongly.", {
    touchesSamples: false,
    arguments: [
      {
        name: "how",
        unit: "",
        type: { kind: "choice", words: ["wrong", "stale", "silent"] },
        standard: { kind: "value", value: "wrong" },
      },
    ],
  }),
];

/** Every fault mode, by place. A name may stand for a sensor's and a link's mode alike (`drop`). */
export const FAULT_MODES: readonly FaultMode[] = [...SENSOR_MODES, ...LINK_MODES, ...CHANNEL_MODES];

/** The mode of that name at that place. */
export function faultMode(place: FaultPlace, name: string): FaultMode | undefined {
  return FAULT_MODES.find((mode) => mode.place === place && mode.name === name);
}

/** Names that a place knows, for messages. */
export function faultNames(place: FaultPlace): string[] {
  return FAULT_MODES.filter((mode) => mode.place === place).map((mode) => mode.name);
}
