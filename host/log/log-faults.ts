import { describe } from "../faults/describe-fault.ts";
import { FaultListError } from "../faults/fault-list-error.ts";
import { faultsFromJson } from "../faults/faults-from-json.ts";
import type { ResolvedFault } from "../faults/resolved-fault.ts";
import { CHANNELS } from "../model/enums.ts";
import type { SignalList } from "../model/signals.ts";
import { ATTACHMENTS } from "./file/attachments.ts";
import { LogError } from "./file/log-error.ts";
import type { VoterLog } from "./reader.ts";
import type { ToldFault, ToldPlace } from "./story/told-fault.ts";

/**
 * The faults that were injected into a run, by their index; none when the log has no list, or lost it.
 * @throws LogError when the list is whole and makes no sense.
 */
export async function faultsOf(log: VoterLog): Promise<readonly ResolvedFault[]> {
  const bytes = await log.attachment(ATTACHMENTS.faults);
  if (bytes === undefined) return [];
  try {
    return faultsFromJson(new TextDecoder().decode(bytes), { table: log.table });
  } catch (error) {
    if (!(error instanceof FaultListError)) throw error;
    throw new LogError({
      code: "bad-faults",
      kind: "file",
      problem: `the log's ${ATTACHMENTS.faults} is none, ${error.path}`,
      place: { file: log.name },
      expected: error.expected ?? "",
      found: error.found ?? "",
      cause: error,
    });
  }
}

/** A fault as the story tells it. */
export function toldFault(fault: ResolvedFault, index: number, signals: SignalList): ToldFault {
  const { text, frame, end } = fault;
  return { index, text, title: `Injected: ${text}. ${describe(fault)}`, place: placeOf(fault, signals), frame, end };
}

function placeOf(fault: ResolvedFault, { inputs }: SignalList): ToldPlace {
  switch (fault.place) {
    case "channel":
      return { kind: "channel", channel: CHANNELS[fault.channel] ?? "" };
    case "link":
      return { kind: "link", from: CHANNELS[fault.from] ?? "", to: CHANNELS[fault.to] ?? "" };
    case "sensor": {
      const other = inputs[fault.other]?.name;
      const { name } = fault.signal;
      return {
        kind: "sensor",
        channel: CHANNELS[fault.channel] ?? "",
        inputs: other === undefined ? [name] : [name, other],
      };
    }
    default:
      return fault satisfies never;
  }
}
