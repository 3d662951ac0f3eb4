import { wireUs } from "../../host/model/windows.ts";
import type { Channel } from "../channel/channel.ts";
import type { LinkFaults } from "../injection/link-faults.ts";

/** A message that is still under way when its window closes. */
interface Late {
  /** Since the run's start. */
  readonly arrivalUs: number;
  readonly from: number;
  readonly to: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
}

/** More messages under way than any real line holds: a babbling channel may not fill the memory. */
const LATE_MAX = 1024;
const FLAGGED = 1;

/**
 * The six directions between three channels, down to the message: time on the wire, delay, loss, damage, copies. Messages
 * of a frame without faults go straight from core to core.
 */
export class Links {
  readonly #channels: readonly Channel[];
  readonly #faults: LinkFaults;
  readonly #periodUs: number;
  readonly #wireUs: readonly number[];
  #late: Late[] = [];
  /** Messages that arrived after their window or were lost to a full line. */
  lost = 0;

  constructor(
    channels: readonly Channel[],
    faults: LinkFaults,
    { periodUs, baud }: { periodUs: number; baud: number },
  ) {
    this.#channels = channels;
    this.#faults = faults;
    this.#periodUs = periodUs;
    this.#wireUs = Array.from({ length: 257 }, (_, size) => wireUs(size, baud));
  }

  /** Takes over the messages that are still under way on other links. */
  copyFrom(other: Links): void {
    this.#late = [...other.#late];
    this.lost = other.lost;
  }

  /** Delivers what every channel sends in this part of the frame. `closeUs` is when the receivers stop listening for it. */
  exchange(frame: number, kind: number, sentUs: number, closeUs: number): void {
    // `| 0` spares a conversion: V8 counts the bytes of an array in 64 bits.
    const quiet = this.#faults.isQuiet(frame);
    const channels = this.#channels;
    for (let sender = 0; sender < 3; sender += 1) {
      const from = channels[sender] as Channel;
      for (let i = 0; i < from.sendCount; i += 1) {
        const peers = from.sendPeers[i] as number;
        const sent = from.sends[i] as Uint8Array;
        const arrivalUs = sentUs + (this.#wireUs[sent.length | 0] as number);
        for (let receiver = 0; receiver < 3; receiver += 1) {
          const to = channels[receiver] as Channel;
          if (((peers >>> receiver) & 1) === 0 || !to.running) continue;
          if (quiet) to.receive(sender, sent, 0, arrivalUs);
          else this.#deliver({ frame, kind, from: sender, to, sent, arrivalUs, closeUs });
        }
      }
    }
  }

  #deliver(message: {
    frame: number;
    kind: number;
    from: number;
    to: Channel;
    sent: Uint8Array;
    arrivalUs: number;
    closeUs: number;
  }): void {
    const { frame, kind, from, to, sent } = message;
    const delivery = this.#faults.apply(frame, from, to.index, kind, sent);
    const flags = delivery.flagged ? FLAGGED : 0;
    for (let copy = 0; copy < delivery.copies; copy += 1) {
      const arrivalUs = message.arrivalUs + delivery.delayUs + (copy === 0 ? 0 : delivery.againUs);
      if (arrivalUs <= message.closeUs) to.receive(from, delivery.bytes, flags, arrivalUs);
      else
        this.#keep({
          arrivalUs: frame * this.#periodUs + arrivalUs,
          from,
          to: to.index,
          flags,
          bytes: delivery.bytes.slice(),
        });
    }
  }

  #keep(message: Late): void {
    if (this.#late.length >= LATE_MAX) this.lost += 1;
    else this.#late.push(message);
  }

  /** Hands over what arrived until `timeUs` of this frame. Call it before each window closes. */
  arrive(frame: number, timeUs: number): void {
    if (this.#late.length === 0) return;
    const start = frame * this.#periodUs;
    const now = start + timeUs;
    const due = this.#late.filter((message) => message.arrivalUs <= now).sort((a, b) => a.arrivalUs - b.arrivalUs);
    if (due.length === 0) return;
    this.#late = this.#late.filter((message) => message.arrivalUs > now);
    for (const { to, from, bytes, flags, arrivalUs } of due) {
      const channel = this.#channels[to] as Channel;
      if (channel.running) channel.receive(from, bytes, flags, Math.max(0, arrivalUs - start));
    }
  }
}
