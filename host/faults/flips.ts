import { Random } from "../model/random.ts";
import type { Signal, SignalTable } from "../model/signals.ts";

/** Which bits a bitflip inverts. They are drawn when the fault meets its run, so that the log can say which. */

/** A bit of a memory: byte address and bit, 0 to 7. */
export interface FlipPlace {
  readonly address: number;
  readonly bit: number;
}

export type Flips =
  /** The same bit in every frame. */
  | { readonly kind: "same"; readonly place: FlipPlace }
  /** A bit for each frame, in order. */
  | { readonly kind: "each"; readonly places: readonly FlipPlace[] }
  /** Too many to list: seed and stream give them again. */
  | { readonly kind: "seeded"; readonly given: Partial<FlipPlace>; readonly memory: FlipMemory };

/** Frames whose drawn bits are listed; a longer fault is no upset but a broken memory, and nobody reads so long a list. */
export const FLIPS_LISTED_MAX = 1024;

/** A memory that bits are drawn from. */
export interface FlipMemory {
  readonly bytes: number;
  /** Words that a drawn flip may hit, as word numbers. */
  readonly spots: Uint32Array;
}

/** The part of a signal table that says which words every step overwrites. */
export type WrittenWords = Pick<SignalTable, "inputs" | "outputs" | "probes" | "frameAddress" | "dtAddress">;

/**
 * Where a drawn flip may fall. A law's inputs, frame and dt are written before each step, outputs and probes by it, so a flip
 * there would be no fault: it is spared. Who wants one gives its address.
 */
export function flipMemory(target: string, bytes: number, table: WrittenWords): FlipMemory {
  const all = Uint32Array.from({ length: Math.floor(bytes / 4) }, (_, word) => word);
  if (target === "core") return { bytes, spots: all };
  const written = new Set(writtenAddresses(table).map((at) => at >>> 2));
  // Address 0 stands for none.
  written.delete(0);
  const spots = all.filter((word) => !written.has(word));
  return { bytes, spots: spots.length === 0 ? all : spots };
}

function writtenAddresses({ inputs, outputs, probes, frameAddress, dtAddress }: WrittenWords): number[] {
  const signals = (list: readonly Signal[]) => list.flatMap(({ address, validAddress }) => [address, validAddress]);
  return [...signals(inputs), ...signals(outputs), ...signals(probes), frameAddress, dtAddress];
}

/** What draws: a run's seed and the stream of one fault. */
export interface Draws {
  readonly seed: number;
  readonly stream: number;
}

/** Where the seed puts a flip in this frame. */
export function drawFlip({ seed, stream }: Draws, frame: number, { spots }: FlipMemory): FlipPlace {
  const random = new Random(seed);
  const word = spots[random.word(stream, 2 * frame) % spots.length] as number;
  const place = random.word(stream, 2 * frame + 1);
  return { address: 4 * word + ((place >>> 3) & 3), bit: place & 7 };
}

/** The bit that a fault inverts in one of its frames. */
export function flipIn(flips: Flips, fault: Draws & { readonly frame: number }, frame: number): FlipPlace {
  switch (flips.kind) {
    case "same":
      return flips.place;
    case "each":
      return flips.places[frame - fault.frame] as FlipPlace;
    case "seeded":
      return { ...drawFlip(fault, frame, flips.memory), ...flips.given };
    default:
      return flips satisfies never;
  }
}
