import { activeIn, type ChannelFault, type LinkFault, type ResolvedFault } from "../../host/faults/resolved-fault.ts";
import { crc32c } from "../../host/model/crc32c.ts";
import { Random } from "../../host/model/random.ts";
import type { Signal, SignalTable } from "../../host/model/signals.ts";

/** What becomes of one message. The object and its bytes are reused: read them before the next `apply`. */
export interface Delivery {
  /** The message as it arrives: the sender's own bytes, or a changed copy of them. */
  readonly bytes: Uint8Array;
  /** 0 lost, 1, or 2. */
  readonly copies: number;
  /** Delay on top of the line's own. */
  readonly delayUs: number;
  /** When the second copy follows the first. */
  readonly againUs: number;
  /** Whether the receiver's line raised a flag. */
  readonly flagged: boolean;
}

/** A direction of a link or a channel's habit on it, and what it draws from. */
interface Hurt {
  readonly fault: LinkFault | ChannelFault;
  readonly random: Random;
}

/** A message that a fault acts on. */
interface Touched {
  readonly random: Random;
  readonly from: number;
  /** 1 to 3: X1 to X3. */
  readonly kind: number;
  /** First index of the fault's draws for it. */
  readonly draw: number;
}

/** X1 fields (docs/protocol.md). */
const VALIDITY_AT = 12;
const OMISSIONS_AT = 14;
const ACCUSATIONS_AT = 15;
const COMMITTED_AT = 28;
const SAMPLES_AT = 60;
/** Where the relayed X1 starts in X2. */
const RELAY_AT = 20;
const CRC_SIZE = 4;
/** No message is longer: X2 with sixteen inputs has 152 bytes. */
const MESSAGE_SIZE_MAX = 256;
/** Draws of one fault in one frame: 512 for each kind of message and receiver. */
const DRAWS = 512 * 16;

/** Link faults of a run, and those of a channel that show on its links (two-faced, forging, babbling). */
export class LinkFaults {
  readonly #byDirection: readonly (readonly Hurt[])[];
  readonly #signals: readonly Signal[];
  readonly #periodUs: number;
  readonly #first: number;
  readonly #end: number;
  readonly #copy = new Uint8Array(MESSAGE_SIZE_MAX);
  readonly #delivery = { bytes: new Uint8Array(0) as Uint8Array, copies: 1, delayUs: 0, againUs: 0, flagged: false };

  constructor(faults: readonly ResolvedFault[], { inputs, periodUs }: Pick<SignalTable, "inputs" | "periodUs">) {
    const all = faults.filter(onLinks);
    this.#byDirection = Array.from({ length: 9 }, (_, direction) =>
      all
        .filter((fault) => affects(fault, Math.floor(direction / 3), direction % 3))
        .map((fault) => ({ fault, random: new Random(fault.seed) })),
    );
    this.#signals = inputs;
    this.#periodUs = periodUs;
    this.#first = Math.min(...all.map((fault) => fault.frame));
    this.#end = Math.max(0, ...all.map((fault) => fault.end));
  }

  /** True when no message of this frame is touched: the caller may leave out `apply`. */
  isQuiet(frame: number): boolean {
    return frame < this.#first || frame >= this.#end;
  }

  /** One message of kind 1 to 3 (X1 to X3) from channel `from` to channel `to`. `bytes` is never changed. */
  apply(frame: number, from: number, to: number, kind: number, bytes: Uint8Array): Delivery {
    const delivery = this.#delivery;
    delivery.bytes = bytes;
    delivery.copies = 1;
    delivery.delayUs = 0;
    delivery.againUs = 0;
    delivery.flagged = false;
    if (frame < this.#first || frame >= this.#end) return delivery;
    const faults = this.#byDirection[3 * from + to] as readonly Hurt[];
    for (let i = 0; i < faults.length; i += 1) {
      const { fault, random } = faults[i] as Hurt;
      if (!activeIn(fault, frame)) continue;
      const draw = frame * DRAWS + (4 * to + kind) * 512;
      if (fault.place === "link") this.#disturb(fault, { random, from, kind, draw });
      else this.#lie(fault, { random, from, kind, draw });
    }
    return delivery;
  }

  #disturb(fault: LinkFault, { random, kind, draw }: Touched): void {
    if (((fault.messages >>> (kind - 1)) & 1) === 0) return;
    const stream = fault.stream;
    if (fault.probability < 1 && random.uniform(stream, draw) >= fault.probability) return;
    const delivery = this.#delivery;
    switch (fault.mode.name) {
      case "drop":
        delivery.copies = 0;
        break;
      case "corrupt":
        this.#own();
        invert(delivery.bytes, fault.amount, (n) => random.word(stream, draw + 1 + n));
        break;
      case "delay":
        delivery.delayUs += fault.amount;
        break;
      case "duplicate":
        if (delivery.copies === 1) delivery.copies = 2;
        delivery.againUs = fault.amount;
        break;
      case "flag":
        delivery.flagged = true;
        break;
      default:
        throw new Error(`no link fault ${fault.mode.name}`);
    }
  }

  #lie(fault: ChannelFault, { random, from, kind, draw }: Touched): void {
    const delivery = this.#delivery;
    switch (fault.mode.name) {
      case "babble":
        if (delivery.copies === 1) delivery.copies = 2;
        delivery.againUs = random.word(fault.stream, draw) % this.#periodUs;
        break;
      case "twofaced":
        if (kind !== 1) return;
        this.#own();
        this.#alterX1(delivery.bytes, 0, delivery.bytes.length, { what: fault.choice, source: from });
        break;
      case "forge": {
        const end = delivery.bytes.length - CRC_SIZE;
        if (kind !== 2 || end - RELAY_AT < SAMPLES_AT + CRC_SIZE) return;
        this.#own();
        this.#alterX1(delivery.bytes, RELAY_AT, end, { what: "sample", source: from });
        seal(delivery.bytes, 0, delivery.bytes.length);
        break;
      }
      default:
        throw new Error(`no fault ${fault.mode.name} on links`);
    }
  }

  /** Changes the X1 in `bytes[start, end)` and mends its checksum. */
  #alterX1(bytes: Uint8Array, start: number, end: number, { what, source }: { what: string; source: number }): void {
    if (what === "validity") {
      const bits = (1 << this.#signals.length) - 1;
      bytes[start + VALIDITY_AT] = (bytes[start + VALIDITY_AT] as number) ^ (bits & 0xff);
      bytes[start + VALIDITY_AT + 1] = (bytes[start + VALIDITY_AT + 1] as number) ^ (bits >>> 8);
    } else if (what === "accusation") {
      const peers = 7 & ~(1 << source);
      bytes[start + OMISSIONS_AT] = (bytes[start + OMISSIONS_AT] as number) ^ peers;
      bytes[start + ACCUSATIONS_AT] = (bytes[start + ACCUSATIONS_AT] as number) ^ peers;
    } else if (what === "committed") {
      bytes[start + COMMITTED_AT] = (bytes[start + COMMITTED_AT] as number) ^ 1;
    } else {
      for (let i = 0; i < this.#signals.length; i += 1) this.#alterSample(bytes, start + SAMPLES_AT + 4 * i, i);
    }
    seal(bytes, start, end);
  }

  /** A plausible other value: a float moves by 2^-10 of its size or a little more, the rest by one. */
  #alterSample(bytes: Uint8Array, at: number, input: number): void {
    const isFloat = this.#signals[input]?.type === "f32";
    const byte = isFloat ? at + 1 : at;
    bytes[byte] = (bytes[byte] as number) ^ (isFloat ? 0x20 : 1);
  }

  /** Makes the delivery's bytes a private copy. */
  #own(): void {
    const delivery = this.#delivery;
    if (delivery.bytes.buffer === this.#copy.buffer) return;
    this.#copy.set(delivery.bytes);
    delivery.bytes = this.#copy.subarray(0, delivery.bytes.length);
  }
}

function onLinks(fault: ResolvedFault): fault is LinkFault | ChannelFault {
  if (fault.place === "link") return true;
  return fault.place === "channel" && ["twofaced", "forge", "babble"].includes(fault.mode.name);
}

function affects(fault: LinkFault | ChannelFault, from: number, to: number): boolean {
  if (fault.place === "link") return fault.from === from && fault.to === to;
  return fault.channel === from && (fault.mode.name === "babble" || fault.to === to);
}

/** Inverts exactly `count` different bits, or all of a shorter message. */
function invert(bytes: Uint8Array, count: number, draw: (n: number) => number): void {
  const total = bytes.length * 8;
  const taken = new Set<number>();
  for (let n = 0; taken.size < Math.min(count, total); n += 1) {
    let bit = draw(n) % total;
    while (taken.has(bit)) bit = (bit + 1) % total;
    taken.add(bit);
    bytes[bit >>> 3] = (bytes[bit >>> 3] as number) ^ (1 << (bit & 7));
  }
}

function seal(bytes: Uint8Array, start: number, end: number): void {
  const at = end - CRC_SIZE;
  const crc = crc32c(bytes, start, at);
  for (let i = 0; i < CRC_SIZE; i += 1) bytes[at + i] = (crc >>> (8 * i)) & 0xff;
}
