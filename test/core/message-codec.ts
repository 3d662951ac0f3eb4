import { crc32c } from "../../host/model/crc32c.ts";
import { INPUTS_MAX, OUTPUTS_MAX } from "../../host/model/signals.ts";

/**
 * Messages on the links (docs/protocol.md): header 12 bytes, payload by kind, CRC-32C over all before it.
 * Reading has three results: a value, need more, damage. Sample and output words are raw bits; the signal table
 * says what they are.
 */

export const MESSAGE_VERSION = 1;
export const HEADER_SIZE = 12;
const CRC_SIZE = 4;
const SAMPLES_AT = 60;
const RELAYED_AT = 20;
const OUTPUTS_AT = 44;
export const X1_SIZE_MIN: number = SAMPLES_AT + CRC_SIZE;
export const X1_SIZE_MAX: number = X1_SIZE_MIN + 4 * INPUTS_MAX;
export const X2_SIZE_MIN: number = RELAYED_AT + CRC_SIZE;
export const X2_SIZE_MAX: number = X2_SIZE_MIN + X1_SIZE_MAX;
export const X3_SIZE_MIN: number = OUTPUTS_AT + CRC_SIZE;
export const X3_SIZE_MAX: number = X3_SIZE_MIN + 4 * OUTPUTS_MAX;

interface Head {
  /** 0 A, 1 B, 2 C. */
  readonly source: number;
  readonly epoch: number;
  readonly frame: number;
}

/** Own data to both peers. */
export interface X1Message extends Head {
  readonly kind: "X1";
  /** Bit i: input i is present and fresh. */
  readonly validity: number;
  readonly omissions: number;
  readonly accusations: number;
  readonly declaration: number;
  readonly requests: number;
  readonly selfTest: number;
  /** Clock offsets in us, to the lower and to the higher peer. */
  readonly offsetLowerUs: number;
  readonly offsetHigherUs: number;
  readonly committedFrame: number;
  readonly committedHash: bigint;
  /** 0xFFFFFFFF: none. */
  readonly pendingFrame: number;
  readonly pendingHash: bigint;
  readonly agreedHash: bigint;
  readonly parameterHash: number;
  readonly samples: readonly number[];
}

/** Relay of the third channel's X1 and echo of the receiver's. */
export interface X2Message extends Head {
  readonly kind: "X2";
  /** Checksum of the receiver's X1 as it arrived; `undefined` when it did not. */
  readonly echo: number | undefined;
  /** The third channel's X1, exactly as received. Its own checksum is not checked here: it is evidence. */
  readonly relayed: Uint8Array | undefined;
}

/** Result of a step, to both peers. */
export interface X3Message extends Head {
  readonly kind: "X3";
  readonly digest: bigint;
  readonly moduleHash: bigint;
  readonly agreedHash: bigint;
  readonly answer: number;
  readonly questionLower: number;
  readonly questionHigher: number;
  readonly outputs: readonly number[];
}

export type Message = X1Message | X2Message | X3Message;

export type MessageResult =
  | { readonly kind: "value"; readonly message: Message; readonly size: number }
  /** `size`: bytes the message has in all, or at least. */
  | { readonly kind: "need more"; readonly size: number }
  | {
      readonly kind: "damage";
      readonly code: "version" | "kind" | "source" | "reserved" | "size" | "crc" | "flags";
      readonly offset: number;
      readonly expected: string;
      readonly found: string;
    };

const KINDS = ["X1", "X2", "X3"] as const;
const SIZES: readonly (readonly [number, number])[] = [
  [X1_SIZE_MIN, X1_SIZE_MAX],
  [X2_SIZE_MIN, X2_SIZE_MAX],
  [X3_SIZE_MIN, X3_SIZE_MAX],
];
const RELAY_PRESENT = 1;
const ECHO_PRESENT = 2;

/** Reads the message at the start of `bytes`; what follows it is left alone. */
export function decodeMessage(bytes: Uint8Array): MessageResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = decodeHead(view);
  if ("kind" in head) return head;
  const { kindNumber, size } = head;
  const crcAt = size - CRC_SIZE;
  const found = crc32c(bytes, 0, crcAt);
  const expected = view.getUint32(crcAt, true);
  if (found !== expected) return damage("crc", crcAt, { expected: hex(found), found: hex(expected) });
  const message = kindNumber === 1 ? x1(view, head) : kindNumber === 2 ? x2(bytes, view, head) : x3(view, head);
  return "offset" in message ? message : { kind: "value", message, size };
}

interface Decoded extends Head {
  readonly kindNumber: number;
  readonly size: number;
}

function decodeHead(view: DataView): Decoded | Exclude<MessageResult, { kind: "value" }> {
  const available = view.byteLength;
  // A wrong byte is said at once: the rest may never come.
  const checks = [
    { at: 0, code: "version", least: MESSAGE_VERSION, most: MESSAGE_VERSION },
    { at: 1, code: "kind", least: 1, most: KINDS.length },
    { at: 2, code: "source", least: 0, most: 2 },
    { at: 3, code: "reserved", least: 0, most: 0 },
  ] as const;
  for (const { at, code, least, most } of checks) {
    if (available <= at) return { kind: "need more", size: HEADER_SIZE };
    const found = view.getUint8(at);
    const expected = least === most ? `${least}` : `${least} to ${most}`;
    if (found < least || found > most) return damage(code, at, { expected, found: `${found}` });
  }
  if (available < 8) return { kind: "need more", size: HEADER_SIZE };
  const kindNumber = view.getUint8(1);
  const size = view.getUint16(6, true);
  const [least = 0, most = 0] = SIZES[kindNumber - 1] ?? [];
  const isEmptyX2 = kindNumber === 2 && size > X2_SIZE_MIN && size < X2_SIZE_MIN + X1_SIZE_MIN;
  if (size < least || size > most || size % 4 !== 0 || isEmptyX2) {
    const expected = `${least} to ${most} bytes in steps of 4`;
    return damage("size", 6, { expected, found: `${size}` });
  }
  if (available < size) return { kind: "need more", size };
  const [epoch, frame] = [view.getUint16(4, true), view.getUint32(8, true)];
  return { kindNumber, size, source: view.getUint8(2), epoch, frame };
}

function x1(view: DataView, { source, epoch, frame, size }: Decoded): X1Message {
  return {
    kind: "X1",
    source,
    epoch,
    frame,
    validity: view.getUint16(12, true),
    omissions: view.getUint8(14),
    accusations: view.getUint8(15),
    declaration: view.getUint8(16),
    requests: view.getUint8(17),
    selfTest: view.getUint16(18, true),
    offsetLowerUs: view.getInt16(20, true),
    offsetHigherUs: view.getInt16(22, true),
    committedFrame: view.getUint32(24, true),
    committedHash: view.getBigUint64(28, true),
    pendingFrame: view.getUint32(36, true),
    pendingHash: view.getBigUint64(40, true),
    agreedHash: view.getBigUint64(48, true),
    parameterHash: view.getUint32(56, true),
    samples: words(view, SAMPLES_AT, size - CRC_SIZE),
  };
}

function x2(bytes: Uint8Array, view: DataView, { source, epoch, frame, size }: Decoded) {
  const flags = view.getUint8(16);
  const hasRelay = size > X2_SIZE_MIN;
  const padding = view.getUint8(17) | view.getUint16(18, true);
  if (padding !== 0) return damage("reserved", 17, { expected: "0", found: `${padding}` });
  if (flags > (RELAY_PRESENT | ECHO_PRESENT) || ((flags & RELAY_PRESENT) !== 0) !== hasRelay) {
    const expected = `the relay flag ${hasRelay ? "set" : "clear"} in a message of ${size} bytes`;
    return damage("flags", 16, { expected, found: `${flags}` });
  }
  const echo = view.getUint32(12, true);
  if ((flags & ECHO_PRESENT) === 0 && echo !== 0)
    return damage("flags", 12, { expected: "0 without echo", found: hex(echo) });
  const message: X2Message = {
    kind: "X2",
    source,
    epoch,
    frame,
    echo: (flags & ECHO_PRESENT) === 0 ? undefined : echo,
    relayed: hasRelay ? bytes.slice(RELAYED_AT, size - CRC_SIZE) : undefined,
  };
  return message;
}

function x3(view: DataView, { source, epoch, frame, size }: Decoded): X3Message {
  return {
    kind: "X3",
    source,
    epoch,
    frame,
    digest: view.getBigUint64(12, true),
    moduleHash: view.getBigUint64(20, true),
    agreedHash: view.getBigUint64(28, true),
    answer: view.getUint32(36, true),
    questionLower: view.getUint16(40, true),
    questionHigher: view.getUint16(42, true),
    outputs: words(view, OUTPUTS_AT, size - CRC_SIZE),
  };
}

/** The bytes of a message. Fields must be in range and lists within the limits: anything else is a broken promise. */
export function encodeMessage(message: Message): Uint8Array {
  const size = sizeOf(message);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, MESSAGE_VERSION);
  view.setUint8(1, KINDS.indexOf(message.kind) + 1);
  view.setUint8(2, message.source);
  view.setUint16(4, message.epoch, true);
  view.setUint16(6, size, true);
  view.setUint32(8, message.frame, true);
  if (message.kind === "X1") putX1(view, message);
  else if (message.kind === "X2") putX2(bytes, view, message);
  else putX3(view, message);
  view.setUint32(size - CRC_SIZE, crc32c(bytes, 0, size - CRC_SIZE), true);
  return bytes;
}

function sizeOf(message: Message): number {
  const size =
    message.kind === "X1"
      ? X1_SIZE_MIN + 4 * message.samples.length
      : message.kind === "X2"
        ? X2_SIZE_MIN + (message.relayed?.length ?? 0)
        : X3_SIZE_MIN + 4 * message.outputs.length;
  const [, most = 0] = SIZES[KINDS.indexOf(message.kind)] ?? [];
  if (size > most) throw new Error(`${message.kind} of ${size} bytes, at most ${most}`);
  if (message.source > 2) throw new Error(`source ${message.source}, at most 2`);
  return size;
}

function putX1(view: DataView, message: X1Message): void {
  view.setUint16(12, message.validity, true);
  view.setUint8(14, message.omissions);
  view.setUint8(15, message.accusations);
  view.setUint8(16, message.declaration);
  view.setUint8(17, message.requests);
  view.setUint16(18, message.selfTest, true);
  view.setInt16(20, message.offsetLowerUs, true);
  view.setInt16(22, message.offsetHigherUs, true);
  view.setUint32(24, message.committedFrame, true);
  view.setBigUint64(28, message.committedHash, true);
  view.setUint32(36, message.pendingFrame, true);
  view.setBigUint64(40, message.pendingHash, true);
  view.setBigUint64(48, message.agreedHash, true);
  view.setUint32(56, message.parameterHash, true);
  for (const [i, word] of message.samples.entries()) view.setUint32(SAMPLES_AT + 4 * i, word, true);
}

function putX2(bytes: Uint8Array, view: DataView, { echo, relayed }: X2Message): void {
  view.setUint32(12, echo ?? 0, true);
  view.setUint8(16, (relayed === undefined ? 0 : RELAY_PRESENT) | (echo === undefined ? 0 : ECHO_PRESENT));
  if (relayed !== undefined) bytes.set(relayed, RELAYED_AT);
}

function putX3(view: DataView, message: X3Message): void {
  view.setBigUint64(12, message.digest, true);
  view.setBigUint64(20, message.moduleHash, true);
  view.setBigUint64(28, message.agreedHash, true);
  view.setUint32(36, message.answer, true);
  view.setUint16(40, message.questionLower, true);
  view.setUint16(42, message.questionHigher, true);
  for (const [i, word] of message.outputs.entries()) view.setUint32(OUTPUTS_AT + 4 * i, word, true);
}

function words(view: DataView, from: number, to: number): number[] {
  return Array.from({ length: (to - from) / 4 }, (_, i) => view.getUint32(from + 4 * i, true));
}

type DamageCode = Extract<MessageResult, { kind: "damage" }>["code"];

function damage(code: DamageCode, offset: number, said: { readonly expected: string; readonly found: string }) {
  return { kind: "damage", code, offset, ...said } as const;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
