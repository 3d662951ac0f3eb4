import { type EventExpectation, EXPECTATION_KINDS, type Expectation, FRAME_MAX } from "../judge/expectation.ts";
import type { Checked } from "../model/checked-json.ts";
import { CHANNELS, type ChannelName, HEALTHS, MODES } from "../model/enums.ts";
import { EVENTS, LEVELS } from "../model/events.ts";

const EVENT_NAMES: readonly string[] = EVENTS.map(({ name }) => name);
const SENSOR = /^[ABC]\.[a-z][a-z0-9_]{0,47}$/;
const HASH = /^[0-9a-f]{16}$/;

/** Reads one entry of `expect`. Throws through `Checked`. */
export function parseExpectation(entry: Checked): Expectation {
  const that = (entry.get("that") ?? entry.fail('an object with "that"')).oneOf(EXPECTATION_KINDS);
  const { path } = entry;
  switch (that) {
    case "mode":
      return { path, that, is: need(keys(entry, "is"), "is").oneOf(MODES) };
    case "channel":
      return { path, that, channel: channelOf(keys(entry, "channel", "is")), is: need(entry, "is").oneOf(HEALTHS) };
    case "sensor":
      return { path, that, sensor: sensorOf(keys(entry, "sensor", "is")), is: need(entry, "is").oneOf(HEALTHS) };
    case "voter":
      return { path, that, channel: channelOf(keys(entry, "channel")) };
    case "opens":
      return opens(keys(entry, "what", "after", "within"));
    case "returns":
      return { path, that, sensor: sensorOf(keys(entry, "sensor", "by")), by: whole(need(entry, "by"), 0) };
    case "held":
    case "safe":
    case "wrong":
      return { path, that, most: whole(need(keys(entry, "most"), "most"), 0) };
    case "event":
      return { path, ...event(keys(entry, "name", "subject", "from", "to", "least", "most")) };
    case "quiet":
      keys(entry, "level", "from", "to");
      return { path, that, level: entry.get("level")?.oneOf(LEVELS) ?? "warning", ...range(entry) };
    case "oracle":
      return { path, that, is: need(keys(entry, "is"), "is").oneOf(["good", "bad"]) };
    case "verdict":
      return { path, that, is: need(keys(entry, "is"), "is").oneOf(["pass", "fail"]) };
    case "output-hash":
      return { path, that, is: matching(need(keys(entry, "is"), "is"), HASH, "16 hexadecimal digits") };
    default:
      return that satisfies never;
  }
}

function keys(entry: Checked, ...known: string[]): Checked {
  return entry.only(["that", "note", ...known]);
}

/** The value of a key that must be there. */
export function need(entry: Checked, key: string): Checked {
  return entry.get(key) ?? entry.fail(`"${key}" in this object`);
}

/** A whole number from `least` to the last frame there can be. */
export function whole(entry: Checked, least: number): number {
  const value = entry.number(least, FRAME_MAX);
  return Number.isInteger(value) ? value : entry.fail("a whole number");
}

function channelOf(entry: Checked): ChannelName {
  return need(entry, "channel").oneOf(CHANNELS);
}

function sensorOf(entry: Checked): string {
  return matching(need(entry, "sensor"), SENSOR, 'a sensor such as "B.gyro_x"');
}

function matching(entry: Checked, pattern: RegExp, expected: string): string {
  const text = entry.string();
  return pattern.test(text) ? text : entry.fail(expected);
}

function range(entry: Checked): { from: number; to: number } {
  const first = entry.get("from");
  const last = entry.get("to");
  const from = first === undefined ? 0 : whole(first, 0);
  const to = last === undefined ? FRAME_MAX : whole(last, 0);
  if (to < from) (last ?? entry).fail(`a frame of at least ${from}`);
  return { from, to };
}

function opens(entry: Checked): Expectation {
  const what = need(entry, "what");
  const text = what.string();
  const isChannel = CHANNELS.some((channel) => channel === text);
  if (!isChannel && !SENSOR.test(text)) what.fail('a channel such as "C" or a sensor such as "B.gyro_x"');
  const after = whole(need(entry, "after"), 0);
  return { path: entry.path, that: "opens", what: text, after, within: whole(need(entry, "within"), 1) };
}

function event(entry: Checked): EventExpectation {
  const name = need(entry, "name").oneOf(EVENT_NAMES);
  const subject = entry.get("subject")?.string();
  const limit = entry.get("most");
  const most = limit === undefined ? FRAME_MAX : whole(limit, 0);
  const lower = entry.get("least");
  const least = lower === undefined ? (limit === undefined ? 1 : 0) : whole(lower, 0);
  if (least > most) (lower ?? entry).fail(`at most ${most}`);
  return { that: "event", name, ...(subject === undefined ? {} : { subject }), ...range(entry), least, most };
}
