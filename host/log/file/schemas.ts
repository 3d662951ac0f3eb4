import { REPORTERS } from "../../model/events.ts";
import { channelLayout, detailLayout, ros2Definition, stageLayout } from "../../model/record.ts";
import type { SignalList } from "../../model/signals.ts";
import type { ChannelRecord, SchemaRecord } from "./mcap-writer.ts";

/** Topics and schemas of a voter log (docs/voter-log.md). Channel ids are fixed: 1 to 3 are A to C. */

/** Version of docs/voter-log.md; that of the records is `RECORD_VERSION`. */
export const FORMAT_VERSION = 2;
/** Says in the header who wrote the file. */
export const LIBRARY_NAME = "quorate voter log";
export const LIBRARY: string = `${LIBRARY_NAME} ${FORMAT_VERSION}`;

export const TOPICS = [
  "/a/frame",
  "/b/frame",
  "/c/frame",
  "/stage/frame",
  "/events",
  "/log",
  "/a/detail",
  "/b/detail",
  "/c/detail",
] as const;
export type Topic = (typeof TOPICS)[number];

/** Places in `TOPICS`; a channel's is so many behind A's. */
export const STAGE_TOPIC: number = TOPICS.indexOf("/stage/frame");
export const EVENTS_TOPIC: number = TOPICS.indexOf("/events");
export const DETAIL_A_TOPIC: number = TOPICS.indexOf("/a/detail");

/** Whether one record a frame is on this topic, and not only where something is amiss. */
export function isFrameTopic(topic: number): boolean {
  return topic >= 0 && topic <= STAGE_TOPIC;
}

/** Whether the messages of a topic are records of a frame: they begin with its number. */
export function isRecordTopic(topic: number): boolean {
  return isFrameTopic(topic) || topic >= DETAIL_A_TOPIC;
}

/** MCAP channel ids of the topics, in the order of `TOPICS`. */
export const CHANNEL_A_ID = 1;
export const STAGE_ID = 4;
export const EVENTS_ID = 5;
export const TEXT_ID = 6;
export const DETAIL_A_ID = 7;

const EVENT_SCHEMA = {
  title: "quorate.Event",
  description: "What a channel, the output stage or the host reports",
  type: "object",
  properties: {
    frame: { type: "integer", minimum: 0 },
    by: { type: "string", enum: REPORTERS },
    code: { type: "integer", minimum: 0 },
    name: { type: "string" },
    level: { type: "string", enum: ["info", "warning", "error"] },
    subject: { type: "integer", minimum: 0 },
    argument: { type: "integer", minimum: 0 },
    text: { type: "string" },
  },
  required: ["frame", "by", "code", "name", "level", "subject", "argument", "text"],
};

/** The well-known shape that log viewers show as text; levels 2 info, 3 warning, 4 error. */
const TEXT_SCHEMA = {
  title: "foxglove.Log",
  description: "A sentence for a person",
  type: "object",
  properties: {
    timestamp: {
      type: "object",
      title: "time",
      properties: { sec: { type: "integer", minimum: 0 }, nsec: { type: "integer", minimum: 0, maximum: 999_999_999 } },
    },
    level: { type: "integer", title: "foxglove.LogLevel" },
    message: { type: "string" },
    name: { type: "string" },
    file: { type: "string" },
    line: { type: "integer", minimum: 0 },
  },
};

export function logSchemas(signals: SignalList): SchemaRecord[] {
  const [channel, stage, detail] = [channelLayout(signals), stageLayout(signals), detailLayout()].map((layout) => ({
    name: layout.schema,
    encoding: "ros2msg",
    data: utf8.encode(ros2Definition(layout)),
  }));
  const json = [EVENT_SCHEMA, TEXT_SCHEMA].map((schema) => ({
    name: schema.title,
    encoding: "jsonschema",
    data: utf8.encode(JSON.stringify(schema)),
  }));
  return [channel, stage, ...json, detail].flatMap((schema, i) =>
    schema === undefined ? [] : [{ id: i + 1, ...schema }],
  );
}

/** Schema of each topic, in the order of `TOPICS`. */
const SCHEMA_IDS = [1, 1, 1, 2, 3, 4, 5, 5, 5];
const JSON_SCHEMA_IDS: readonly number[] = [3, 4];

export function logChannels(): ChannelRecord[] {
  return TOPICS.map((topic, i) => {
    const schemaId = SCHEMA_IDS[i] as number;
    const messageEncoding = JSON_SCHEMA_IDS.includes(schemaId) ? "json" : "cdr";
    return { id: i + CHANNEL_A_ID, schemaId, topic, messageEncoding };
  });
}

const utf8 = new TextEncoder();
