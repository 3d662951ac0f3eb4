/** Stored numbers of every kind, read as f64. */
import type { ColumnKind } from "./recording.ts";

/** Bytes of each kind. */
export const SIZES: Readonly<Record<ColumnKind, number>> = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  i64: 8,
  u64: 8,
  f64: 8,
};

/** Reads one stored number. A 64-bit integer beyond 2^53 loses its lowest bits, as any f64 does. */
export function numberAt(view: DataView, kind: ColumnKind, place: { at: number; little: boolean }): number {
  const { at, little } = place;
  switch (kind) {
    case "f32":
      return view.getFloat32(at, little);
    case "f64":
      return view.getFloat64(at, little);
    case "i8":
      return view.getInt8(at);
    case "i16":
      return view.getInt16(at, little);
    case "i32":
      return view.getInt32(at, little);
    case "i64":
      return Number(view.getBigInt64(at, little));
    case "u8":
      return view.getUint8(at);
    case "u16":
      return view.getUint16(at, little);
    case "u32":
      return view.getUint32(at, little);
    case "u64":
      return Number(view.getBigUint64(at, little));
    case "bool":
      return view.getUint8(at) === 0 ? 0 : 1;
    default:
      return unreachable(kind);
  }
}

function unreachable(kind: never): never {
  throw new Error(`no such kind: ${String(kind)}`);
}
