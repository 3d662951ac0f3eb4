/** Messages built by hand from docs/protocol.md, never by the encoder under test. */
import { crc32c } from "../../host/model/crc32c.ts";

/** Why `receive` refuses, by number (firmware/core/message.ts). */
export const REFUSAL = {
  none: 0,
  flagged: 1,
  size: 2,
  checksum: 3,
  kind: 4,
  source: 5,
  epoch: 6,
  frame: 7,
  window: 8,
  duplicate: 9,
} as const;

export interface Head {
  readonly source: number;
  readonly frame: number;
  readonly epoch?: number;
  readonly version?: number;
  readonly kind?: number;
  readonly reserved?: number;
  /** What the length field says, when it lies. */
  readonly length?: number;
}

function message(kind: number, head: Head, size: number): DataView {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint8(0, head.version ?? 1);
  view.setUint8(1, head.kind ?? kind);
  view.setUint8(2, head.source);
  view.setUint8(3, head.reserved ?? 0);
  view.setUint16(4, head.epoch ?? 1, true);
  view.setUint16(6, head.length ?? size, true);
  view.setUint32(8, head.frame, true);
  return view;
}

function sealed(view: DataView): Uint8Array {
  const bytes = new Uint8Array(view.buffer);
  view.setUint32(bytes.length - 4, crc32c(bytes, 0, bytes.length - 4), true);
  return bytes;
}

export interface X1Fields {
  readonly validity?: number;
  readonly omissions?: number;
  readonly accusations?: number;
  readonly declaration?: number;
  readonly requests?: number;
  readonly selfTest?: number;
  readonly clock?: readonly [number, number];
  readonly committed?: number;
  /** Low and high word. */
  readonly committedHash?: readonly [number, number];
  readonly pending?: number;
  readonly pendingHash?: readonly [number, number];
  readonly agreedHash?: readonly [number, number];
  readonly parameterSet?: number;
  /** Raw words. */
  readonly samples?: readonly number[];
}

function setPair(view: DataView, at: number, [low, high]: readonly [number, number]): void {
  view.setUint32(at, low, true);
  view.setUint32(at + 4, high, true);
}

export function x1(head: Head, fields: X1Fields): Uint8Array {
  const samples = fields.samples ?? [];
  const view = message(1, head, 64 + 4 * samples.length);
  view.setUint16(12, fields.validity ?? 0, true);
  view.setUint8(14, fields.omissions ?? 0);
  view.setUint8(15, fields.accusations ?? 0);
  view.setUint8(16, fields.declaration ?? 0);
  view.setUint8(17, fields.requests ?? 0);
  view.setUint16(18, fields.selfTest ?? 0, true);
  view.setInt16(20, fields.clock?.[0] ?? 0, true);
  view.setInt16(22, fields.clock?.[1] ?? 0, true);
  view.setUint32(24, fields.committed ?? 0, true);
  setPair(view, 28, fields.committedHash ?? [0, 0]);
  view.setUint32(36, fields.pending ?? 0xffffffff, true);
  setPair(view, 40, fields.pendingHash ?? [0, 0]);
  setPair(view, 48, fields.agreedHash ?? [0, 0]);
  view.setUint32(56, fields.parameterSet ?? 0, true);
  samples.forEach((word, index) => {
    view.setUint32(60 + 4 * index, word, true);
  });
  return sealed(view);
}

export interface X2Fields {
  /** Checksum of the peer's X1; left out: none arrived. */
  readonly echo?: number | undefined;
  /** The third channel's X1; left out: none arrived. */
  readonly relay?: Uint8Array | undefined;
}

export function x2(head: Head, { echo, relay }: X2Fields): Uint8Array {
  const view = message(2, head, 24 + (relay?.length ?? 0));
  view.setUint32(12, echo ?? 0, true);
  view.setUint8(16, (relay === undefined ? 0 : 1) | (echo === undefined ? 0 : 2));
  if (relay !== undefined) new Uint8Array(view.buffer).set(relay, 20);
  return sealed(view);
}

export interface X3Fields {
  readonly digest: readonly [number, number];
  readonly moduleHash: readonly [number, number];
  readonly agreedHash: readonly [number, number];
  readonly outputs: readonly number[];
}

export function x3(head: Head, fields: X3Fields): Uint8Array {
  const view = message(3, head, 48 + 4 * fields.outputs.length);
  setPair(view, 12, fields.digest);
  setPair(view, 20, fields.moduleHash);
  setPair(view, 28, fields.agreedHash);
  fields.outputs.forEach((word, index) => {
    view.setUint32(44 + 4 * index, word, true);
  });
  return sealed(view);
}

/** The last word of a message: its checksum. */
export function checksumOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
