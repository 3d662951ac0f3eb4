import {
  INVOLVED,
  impairedBy,
  nearness,
  POSSIBLE,
  type Subject,
  TOUCHED,
  type ToldFault,
  toldPlaceText,
  UNLIKELY,
} from "./told-fault.ts";

/**
 * The injected faults of a run, and which of them an event may belong to. First what the event is about decides, then
 * time: of faults in one place the newest counts, and what has just stirred counts before what has long been quiet.
 */

export interface Suspect {
  /** Counts the faults of the log. */
  readonly id: number;
  readonly fault: ToldFault;
  /** Whether its end was told. */
  isOver: boolean;
  /** Newest frame with anything that was told of it, its beginning and end included. */
  last: number;
  /** Newest frame with a warning or an error that was told of it. */
  troubled: number;
  /** The fault that acted in the same place when this one began, and the one that took its place. */
  before: Suspect | undefined;
  next: Suspect | undefined;
}

/** Frames without any event after which an event belongs to what came before only if it points there. */
export const QUIET_FRAMES = 250;
/** Frames within which one thing follows another. */
export const NEAR_FRAMES = 8;

export class Suspects {
  /** By place, oldest first. */
  readonly #places = new Map<string, Suspect[]>();
  /** What `#live` gave last: a frame has many events. */
  #newest: { readonly frame: number; readonly live: readonly Suspect[] } | undefined;
  #count = 0;

  /** `last`: newest frame in which it is known to have mattered. */
  begin(fault: ToldFault, last = fault.frame): Suspect {
    const key = keyOf(fault);
    const there = this.#places.get(key) ?? [];
    this.#places.set(key, there);
    const before = there.findLast((one) => one.fault.frame < fault.frame && isLive(one, fault.frame));
    const times = { isOver: false, last, troubled: Number.NEGATIVE_INFINITY };
    const suspect: Suspect = { id: this.#count, fault, ...times, before, next: undefined };
    if (before !== undefined) before.next ??= suspect;
    this.#count += 1;
    this.#newest = undefined;
    there.push(suspect);
    return suspect;
  }

  /** What was begun of this fault. */
  of({ index }: ToldFault): Suspect | undefined {
    for (const there of this.#places.values()) {
      const found = there.find(({ fault }) => fault.index === index);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The faults that an event points at: those nearest to what it is about. */
  pointedAt(subject: Subject, frame: number): readonly Suspect[] {
    let nearest = TOUCHED;
    let found: Suspect[] = [];
    for (const suspect of this.#live(frame)) {
      const near = nearness(suspect.fault.place, subject);
      if (near > nearest) found = [];
      if (near >= nearest) found.push(suspect);
      nearest = Math.max(nearest, near);
    }
    return found;
  }

  /** The faults that can have to do with an event that points at none; those of one sensor only if `unlikely`. */
  possible(subject: Subject, frame: number, options: { readonly unlikely: boolean }): readonly Suspect[] {
    const least = options.unlikely ? UNLIKELY : POSSIBLE;
    const able = this.#live(frame).filter(({ fault }) => nearness(fault.place, subject) >= least);
    const recent = able.filter(({ last }) => frame - last <= QUIET_FRAMES);
    const isInvolved = (one: Suspect) => isActing(one, frame) && nearness(one.fault.place, subject) === INVOLVED;
    const first = able.filter((one) => frame - one.last <= NEAR_FRAMES || isInvolved(one));
    if (first.length > 0) return first;
    // A sensor that has been bad for long explains nothing new about channels.
    return recent.length > 0 || options.unlikely ? recent : able;
  }

  /** Channels that cannot be expected to report what the others do. */
  impaired(frame: number): string[] {
    return this.#live(frame).flatMap(({ fault: { place } }) =>
      place === undefined || place.kind === "sensor" ? [] : impairedBy(place),
    );
  }

  /** Of each place the newest fault that acts or was told of not long ago, with those that began in the same frame. */
  #live(frame: number): readonly Suspect[] {
    if (this.#newest?.frame !== frame) this.#newest = { frame, live: this.#find(frame) };
    return this.#newest.live;
  }

  #find(frame: number): Suspect[] {
    const live: Suspect[] = [];
    for (const there of this.#places.values()) {
      const newest = there.findLast((one) => isLive(one, frame));
      if (newest === undefined) continue;
      for (let i = there.lastIndexOf(newest); i >= 0; i -= 1) {
        const one = there[i];
        if (one === undefined || one.fault.frame !== newest.fault.frame) break;
        if (isLive(one, frame)) live.push(one);
      }
    }
    return live.sort((a, b) => a.id - b.id);
  }
}

function isActing({ fault, isOver }: Suspect, frame: number): boolean {
  return !isOver && frame < fault.end;
}

function isLive(suspect: Suspect, frame: number): boolean {
  return isActing(suspect, frame) || frame - suspect.last <= QUIET_FRAMES;
}

function keyOf({ place, text }: ToldFault): string {
  return place === undefined ? text : toldPlaceText(place);
}
