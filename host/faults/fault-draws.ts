import { crc32c } from "../model/crc32c.ts";
import { Random } from "../model/random.ts";
import type { Signal, SignalTable } from "../model/signals.ts";

/**
 * What faults draw from the run's seed. A fault has its own stream, named after its text: taking another fault out of a run
 * changes nothing for those that stay.
 */
const FAULT_STREAMS = 0xfa000000;

/** The stream of the n-th fault with this text. */
export function faultStream(text: string, n: number): number {
  const name = new TextEncoder().encode(`${text}#${n}`);
  return (FAULT_STREAMS | (crc32c(name) & 0xffffff)) >>> 0;
}

/** Words of a state that a drawn flip may hit, as word numbers. */
export type Spots = Uint32Array;

/** The part of a signal table that says which words every step overwrites. */
export type WrittenWords = Pick<SignalTable, "inputs" | "outputs" | "probes" | "frameAddress" | "dtAddress">;

/** All words of a state of so many bytes. */
export function allSpots(bytes: number): Spots {
  return Uint32Array.from({ length: Math.floor(bytes / 4) }, (_, word) => word);
}

/**
 * Words of a law's state whose flip can last: inputs, frame and dt are written before each step, outputs and probes by it, so
 * a flip there would be no fault. Who wants one gives its address.
 */
export function lastingSpots(bytes: number, { inputs, outputs, probes, frameAddress, dtAddress }: WrittenWords): Spots {
  const signals = (list: readonly Signal[]) => list.flatMap(({ address, validAddress }) => [address, validAddress]);
  const written = new Set(
    [...signals(inputs), ...signals(outputs), ...signals(probes), frameAddress, dtAddress].map((at) => at >>> 2),
  );
  written.delete(0);
  const spots = allSpots(bytes).filter((word) => !written.has(word));
  return spots.length === 0 ? allSpots(bytes) : spots;
}

/** Where the seed puts a flip in this frame: byte address and bit. */
export function drawFlip(
  seed: number,
  { stream, frame, spots }: { stream: number; frame: number; spots: Spots },
): { address: number; bit: number } {
  const random = new Random(seed);
  const word = spots[random.word(stream, 2 * frame) % spots.length] as number;
  const place = random.word(stream, 2 * frame + 1);
  return { address: 4 * word + ((place >>> 3) & 3), bit: place & 7 };
}
