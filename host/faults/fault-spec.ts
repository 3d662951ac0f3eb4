import { CHANNELS } from "../model/enums.ts";
import type { ArgumentValue } from "./fault-arguments.ts";
import type { FaultOrigin } from "./fault-error.ts";
import type { FaultMode } from "./fault-modes.ts";

/** Where a fault is: channels count from 0 (A). */
export type FaultWhere =
  | { readonly place: "channel"; readonly channel: number }
  | { readonly place: "link"; readonly from: number; readonly to: number }
  | { readonly place: "sensor"; readonly channel: number; readonly input: string };

/** A given argument and the character it starts at. */
export interface GivenArgument {
  readonly value: ArgumentValue;
  readonly at: number;
}

/** One fault as written, checked as far as that is possible without knowing the run. */
export interface FaultSpec {
  /** As `--fault` takes it. It names the fault: what it draws hangs on it. */
  readonly text: string;
  /** The file that holds it; undefined on the command line. */
  readonly origin: FaultOrigin | undefined;
  readonly where: FaultWhere;
  readonly mode: FaultMode;
  readonly given: ReadonlyMap<string, GivenArgument>;
  /** First frame. */
  readonly frame: number;
  /** Number of frames; left out: the mode's own. */
  readonly frames: number | undefined;
}

/** Longest fault that is read, in characters. */
export const FAULT_TEXT_MAX = 200;
/** More are no scenario but a mistake; a campaign takes its faults one run at a time. */
export const FAULTS_MAX = 64;
/** Frames count to here in messages and records. */
export const FRAME_MAX = 0xfffffffe;

/** `B`, `A>B` or `B.gyro_x`. */
export function whereText(where: FaultWhere): string {
  switch (where.place) {
    case "channel":
      return CHANNELS[where.channel] ?? "";
    case "link":
      return `${CHANNELS[where.from]}>${CHANNELS[where.to]}`;
    case "sensor":
      return `${CHANNELS[where.channel]}.${where.input}`;
    default:
      return where satisfies never;
  }
}
