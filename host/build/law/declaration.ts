import type { Selection, SignalRole, SignalType } from "../../model/signals.ts";
import type { Place } from "./build-error.ts";

/** What the decorators of a law say, checked. The transform makes it, code and signal table come out of it. */
export interface LawDeclaration {
  readonly name: string;
  readonly periodUs: number;
  readonly fuel: number;
  /** Bytes of linear memory; 65 536 is the full page. */
  readonly memory: number;
  /** 0 = not declared. */
  readonly fttiUs: number;
  /** In table order: inputs, outputs, parameters, probes, each in source order. */
  readonly signals: readonly SignalDeclaration[];
  readonly usesFrame: boolean;
  /** Where `step` is written, for errors about the law as a whole. */
  readonly stepPlace: Place;
  readonly lawPlace: Place;
}

export interface SignalDeclaration {
  readonly name: string;
  readonly role: SignalRole;
  readonly type: SignalType;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly tolerance: number;
  readonly rateLimit: number;
  readonly selection: Selection;
  readonly single: boolean;
  /** Safe value of an output, default of a parameter, 0 otherwise. */
  readonly value: number;
  /** Offset of the value in the signal block; an input's validity word follows it. */
  readonly offset: number;
  /** Where its name is written. */
  readonly place: Place;
}

/** The signal block starts with frame and dt, whether the law uses them or not. */
export const FRAME_OFFSET = 0;
export const DT_OFFSET = 4;
export const FIRST_SIGNAL_OFFSET = 8;
export const MEMORY_MAX = 65_536;
