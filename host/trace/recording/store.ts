/** What readers hand over, made into a `Recording`: names, ranges, time checks, and columns decoded once when asked. */
import { basename } from "node:path";
import { didYouMean } from "../../model/near.ts";
import { counted, secondsText } from "../../model/words.ts";
import type { Column, ColumnInfo, ColumnKind, Recording, RecordingFormat, TopicInfo } from "./recording.ts";
import { type Problem, TraceError } from "./trace-error.ts";

export interface StoredColumn {
  readonly path: string;
  readonly kind: ColumnKind;
  readonly unit?: string;
}

export interface StoredTopic {
  readonly name: string;
  /** Name of a column: `topic.path`, or the path alone where a file has one topic. */
  readonly bare?: boolean;
  readonly times: Float64Array;
  readonly columns: readonly StoredColumn[];
  /** Decodes column `index` into one f64 per record. Called at most once per column. */
  load(index: number): Float64Array;
  /** Where a record stands in the file. Left out: only its number in the topic is known. */
  placeOf?(record: number): RecordPlace;
}

export interface RecordPlace {
  /** For a person: `line 16`, `byte 4711`. */
  readonly text: string;
  readonly offset: number;
}

export interface StoredRecording {
  readonly format: RecordingFormat;
  readonly file: string;
  readonly bytes: number;
  readonly startNs: bigint;
  readonly topics: readonly StoredTopic[];
  readonly problems: readonly Problem[];
}

interface Place {
  readonly info: ColumnInfo;
  readonly topic: StoredTopic;
  readonly index: number;
}

/** Makes a `Recording` and checks the times of every topic. */
export function makeRecording(stored: StoredRecording): Recording {
  const places = new Map<string, Place>();
  const topics: TopicInfo[] = [];
  const problems = [...stored.problems];
  for (const topic of stored.topics) {
    const info = describeTopic(topic);
    topics.push(info);
    info.columns.forEach((column, index) => {
      places.set(column.name, { info: column, topic, index });
    });
    problems.push(...timeOrderProblems(topic, basename(stored.file)));
  }
  const clock = mainClock(topics);
  problems.push(...clock.problems);
  const cache = new Map<string, Column>();
  const place = (name: string): Place | undefined => places.get(name) ?? places.get(name.replace(/#0\./, "."));
  return {
    format: stored.format,
    file: stored.file,
    bytes: stored.bytes,
    startNs: stored.startNs,
    seconds: clock.seconds,
    topics,
    problems,
    find: (name) => place(name)?.info,
    read(name) {
      const found = place(name);
      if (found === undefined) {
        const near = didYouMean(name, places.keys());
        throw new TraceError("no-such-column", `no column "${name}" among ${places.size}${near}`, {
          file: stored.file,
        });
      }
      let column = cache.get(found.info.name);
      if (column === undefined) {
        column = { ...found.info, times: found.topic.times, values: found.topic.load(found.index) };
        cache.set(found.info.name, column);
      }
      return column;
    },
  };
}

function describeTopic(topic: StoredTopic): TopicInfo {
  const count = topic.times.length;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of topic.times) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  const columns = topic.columns.map((column) => ({
    name: topic.bare === true ? column.path : `${topic.name}.${column.path}`,
    topic: topic.name,
    kind: column.kind,
    ...(column.unit === undefined ? {} : { unit: column.unit }),
    count,
  }));
  return { name: topic.name, count, first_s: count === 0 ? 0 : first, last_s: count === 0 ? 0 : last, columns };
}

/** Records that repeat a time or go back in it. The sampler leaves late records out, so they must be said. */
function timeOrderProblems(topic: StoredTopic, file: string): Problem[] {
  const { name, times } = topic;
  let latest = Number.NEGATIVE_INFINITY;
  const repeated = { count: 0, first: 0 };
  const back = { count: 0, first: 0, most: 0 };
  for (let i = 0; i < times.length; i++) {
    const time = times[i] ?? 0;
    if (time === latest) {
      if (repeated.count++ === 0) repeated.first = i;
    } else if (time < latest) {
      if (back.count++ === 0) back.first = i;
      back.most = Math.max(back.most, latest - time);
    } else {
      latest = time;
    }
  }
  const problems: Problem[] = [];
  if (repeated.count > 0) {
    const { text, ...place } = firstPlace(topic, repeated.first, file);
    const what = `${name}: ${counted(repeated.count, "record")} with the time of an earlier one, first ${text}`;
    const texts = { text: `${what}; the last of them is used`, textByRow: `${what}; flown all the same, row by row` };
    problems.push({ code: "duplicate-time", ...texts, count: repeated.count, topic: name, ...place });
  }
  if (back.count > 0) {
    const { text, ...place } = firstPlace(topic, back.first, file);
    const what = `${name}: time goes backwards in ${counted(back.count, "record")}, first ${text}, by up to ${secondsText(back.most)}`;
    const texts = {
      text: `${what}; ${back.count === 1 ? "it is" : "they are"} left out`,
      textByRow: `${what}; flown all the same, row by row`,
    };
    problems.push({ code: "backwards-time", ...texts, count: back.count, topic: name, ...place });
  }
  return problems;
}

function firstPlace(topic: StoredTopic, record: number, file: string): { text: string; at_s: number; offset?: number } {
  const at_s = topic.times[record] ?? 0;
  const place = topic.placeOf?.(record);
  const text = `in ${place?.text ?? `record ${record + 1}`} of ${file} (${secondsText(at_s)})`;
  return { text, at_s, ...(place === undefined ? {} : { offset: place.offset }) };
}

/**
 * Some logs mix clocks: PX4 stamps a few topics with 0 or wall-clock time beside hundreds stamped since boot. The clock of
 * the busiest topic is the main one and its range the length of the recording: topics written once carry old stamps.
 */
function mainClock(topics: readonly TopicInfo[]): { seconds: number; problems: Problem[] } {
  let busiest: TopicInfo | undefined;
  for (const topic of topics) if (topic.count > (busiest?.count ?? 0)) busiest = topic;
  if (busiest === undefined) return { seconds: 0, problems: [] };
  const problems: Problem[] = [];
  for (const topic of topics) {
    const away = Math.max(busiest.first_s - topic.first_s, topic.last_s - busiest.last_s);
    if (topic.count === 0 || away <= CLOCK_REACH_S) continue;
    const text = `${topic.name}: has times ${secondsText(away)} away from those of ${busiest.name}; it runs on another clock, at least in part`;
    problems.push({ code: "other-clock", text, count: 1, topic: topic.name, at_s: topic.first_s });
  }
  return { seconds: busiest.last_s - busiest.first_s, problems };
}

/** Topics of one clock may lie apart (a mission begins after a wait), but not by a day. */
const CLOCK_REACH_S = 86_400;
