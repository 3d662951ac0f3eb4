import {
  CHANNELS,
  channelsText,
  DECLARATIONS,
  enumName,
  HEALTHS,
  listText,
  STAGE_OUTCOMES,
} from "../../model/enums.ts";
import { NO_FRAME, packedValue } from "../../model/record.ts";
import type { Signal } from "../../model/signals.ts";
import { causesText, counted, numberText, sampleText } from "../../model/words.ts";
import { fieldText, fieldTexts, hashText } from "../decode.ts";
import { type FrameSet, readField, type VoterLog } from "../reader.ts";
import { Results, type Seen, STATES, stemText } from "./told-results.ts";

/** One frame in full, in the order in which the channels went through it. */

export type Block =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "table"; readonly rows: readonly (readonly (string | number)[])[] };

/** Explains a frame as the given channels (0 for A) logged it. */
export function explainFrame(log: VoterLog, set: FrameSet, channels: readonly number[]): Block[] {
  const explainer = new Explainer(log, set, channels);
  return [
    ...explainer.stale(),
    ...explainer.inputs(),
    ...explainer.consolidation(),
    ...explainer.step(),
    ...explainer.vote(),
    ...explainer.evidence(),
    ...explainer.health(),
    ...explainer.commit(),
    ...explainer.stage(),
  ];
}

class Explainer {
  readonly #log: VoterLog;
  readonly #set: FrameSet;
  readonly #seen: readonly Seen[];
  readonly #results: Results;
  /** Those that committed this frame, all when none did: the agreed state of the others is an older one. */
  readonly #current: readonly Seen[];

  constructor(log: VoterLog, set: FrameSet, channels: readonly number[]) {
    this.#log = log;
    this.#set = set;
    this.#seen = channels.flatMap((channel) => {
      const [view, name] = [set.channels[channel], CHANNELS[channel]];
      return view === undefined || name === undefined ? [] : [{ channel, name, view }];
    });
    this.#results = new Results(log, set.frame, this.#seen);
    const committed = this.#seen.filter((one) => this.#results.hasCommitted(one));
    this.#current = committed.length === 0 ? this.#seen : committed;
  }

  /** Channels whose record shows an older agreed state: without this, its selection would be taken for this frame's. */
  stale(): Block[] {
    return this.#seen.flatMap(({ name, view }): Block[] => {
      const committed = this.#value(view, "committed_frame");
      if (committed === this.#set.frame) return [];
      const of = committed === NO_FRAME ? "from before its first commit" : `of frame ${committed}`;
      const text = `${name} did not commit this frame: its selection, health and mode below are the state ${of}.`;
      return [{ kind: "text", text }];
    });
  }

  inputs(): Block[] {
    const { inputs } = this.#log.table;
    if (inputs.length === 0) return [];
    const sampled = [
      ["sample", "unit", ...this.#seen.map(({ name }) => name)],
      ...inputs.map((input) => [input.name, input.unit || "-", ...this.#texts(`${input.name}_sample`)]),
    ];
    const fields = (input: Signal) => [input.name, `${input.name}_why`, `${input.name}_used`];
    const selected = [
      ["selected", "at", "value", "why", "from"],
      ...inputs.flatMap((input) =>
        this.#groups(fields(input)).map(({ names, texts }) => [input.name, names, ...texts]),
      ),
    ];
    const remarks = inputs.flatMap((input) => this.#remarks(input));
    return [
      heading("samples and selection"),
      { kind: "table", rows: sampled },
      { kind: "table", rows: selected },
      ...remarks,
    ];
  }

  consolidation(): Block[] {
    const rows = [
      ["at", ...CHANNELS.map((source) => `data of ${source}`)],
      ...this.#seen.map(({ name, view }) => [
        name,
        ...CHANNELS.map((source) => this.#text(view, `source_${source.toLowerCase()}`)),
      ]),
    ];
    return [heading("consolidation: on which way each channel's data arrived"), { kind: "table", rows }];
  }

  step(): Block[] {
    const { outputs, probes } = this.#log.table;
    const cells = (name: string) => this.#texts(name);
    const rows = [
      ["", ...this.#seen.map(({ name }) => name)],
      ["step", ...cells("step_status")],
      ["fuel used", ...cells("fuel_used")],
      ...[...outputs, ...probes].map((signal) => [withUnit(signal), ...cells(signal.name)]),
    ];
    return [heading("step: results of each channel"), { kind: "table", rows }];
  }

  vote(): Block[] {
    const hashes = (stem: string) => [
      stemText(stem),
      ...this.#seen.map(({ view }) => hashText(view, this.#log.channelLayout, stem)),
    ];
    const rows = [
      ["", ...this.#seen.map(({ name }) => name)],
      hashes("digest"),
      ...this.#stateOf(),
      ...STATES.map(hashes),
      ["result received of", ...this.#texts("received")],
      ["result equal at", ...this.#texts("matching")],
      ["outcome", ...this.#texts("outcome")],
      ["without majority", ...this.#texts("no_majority")],
    ];
    return [heading("vote"), { kind: "table", rows }, { kind: "text", text: this.#results.text() }];
  }

  /** Frame that the hashes of the state are of, where it is an older one: the record has no other. */
  #stateOf(): string[][] {
    if (this.#seen.every((one) => this.#results.hasCommitted(one))) return [];
    const frames = this.#seen.map(({ view }) => this.#value(view, "committed_frame"));
    return [["state of", ...frames.map((frame) => (frame === NO_FRAME ? "no frame yet" : `frame ${frame}`))]];
  }

  evidence(): Block[] {
    const texts = this.#seen.flatMap(({ name, view }) => {
      const told: string[] = [];
      const accused = this.#value(view, "accusations");
      if (accused !== 0) told.push(`${name} accuses ${channelsText(accused)} of a wrong result.`);
      const omissions = this.#value(view, "omissions");
      for (const [peer, other] of CHANNELS.entries()) {
        const missing = ["X1", "X2", "X3"].filter((_, kind) => ((omissions >>> (3 * peer + kind)) & 1) === 1);
        if (missing.length > 0) told.push(`${name} misses ${listText(missing)} of ${other}.`);
      }
      const declaration = this.#value(view, "declaration");
      if (declaration !== 0) told.push(`${name} declares: ${DECLARATIONS[declaration] ?? declaration}.`);
      return told;
    });
    if (texts.length === 0) texts.push("Nobody accuses, misses or declares anything.");
    return [heading("evidence"), ...texts.map((text): Block => ({ kind: "text", text }))];
  }

  health(): Block[] {
    const rows = [["of", "seen by", "health", "alpha", "trips", "out until"]];
    const causes: Block[] = [];
    for (const of of CHANNELS) {
      const fields = ["health", "alpha", "trips", "cooldown_end", "err"].map((stem) => `${stem}_${of.toLowerCase()}`);
      for (const { names, texts } of this.#groups(fields)) {
        const [health = "", alpha = "", trips = "", until = "", err = ""] = texts;
        rows.push([of, names, health, numberText(Number(alpha) / 256), trips, until]);
        const text = `${of} is in error, seen by ${names}: ${causesText(Number(err))}.`;
        if (err !== "0") causes.push({ kind: "text", text });
      }
    }
    return [heading("health of the channels (agreed state)"), { kind: "table", rows }, ...causes];
  }

  commit(): Block[] {
    const names = ["mode", "committed_frame", "pending_frame", "gate", "driven", "pulls"];
    const rows = [
      ["", ...this.#seen.map(({ name }) => name)],
      ...names.map((name) => [name.replace("_", " "), ...this.#texts(name)]),
    ];
    return [heading("mode and commit"), { kind: "table", rows }];
  }

  stage(): Block[] {
    const view = this.#set.stage;
    if (view === undefined) return [heading("output stage"), { kind: "text", text: "No record of it." }];
    const layout = this.#log.stageLayout;
    const text = (name: string) => {
      const field = layout.byName.get(name);
      return field === undefined ? "" : fieldText(view, field);
    };
    const outcome = STAGE_OUTCOMES[readField(view, layout, "outcome")] ?? text("outcome");
    const latched = readField(view, layout, "latched") === 0 ? "" : " SAFE is latched.";
    const lines = `${outcome}: enabled ${text("enabled")}; lines of this frame ${text("counted")}; agreeing ${text("agreeing")}; held ${counted(readField(view, layout, "held_frames"), "frame")}.${latched}`;
    const rows = [
      ...this.#log.table.outputs.map((output) => [withUnit(output), text(output.name)]),
      ["output hash", hashText(view, layout, "hash")],
    ];
    return [heading("output stage: what the actuators get"), { kind: "text", text: lines }, { kind: "table", rows }];
  }

  /** Samples that were not used, and sensors that are not healthy. */
  #remarks(input: Signal): Block[] {
    const reasons = this.#commonNumber(`${input.name}_reasons`);
    const sensors = this.#commonNumber(`${input.name}_sensors`);
    const used = this.#commonNumber(`${input.name}_used`) ?? 0;
    const invalid = this.#current.filter(({ view }) => this.#value(view, `${input.name}_valid`) === 0);
    const told = CHANNELS.flatMap((name, channel) => {
      const reason = reasons === undefined ? 0 : packedValue(reasons, channel);
      const health = sensors === undefined ? 0 : packedValue(sensors, channel);
      const parts = [
        reason === 0 ? undefined : `not used: ${sampleText(reason)}`,
        health === 0 ? undefined : `sensor ${enumName("health", health)}`,
        // Selection comes before diagnosis: the sample that tripped the sensor was still used.
        isOut(health) && ((used >>> channel) & 1) === 1
          ? "opens in this frame, so its sample was still used"
          : undefined,
      ].filter((part) => part !== undefined);
      return parts.length === 0 ? [] : [`${name}.${input.name}: ${parts.join(", ")}.`];
    });
    if (reasons === undefined) told.push(`${input.name}: the channels see different reasons.`);
    if (invalid.length > 0) told.push(`${input.name} is invalid at ${listText(invalid.map(({ name }) => name))}.`);
    return told.map((text): Block => ({ kind: "text", text }));
  }

  /** The shown channels by what they logged in these fields: those that agree stand together. */
  #groups(fields: readonly string[]): { readonly names: string; readonly texts: readonly string[] }[] {
    const groups = new Map<string, { names: string[]; texts: string[] }>();
    const columns = fields.map((field) => this.#texts(field));
    for (const [i, { name }] of this.#seen.entries()) {
      const texts = columns.map((column) => column[i] ?? "");
      const group = groups.get(texts.join("|")) ?? { names: [], texts };
      group.names.push(name);
      groups.set(texts.join("|"), group);
    }
    return [...groups.values()].map(({ names, texts }) => ({ names: listText(names), texts }));
  }

  #commonNumber(name: string): number | undefined {
    const [first, ...others] = this.#current.map(({ view }) => this.#value(view, name));
    return others.every((other) => other === first) ? first : undefined;
  }

  #texts(name: string): string[] {
    const field = this.#log.channelLayout.byName.get(name);
    const views = this.#seen.map(({ view }) => view);
    return field === undefined ? views.map(() => "") : fieldTexts(views, field);
  }

  #text(view: DataView, name: string): string {
    const field = this.#log.channelLayout.byName.get(name);
    return field === undefined ? "" : fieldText(view, field);
  }

  #value(view: DataView, name: string): number {
    return readField(view, this.#log.channelLayout, name);
  }
}

function isOut(health: number): boolean {
  return health === HEALTHS.indexOf("OPEN") || health === HEALTHS.indexOf("FAILED");
}

function heading(text: string): Block {
  return { kind: "heading", text };
}

function withUnit({ name, unit }: Signal): string {
  return unit === "" ? name : `${name} (${unit})`;
}
