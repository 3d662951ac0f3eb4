/**
 * What a control law's numbers are called and what they may be (docs/module.md, "Signal table").
 * Everything that prints, logs or checks a value takes names, units and limits from here.
 */

/** Every signal is one 32-bit word; `bool` is 0 or 1. */
export type SignalType = "f32" | "i32" | "u32" | "bool";

export type SignalRole = "input" | "output" | "parameter" | "probe";

export type Selection = "median" | "majority";

export interface Signal {
  /** 1 to 48 characters `[a-z][a-z0-9_]*`, unique within the table. */
  readonly name: string;
  /** As the author wrote it (`rad/s`); empty when the value has none. */
  readonly unit: string;
  readonly role: SignalRole;
  readonly type: SignalType;
  /** Inputs: how three sources become one value. */
  readonly selection: Selection;
  /** Inputs: whether a single valid source is used; otherwise the input is invalid. */
  readonly single: boolean;
  /** Address of the value in the module's linear memory. */
  readonly address: number;
  /** Inputs: address of the validity word; 0 otherwise. */
  readonly validAddress: number;
  readonly min: number;
  readonly max: number;
  /** Inputs: how far two good sensors may be apart, in `unit`. */
  readonly tolerance: number;
  /** Greatest change per second in `unit`; 0 = none declared. */
  readonly rateLimit: number;
  /** Outputs: the value when nothing else may be driven; 0 otherwise. */
  readonly safe: number;
  /** Parameters: the value when a bench sets none; 0 otherwise. */
  readonly initial: number;
}

/** The part of the table that a voter log needs: which words a record has, and what they mean. */
export interface SignalList {
  readonly inputs: readonly Signal[];
  readonly outputs: readonly Signal[];
  readonly probes: readonly Signal[];
}

export interface SignalTable extends SignalList {
  /** The law's name. */
  readonly law: string;
  readonly periodUs: number;
  /** Fuel that one step may burn. */
  readonly fuelBudget: number;
  /** Bytes of linear memory that the law declared. */
  readonly memorySize: number;
  /** Bytes from address 0 that snapshots and the state hash cover. */
  readonly stateSize: number;
  /** Most fuel one step can burn; 0 = the build found no bound. */
  readonly worstFuel: number;
  readonly callDepth: number;
  /** Slots of 64 bits over the deepest call path. */
  readonly valueStackDepth: number;
  /** Fault-tolerant time interval of the plant; 0 = not declared. */
  readonly fttiUs: number;
  /** Address of the frame number (u32); 0 = the law does not use it. */
  readonly frameAddress: number;
  /** Address of the period in seconds (f32); 0 = the law does not use it. */
  readonly dtAddress: number;
  readonly parameters: readonly Signal[];
}

/** What the format allows; a table beyond it is refused by every reader. */
export const INPUTS_MAX = 16;
export const OUTPUTS_MAX = 8;
export const PARAMETERS_MAX = 32;
export const PROBES_MAX = 32;
export const NAME_LENGTH_MAX = 48;
export const PERIOD_US_MIN = 1_000;
export const PERIOD_US_MAX = 1_000_000;
