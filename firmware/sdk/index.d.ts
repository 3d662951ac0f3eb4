/// <reference types="assemblyscript/std/assembly/index.d.ts" />

/**
 * What a control law imports: `import { F32Input, input, law, output } from "quorate/sdk"`.
 *
 * This file is for the editor and `tsc`. `quorate build` reads the decorators out of the law and puts the classes of
 * `assembly/index.ts` in their place; docs/control-law.md explains each field.
 */

/** A real-valued input of this frame, as selected from up to three sensors. */
export declare class F32Input {
  private constructor();
  /** The selected value. Meaningful only while `valid` is true; it may be stale or zero otherwise. */
  readonly value: f32;
  /** True when consolidation and selection gave a value that may be used. */
  readonly valid: bool;
}

/** A signed whole-number input of this frame. */
export declare class I32Input {
  private constructor();
  readonly value: i32;
  readonly valid: bool;
}

/** An unsigned whole-number input of this frame. */
export declare class U32Input {
  private constructor();
  readonly value: u32;
  readonly valid: bool;
}

/** A yes-or-no input of this frame. */
export declare class BoolInput {
  private constructor();
  readonly value: bool;
  readonly valid: bool;
}

/** The frame that is being computed; give `step` a parameter of this type when the law needs it. */
export declare class Frame {
  private constructor();
  /** Number of the frame, counted from the start of the run and the same on every channel. */
  readonly number: u32;
  /** Length of the control period in seconds. */
  readonly dt: f32;
}

/** The law as a whole; stands before the class that has `step`. */
export interface LawFields {
  /** 1 to 48 characters: small letters, digits and dashes. */
  name: string;
  /** Control period, 1 000 to 1 000 000 microseconds. */
  period_us: i32;
  /** WebAssembly instructions that one step may run; a step that runs more is stopped. */
  fuel: i32;
  /** Bytes of memory, at most 65 536 (the default, one page). Less memory means tests on accesses, put in by the build. */
  memory?: i32;
  /** Fault-tolerant time interval of the plant in microseconds: how long a wrong output does no harm. */
  ftti_us?: i32;
}

/** A sensor value. `bool` inputs leave out unit, min, max and tolerance. */
export interface InputFields {
  /** SI symbols with prefixes, `.`, `/` and `^`: "rad/s", "m/s^2", "degC", "%", "1". */
  unit?: string;
  /** Least and greatest value that the sensor can honestly give. */
  min?: f64;
  max?: f64;
  /** How far two good sensors may be apart, in the signal's unit. */
  tolerance?: f64;
  /** Greatest honest change per second, in the signal's unit; left out = not checked. */
  rate?: f64;
  /** How three sources become one value: the median of numbers, the majority of whole numbers and yes-or-no values. */
  selection: "median" | "majority";
  /** What a single valid source means: "use" it, or the input is "invalid". */
  single: "use" | "invalid";
}

/** An actuator command. `bool` outputs leave out unit, min and max. */
export interface OutputFields {
  unit?: string;
  min?: f64;
  max?: f64;
  /** Greatest change per second, in the signal's unit; left out = not checked. */
  rate?: f64;
  /** What is driven when there is no voted value. */
  safe: f64 | bool;
}

/** A number that a bench may set, the same on all channels or calibrated for each. */
export interface ParamFields {
  unit?: string;
  min?: f64;
  max?: f64;
  /** The value when a bench sets none. */
  default: f64 | bool;
}

/** A value for the log only. */
export interface ProbeFields {
  unit?: string;
}

type ClassMark = (target: abstract new () => unknown, context?: unknown) => void;
type FieldMark = (target: unknown, field: unknown) => void;

export declare function law(fields: LawFields): ClassMark;
export declare function input(fields: InputFields): FieldMark;
export declare function output(fields: OutputFields): FieldMark;
export declare function param(fields: ParamFields): FieldMark;
export declare function probe(fields: ProbeFields): FieldMark;

/** The value, or the limit it passed. NaN gives `low`: a law that lost its numbers commands the lower limit, never NaN. */
export declare function clamp(value: f32, low: f32, high: f32): f32;
/** Moves `from` towards `to` by at most `step` (which is not negative). NaN in `to` stays at `from`. */
export declare function approach(from: f32, to: f32, step: f32): f32;
