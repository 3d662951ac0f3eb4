import type { FaultTable } from "./bind-fault.ts";
import { FaultListError } from "./fault-list-error.ts";
import { FAULTS_MAX } from "./fault-spec.ts";
import { FaultStreams } from "./fault-stream.ts";
import { FAULTS_SCHEMA } from "./faults-to-json.ts";
import { ListField } from "./list-field.ts";
import { readResolved } from "./read-resolved.ts";
import type { ResolvedFault } from "./resolved-fault.ts";

/** Room for the largest list there can be: 64 faults with all their bits listed. */
const TEXT_MAX = 2_000_000;

/**
 * Reads what `faultsToJson` wrote and binds it to the law's table again.
 *
 * Nothing is passed over: a field that is missing, unknown, of another type or at odds with another one is refused. Throws
 * `FaultListError`.
 */
export function faultsFromJson(text: string, { table }: { readonly table: FaultTable }): readonly ResolvedFault[] {
  const root = parse(text).only(["schema", "faults"]);
  root.get("schema").is(FAULTS_SCHEMA);
  const streams = new FaultStreams();
  return root
    .get("faults")
    .list(FAULTS_MAX)
    .map((entry) => {
      const fault = readResolved(entry, table);
      entry.get("stream").is(streams.next(fault.text));
      return fault;
    });
}

function parse(text: string): ListField {
  const place = { path: "$", problem: "this is no list of faults" };
  if (text.length > TEXT_MAX) {
    throw new FaultListError("too-large", {
      ...place,
      expected: `at most ${TEXT_MAX} characters`,
      found: `${text.length}`,
    });
  }
  try {
    return new ListField(JSON.parse(text));
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new FaultListError("bad-json", { ...place, expected: "JSON", found });
  }
}
