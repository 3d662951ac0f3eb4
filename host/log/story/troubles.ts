import { EVENT } from "../../model/events.ts";
import type { EventRecord } from "../file/event-record.ts";

/**
 * Troubles that begin with one event and end with another: a sensor is left out and comes back, outputs are held and
 * agree again. The end says nothing of the cause, and may come long after it; it belongs to where the beginning was told.
 */
interface Trouble {
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  /** What tells two troubles of this kind apart. */
  readonly whose: (event: EventRecord) => string;
}

const ofSubject = ({ subject }: EventRecord): string => `${subject}`;
/** Data may be lost at one receiver and not at another. */
const ofReceiver = ({ subject, by }: EventRecord): string => `${subject} at ${by}`;
const ofAll = (): string => "";

const TROUBLES: readonly Trouble[] = [
  { begins: [EVENT.SOURCE_LOST, EVENT.SOURCE_TWO_FACED], ends: [EVENT.SOURCE_BACK], whose: ofReceiver },
  {
    begins: [EVENT.SENSOR_OPEN, EVENT.SENSOR_FAILED],
    ends: [EVENT.SENSOR_PROBATION, EVENT.SENSOR_HEALTHY],
    whose: ofSubject,
  },
  { begins: [EVENT.INPUT_DISPUTED, EVENT.INPUT_INVALID], ends: [EVENT.INPUT_VALID], whose: ofSubject },
  {
    begins: [EVENT.CHANNEL_ERROR, EVENT.CHANNEL_SUSPECT, EVENT.CHANNEL_OPEN, EVENT.CHANNEL_FAILED],
    ends: [EVENT.CHANNEL_HEALTHY],
    whose: ofSubject,
  },
  { begins: [EVENT.CHANNEL_STOPPED], ends: [EVENT.CHANNEL_RUNS], whose: ofSubject },
  {
    begins: [EVENT.OUTPUT_MASKED, EVENT.OUTPUT_HELD, EVENT.OUTPUT_SAFE],
    ends: [EVENT.OUTPUT_AGREED],
    whose: ofAll,
  },
];

const BY_CODE: ReadonlyMap<number, Trouble> = new Map(
  TROUBLES.flatMap((trouble) => [...trouble.begins, ...trouble.ends].map((code) => [code, trouble] as const)),
);

/** The newest event of one trouble, and where it was told. */
interface Newest<Place> {
  readonly code: number;
  readonly place: Place;
}

/** Remembers where each trouble was told last. */
export class Troubles<Place> {
  /** By kind, then by whose it is. */
  readonly #told = new Map<Trouble, Map<string, Newest<Place>>>();

  /** Where the trouble was told that the event ends or goes on with; `undefined` when it begins one, or is of none. */
  begunIn(event: EventRecord): Place | undefined {
    const trouble = BY_CODE.get(event.code);
    const newest = trouble === undefined ? undefined : this.#told.get(trouble)?.get(trouble.whose(event));
    if (trouble === undefined || newest === undefined) return undefined;
    return trouble.ends.includes(event.code) || isSameHold(event, newest.code) ? newest.place : undefined;
  }

  told(event: EventRecord, place: Place): void {
    const trouble = BY_CODE.get(event.code);
    if (trouble === undefined) return;
    const ofKind = this.#told.get(trouble) ?? new Map<string, Newest<Place>>();
    this.#told.set(trouble, ofKind.set(trouble.whose(event), { code: event.code, place }));
  }
}

/** A hold is told again in each of its frames, and what it ends in is the safe values. */
function isSameHold({ code, argument }: EventRecord, before: number): boolean {
  if (before !== EVENT.OUTPUT_HELD) return false;
  return code === EVENT.OUTPUT_SAFE || (code === EVENT.OUTPUT_HELD && argument > 1);
}
