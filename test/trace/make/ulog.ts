/** ULog files record by record (PX4 user guide, "ULog File Format"). */
import { concat, text, u8, u16, u64 } from "./bytes.ts";

export function head(timestampUs: bigint | number): Uint8Array {
  return concat(u8(0x55, 0x4c, 0x6f, 0x67, 0x01, 0x12, 0x35, 1), u64(timestampUs));
}

export function record(type: string, body: Uint8Array): Uint8Array {
  return concat(u16(body.length), text(type), body);
}

export function flags(options: { incompatible?: number; appended?: readonly number[] } = {}): Uint8Array {
  const offsets = [0, 1, 2].map((i) => u64(options.appended?.[i] ?? 0));
  return record("B", concat(new Uint8Array(8), u8(options.incompatible ?? 0), new Uint8Array(7), ...offsets));
}

export function format(definition: string): Uint8Array {
  return record("F", text(definition));
}

export function add(topic: string, id: number, instance = 0): Uint8Array {
  return record("A", concat(u8(instance), u16(id), text(topic)));
}

export function data(id: number, ...fields: readonly Uint8Array[]): Uint8Array {
  return record("D", concat(u16(id), ...fields));
}

export function sync(): Uint8Array {
  return record("S", u8(0x2f, 0x73, 0x13, 0x20, 0x25, 0x0c, 0xbb, 0x12));
}

export function dropout(ms: number): Uint8Array {
  return record("O", u16(ms));
}

export function log(timestampUs: number, message: string): Uint8Array {
  return record("L", concat(u8(0x36), u64(timestampUs), text(message)));
}
