/** Messages on the links: layout in docs/protocol.md, who may say what in REDUNDANCY 4. */
import { crc32c, crc32cBeforeCodeword, crcPrepare } from "./crc32c";
import { AGREED, agreed, Declaration, local, NONE, ownX1, ownX3, settings, slot } from "./state";

export enum Kind {
  X1 = 1,
  X2,
  X3,
}

/** Why a message was not accepted. All but DUPLICATE are evidence of silence: the message counts as missing. */
export enum Refusal {
  NONE,
  FLAGGED,
  SIZE,
  CHECKSUM,
  KIND,
  SOURCE,
  EPOCH,
  FRAME,
  WINDOW,
  DUPLICATE,
}

const VERSION: u32 = 1;
const HEAD_SIZE: u32 = 12;
const CRC_SIZE: u32 = 4;
const X1_FIXED: u32 = 60;
const X2_FIXED: u32 = 20;
/** Where the outputs begin in an X3. */
export const X3_OUTPUTS: u32 = 44;

export const RX: usize = memory.data(256, 16);
/** Built X2; X1 and X3 are kept with the state because echo and vote compare with them. */
export const TX_X2: usize = memory.data(320, 16);
export const SAMPLES: usize = memory.data(68, 16);
export const STEP_OUT: usize = memory.data(48, 16);

/** Call once at start-up, when the sizes of the messages are known. */
export function messagesPrepare(): void {
  crcPrepare(settings.x1_size);
}

function head(at: usize, kind: Kind, size: u32): void {
  store<u32>(at, VERSION | (kind << 8) | (settings.channel << 16));
  store<u32>(at, settings.epoch | (size << 16), 4);
  store<u32>(at, local.frame, 8);
}

function seal(at: usize, size: u32): void {
  store<u32>(at + size - CRC_SIZE, crc32c(at, size - CRC_SIZE));
}

/** Own data to both peers. Samples as they are, validity as the channel knows it: all else is judged from consolidated data. */
export function buildX1(): void {
  const at: usize = ownX1();
  const size: u32 = settings.x1_size;
  head(at, Kind.X1, size);
  store<u16>(at, u16(load<u32>(SAMPLES, 64)), 12);
  store<u8>(at, u8(local.omissions), 14);
  store<u8>(at, u8(local.accusations), 15);
  store<u32>(at, local.declaration, 16);
  store<u32>(at, 0, 20);
  store<u32>(at, agreed(AGREED).frame, 24);
  store<u32>(at, local.committed_low, 28);
  store<u32>(at, local.committed_high, 32);
  const pending: bool = local.pending != 0;
  store<u32>(at, pending ? local.pending_frame : NONE, 36);
  store<u32>(at, pending ? local.pending_low : 0, 40);
  store<u32>(at, pending ? local.pending_high : 0, 44);
  store<u32>(at, local.agreed_low, 48);
  store<u32>(at, local.agreed_high, 52);
  store<u32>(at, agreed(AGREED).parameter_set, 56);
  const samples_size: u32 = settings.inputs << 2;
  for (let i: u32 = 0; i < samples_size; i += 4) {
    store<u32>(at + i, load<u32>(SAMPLES + i), 60);
  }
  seal(at, size);
}

export function received(peer: u32, kind: Kind): bool {
  return ((local.received >>> (3 * peer + kind - 1)) & 1) != 0;
}

/** The X2 that was built last for a peer. */
function ownX2(peer: u32): usize {
  return TX_X2 + 160 * u32(peer > 3 - settings.channel - peer);
}

/** Relay of the third channel's X1 and the echo of this peer's, each only when it arrived. Returns address; size in `x2Size`. */
export function buildX2(peer: u32): usize {
  const at: usize = ownX2(peer);
  const third: u32 = 3 - settings.channel - peer;
  const relays: bool = received(third, Kind.X1);
  const echoes: bool = received(peer, Kind.X1);
  const size: u32 = x2Size(relays);
  head(at, Kind.X2, size);
  store<u32>(at, echoes ? checksumOfX1(slot(peer, Kind.X1)) : 0, 12);
  store<u32>(at, u32(relays) | (u32(echoes) << 1), 16);
  if (!relays) {
    seal(at, size);
    return at;
  }
  copyWords(at + X2_FIXED, slot(third, Kind.X1), settings.x1_size);
  store<u32>(at + size - CRC_SIZE, crc32cBeforeCodeword(at, X2_FIXED));
  return at;
}

export function x2Size(relays: bool): u32 {
  return X2_FIXED + CRC_SIZE + (relays ? settings.x1_size : 0);
}

/** The tuple (digest, outputs, hashes) of this frame's step. */
export function buildX3(): void {
  const at: usize = ownX3();
  head(at, Kind.X3, settings.x3_size);
  store<u32>(at, local.digest_low, 12);
  store<u32>(at, local.digest_high, 16);
  store<u32>(at, local.next_module_low, 20);
  store<u32>(at, local.next_module_high, 24);
  store<u32>(at, local.next_agreed_low, 28);
  store<u32>(at, local.next_agreed_high, 32);
  store<u32>(at, 0, 36);
  store<u32>(at, 0, 40);
  copyWords(at + X3_OUTPUTS, STEP_OUT, settings.outputs << 2);
  seal(at, settings.x3_size);
}

/** `size` is a multiple of 4. */
export function copyWords(to: usize, from: usize, size: u32): void {
  const pairs: u32 = size & ~7;
  for (let i: u32 = 0; i < pairs; i += 8) store<u64>(to + i, load<u64>(from + i));
  if (pairs < size) store<u32>(to + pairs, load<u32>(from + pairs));
}

/** Copies agreed states: `size` is a multiple of 16. Short enough that a loop beats the engine's bulk copy. */
export function copyState(to: usize, from: usize, size: u32): void {
  for (let i: u32 = 0; i < size; i += 16) {
    store<u64>(to + i, load<u64>(from + i));
    store<u64>(to + i, load<u64>(from + i, 8), 8);
  }
}

export function sameWords(first: usize, second: usize, size: u32): bool {
  const pairs: u32 = size & ~7;
  for (let i: u32 = 0; i < pairs; i += 8) {
    if (load<u64>(first + i) != load<u64>(second + i)) return false;
  }
  return pairs == size || load<u32>(first + pairs) == load<u32>(second + pairs);
}

export function checksumOfX1(x1: usize): u32 {
  return load<u32>(x1 + settings.x1_size - CRC_SIZE);
}

/** The relayed X1 in a peer's X2, or 0. It is trusted no further than its own checksum, source, epoch and frame. */
export function relayedX1(peer: u32): usize {
  if (!received(peer, Kind.X2)) return 0;
  const x2: usize = slot(peer, Kind.X2);
  if ((load<u8>(x2, 16) & 1) == 0) return 0;
  return x2 + X2_FIXED;
}

/** Judges a relayed copy that no direct copy confirms. */
export function relayIsSound(x1: usize, source: u32): bool {
  if (load<u32>(x1) != (VERSION | (Kind.X1 << 8) | (source << 16))) return false;
  if (load<u32>(x1, 4) != (settings.epoch | (settings.x1_size << 16))) return false;
  if (load<u32>(x1, 8) != local.frame) return false;
  return crc32c(x1, settings.x1_size - CRC_SIZE) == checksumOfX1(x1);
}

/** Whether a peer's X2 says that it holds this channel's X1 of the frame. */
export function echoMatches(peer: u32): bool {
  if (!received(peer, Kind.X2)) return false;
  const x2: usize = slot(peer, Kind.X2);
  return (load<u8>(x2, 16) & 2) != 0 && load<u32>(x2, 12) == checksumOfX1(ownX1());
}

function sizeIsRight(kind: u32, size: u32): bool {
  if (kind == Kind.X1) return size == settings.x1_size;
  if (kind == Kind.X3) return size == settings.x3_size;
  if (kind != Kind.X2 || size < X2_FIXED) return false;
  return size == x2Size((load<u8>(RX, 16) & 1) != 0);
}

/** Judges what lies in RX (REDUNDANCY 4). The window is `open` when the running frame still waits for this kind. */
export function judgeMessage(peer: u32, size: u32, flagged: bool, open: bool): Refusal {
  if (flagged) return Refusal.FLAGGED;
  if (size < HEAD_SIZE + CRC_SIZE || size > 152 || (size & 3) != 0) return Refusal.SIZE;
  const first: u32 = load<u32>(RX);
  const kind: u32 = (first >>> 8) & 255;
  if (crc32c(RX, size - CRC_SIZE) != load<u32>(RX + size - CRC_SIZE)) return Refusal.CHECKSUM;
  if ((first & 255) != VERSION || kind < u32(Kind.X1) || kind > u32(Kind.X3) || first >>> 24 != 0) return Refusal.KIND;
  if (((first >>> 16) & 255) != peer) return Refusal.SOURCE;
  if ((load<u32>(RX, 4) & 0xffff) != settings.epoch) return Refusal.EPOCH;
  if (load<u32>(RX, 8) != local.frame) return Refusal.FRAME;
  if (!open) return Refusal.WINDOW;
  if (load<u32>(RX, 4) >>> 16 != size || !sizeIsRight(kind, size)) return Refusal.SIZE;
  if (received(peer, kind)) return Refusal.DUPLICATE;
  return Refusal.NONE;
}

/** Fields of a consolidated X1. */
export function x1Committed(x1: usize): u32 {
  return load<u32>(x1, 24);
}
export function x1Pending(x1: usize): u32 {
  return load<u32>(x1, 36);
}
export function x1Declares(x1: usize): bool {
  return load<u8>(x1, 16) != Declaration.NONE;
}
export function x1Omits(x1: usize, channel: u32): bool {
  return ((load<u8>(x1, 14) >>> channel) & 1) != 0;
}
export function x1Accuses(x1: usize, channel: u32): bool {
  return ((load<u8>(x1, 15) >>> channel) & 1) != 0;
}
export function x1Fresh(x1: usize, index: u32): bool {
  return ((load<u16>(x1, 12) >>> index) & 1) != 0;
}
/** Bit i: the own sample of input i was present and fresh. */
export function x1Validity(x1: usize): u32 {
  return load<u16>(x1, 12);
}
export function x1Sample(x1: usize, index: u32): u32 {
  return load<u32>(x1 + (index << 2), 60);
}

export function x1CommittedIs(x1: usize, frame: u32, low: u32, high: u32): bool {
  return load<u32>(x1, 24) == frame && load<u32>(x1, 28) == low && load<u32>(x1, 32) == high;
}

export function x1PendingIs(x1: usize, frame: u32, low: u32, high: u32): bool {
  return load<u32>(x1, 36) == frame && load<u32>(x1, 40) == low && load<u32>(x1, 44) == high;
}

export function x1SameCommittedHash(first: usize, second: usize): bool {
  return load<u32>(first, 28) == load<u32>(second, 28) && load<u32>(first, 32) == load<u32>(second, 32);
}
