import {
  CHANNELS,
  channelsText,
  DECLARATIONS,
  enumName,
  HEALTHS,
  LINKS,
  listText,
  STAGE_OUTCOMES,
} from "../model/enums.ts";
import { NO_FRAME, packedValue, readField } from "../model/record.ts";
import type { Signal } from "../model/signals.ts";
import { causesText, counted, numberText, sampleText } from "../model/words.ts";
import { fieldText, fieldTexts, hashText } from "./decode.ts";
import { type FrameSet, NO_DETAIL } from "./file/frame-set.ts";
import { AGREED_STATE, MODULE_STATE, Results, type Seen } from "./frame-results.ts";
import type { VoterLog } from "./reader.ts";

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
  /** Those whose selection is of this frame, all when none's is: that of the others is an older one. */
  readonly #current: readonly Seen[];

  constructor(log: VoterLog, set: FrameSet, channels: readonly number[]) {
    this.#log = log;
    this.#set = set;
    this.#seen = channels.flatMap((channel) => {
      const [view, name] = [set.channels[channel], CHANNELS[channel]];
      const detail = set.details[channel] ?? NO_DETAIL;
      return view === undefined || name === undefined ? [] : [{ channel, name, view, detail }];
    });
    this.#results = new Results(log, set.frame, this.#seen);
    const stepped = this.#seen.filter((one) => this.#results.hasStepped(one) || this.#results.hasCommitted(one));
    this.#current = stepped.length === 0 ? this.#seen : stepped;
  }

  /** Channels whose record shows an older agreed state: without this, it would be taken for this frame's. */
  stale(): Block[] {
    return this.#seen.flatMap((one): Block[] => {
      if (this.#results.hasCommitted(one)) return [];
      const committed = this.#value(one.view, "committed_frame");
      const state =
        committed === NO_FRAME ? "the state from before its first commit" : `the state of frame ${committed}`;
      const text = this.#results.hasStepped(one)
        ? `${one.name} did not commit this frame: its selection below is what the step was given, its health and mode are ${state}.`
        : `${one.name} did not run a step in this frame: its selection, health and mode below are ${state}.`;
      return [{ kind: "text", text }];
    });
  }

  inputs(): Block[] {
    const { inputs } = this.#log.table;
    if (inputs.length === 0) return [];
    const sampled = [
      ["sample", "unit", ...this.#seen.map(({ name }) => name)],
      ...inputs.map((input, i) => [input.name, input.unit || "-", ...this.#sampleTexts(input, i)]),
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

  /** What each channel read itself; a sample that was stale, or not there, is told. */
  #sampleTexts({ name }: Signal, input: number): string[] {
    const texts = this.#texts(`${name}_sample`);
    return this.#seen.map(({ view }, i) => {
      const isFresh = ((this.#value(view, "fresh") >>> input) & 1) === 1;
      return isFresh ? (texts[i] ?? "") : `${texts[i] ?? ""}, not fresh`;
    });
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
      ...this.#bases(),
      ["fuel used", ...cells("fuel_used")],
      ...[...outputs, ...probes].map((signal) => [withUnit(signal), ...cells(signal.name)]),
    ];
    return [heading("step: results of each channel"), { kind: "table", rows }];
  }

  /** What each step was begun from. */
  #bases(): string[][] {
    const cell = (one: Seen, text: () => string) => (this.#results.hasStepped(one) ? text() : "-");
    return [
      ["stepped from", ...this.#seen.map((one) => cell(one, () => frameText(this.#value(one.view, "base_frame"))))],
      [
        "its state",
        ...this.#seen.map((one) => cell(one, () => hashText(one.view, this.#log.channelLayout, "base_hash"))),
      ],
    ];
  }

  vote(): Block[] {
    const states = this.#seen.map((one) => this.#results.state(one));
    const rows = [
      ["", ...this.#seen.map(({ name }) => name)],
      ["digest", ...this.#seen.map(({ view }) => hashText(view, this.#log.channelLayout, "digest"))],
      ...this.#stateOf(),
      [MODULE_STATE, ...states.map(({ module }) => module)],
      [AGREED_STATE, ...states.map(({ agreed }) => agreed)],
      ["result received of", ...this.#texts("received")],
      ["result equal at", ...this.#texts("matching")],
      ["outcome", ...this.#texts("outcome")],
      ["without majority", ...this.#seen.map(({ detail }) => `${this.#detail(detail, "no_majority")}`)],
    ];
    return [heading("vote"), { kind: "table", rows }, { kind: "text", text: this.#results.text() }];
  }

  /** Frame that the hashes of the state are of, where somebody did not commit this one. */
  #stateOf(): string[][] {
    if (this.#seen.every((one) => this.#results.hasCommitted(one))) return [];
    const cells = this.#seen.map((one) => {
      const { of } = this.#results.state(one);
      const isOpen = of === this.#set.frame && !this.#results.hasCommitted(one);
      return isOpen ? "not committed" : frameText(of ?? NO_FRAME);
    });
    return [["state of", ...cells]];
  }

  evidence(): Block[] {
    const texts = this.#seen.flatMap(({ name, view, detail }) => {
      const told: string[] = [];
      const accused = this.#detail(detail, "accusations");
      if (accused !== 0) told.push(`${name} accuses ${channelsText(accused)} of a wrong result.`);
      const omissions = this.#value(view, "omissions");
      for (const [peer, other] of CHANNELS.entries()) {
        const missing = ["X1", "X2", "X3"].filter((_, kind) => ((omissions >>> (3 * peer + kind)) & 1) === 1);
        if (missing.length > 0) told.push(`${name} misses ${listText(missing)} of ${other}.`);
      }
      const declaration = this.#detail(detail, "declaration");
      if (declaration !== 0) told.push(`${name} declares: ${DECLARATIONS[declaration] ?? declaration}.`);
      const miscompares = this.#detail(detail, "miscompares");
      if (miscompares !== 0) {
        told.push(`${name} found other results on equal data: ${counted(miscompares, "frame")} in a row.`);
      }
      return told;
    });
    if (texts.length === 0) texts.push("Nobody accuses, misses or declares anything.");
    return [heading("evidence"), ...texts.map((text): Block => ({ kind: "text", text }))];
  }

  health(): Block[] {
    const rows = [["of", "seen by", "health", "alpha", "trips", "out for"]];
    const causes: Block[] = [];
    for (const of of CHANNELS) {
      const fields = ["health", "alpha", "trips", "cooldown", "err"].map((stem) => `${stem}_${of.toLowerCase()}`);
      for (const { names, texts } of this.#groups(fields)) {
        const [health = "", alpha = "", trips = "", cooldown = "", err = ""] = texts;
        const out = cooldown === "0" ? "-" : counted(Number(cooldown), "frame");
        rows.push([of, names, health, numberText(Number(alpha) / SCORE_ONE), trips, out]);
        const text = `${of} is in error, seen by ${names}: ${causesText(Number(err))}.`;
        if (err !== "0") causes.push({ kind: "text", text });
      }
    }
    return [heading("health of the channels (agreed state)"), { kind: "table", rows }, ...causes, ...this.#links()];
  }

  /** Links that both ends had trouble with. */
  #links(): Block[] {
    return LINKS.flatMap((link) => {
      const field = `link_${link.replace("-", "").toLowerCase()}`;
      return this.#groups([field]).flatMap(({ names, texts: [score = "0"] }): Block[] => {
        const text = `Link ${link}, seen by ${names}: score ${numberText(Number(score) / SCORE_ONE)}.`;
        return score === "0" ? [] : [{ kind: "text", text }];
      });
    });
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

  /** A field of the records or of their details, a cell for each channel. */
  #texts(name: string): string[] {
    const { channelLayout, detailLayout } = this.#log;
    const field = channelLayout.byName.get(name);
    if (field !== undefined)
      return fieldTexts(
        this.#seen.map(({ view }) => view),
        field,
      );
    const detail = detailLayout.byName.get(name);
    return detail === undefined
      ? this.#seen.map(() => "")
      : fieldTexts(
          this.#seen.map((one) => one.detail),
          detail,
        );
  }

  #text(view: DataView, name: string): string {
    const field = this.#log.channelLayout.byName.get(name);
    return field === undefined ? "" : fieldText(view, field);
  }

  #value(view: DataView, name: string): number {
    return readField(view, this.#log.channelLayout, name);
  }

  #detail(detail: DataView, name: string): number {
    return readField(detail, this.#log.detailLayout, name);
  }
}

/** Alphas and scores are Q8.8. */
const SCORE_ONE = 256;

function frameText(frame: number): string {
  return frame === NO_FRAME ? "no frame yet" : `frame ${frame}`;
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
