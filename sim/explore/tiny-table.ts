import type { Windows } from "../../host/model/windows.ts";
import { loadFirmware } from "../channel/firmware.ts";

/** An input as its record in the signal table says it (docs/module.md, "Signal table"); the rest has harmless defaults. */
export interface InputSpec {
  readonly type?: "f32" | "i32" | "u32" | "bool";
  readonly selection?: "median" | "majority";
  readonly single?: boolean;
  readonly least?: number;
  readonly greatest?: number;
  readonly tolerance?: number;
  /** Per second, 0 = none. */
  readonly rate?: number;
}

const TYPES = ["f32", "i32", "u32", "bool"];
const HEADER = 64;
const RECORD = 64;

/** Header and records as the core reads them, made by hand: what the build writes is another test's matter. */
export function signalTable(inputs: readonly InputSpec[], outputs: number, periodUs = 10_000): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER + RECORD * (inputs.length + outputs)));
  view.setUint32(0, 0x47495351, true);
  view.setUint16(4, 1, true);
  view.setUint16(6, HEADER, true);
  view.setUint32(8, periodUs, true);
  view.setUint16(32, inputs.length, true);
  view.setUint16(34, outputs, true);
  inputs.forEach((input, index) => {
    const at = HEADER + RECORD * index;
    view.setUint8(at + 9, TYPES.indexOf(input.type ?? "f32"));
    view.setUint8(at + 10, input.selection === "majority" ? 1 : 0);
    view.setUint8(at + 11, input.single === false ? 0 : 1);
    view.setFloat64(at + 24, input.least ?? -1000, true);
    view.setFloat64(at + 32, input.greatest ?? 1000, true);
    view.setFloat64(at + 40, input.tolerance ?? 5, true);
    view.setFloat64(at + 48, input.rate ?? 0, true);
  });
  for (let output = 0; output < outputs; output += 1) {
    view.setUint8(HEADER + RECORD * (inputs.length + output) + 8, 1);
  }
  return new Uint8Array(view.buffer);
}

/** The windows of REDUNDANCY's example: 100 Hz at 921 600 baud. */
export const WINDOWS: Windows = {
  x1OpenUs: 500,
  x1CloseUs: 2000,
  x2CloseUs: 3500,
  stepCloseUs: 6500,
  x3CloseUs: 8000,
  lineUs: 8200,
};

export const CORE = loadFirmware("core").module;
export const STAGE = loadFirmware("stage").module;

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** The word of an f32. */
export function f32(value: number): number {
  floats[0] = value;
  return bits[0] as number;
}

/** The f32 of a word. */
export function floatOf(word: number): number {
  bits[0] = word;
  return floats[0] as number;
}
