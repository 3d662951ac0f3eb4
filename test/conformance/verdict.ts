/**
 * One command's verdict. "Unsupported" would be a place for failures to hide, so each such reason must be confirmed by
 * something that is not the engine: the reader in front of wasm2c names the same declined feature, or V8, under the same
 * restriction, gives the same answer.
 */
import { readFileSync } from "node:fs";
import { aotDeclines } from "../../host/build/aot/aot.ts";
import { IMPORTS, SEGMENT } from "../../host/wasm/declined.ts";
import { agree } from "../runtime/v8-words.ts";
import { EMPTY, type Filling, type Talk, type Traits } from "./filling.ts";
import { growsMemory, NO_EXPORT, sayingsInV8 } from "./in-v8.ts";
import { type Action, type Command, foreignType, matches, trapStatus } from "./suite.ts";

export interface Finding {
  readonly outcome: "passed" | "failed" | "unsupported";
  /** Why it failed, or the feature that is missing. */
  readonly reason: string;
}

/** The module that a command is about, and what the engine said. */
export interface Subject extends Talk {
  readonly actions: readonly Action[];
  readonly isRegistered: boolean;
  /** The answer to the load. */
  readonly loaded: string;
  /** The answer to this command. */
  readonly answer: string;
  /** Number of this command's action among `actions`. */
  readonly action: number;
}

const ERR_FEATURE = "-4";
const ERR_IMPORT = "-5";
const ERR_SEGMENT = "-9";
const ERR_EXPORT = "-10";
const TRAP_TABLE = -37;
const TRAP_SIGNATURE = -39;
const TRAP_STACK = -40;

const passed: Finding = { outcome: "passed", reason: "" };
const failed = (reason: string): Finding => ({ outcome: "failed", reason });
const unsupported = (reason: string): Finding => ({ outcome: "unsupported", reason });

export function verdictOf(command: Command, subject: Subject | undefined, { name, traits }: Filling): Finding {
  if (command.type === "register") return unsupported(IMPORTS);
  if (command.module_type === "text") return unsupported("text format (not the engine's business)");
  if (subject === undefined) return failed(`nothing was asked for the command ${command.type}`);
  const declined = declinedBy(subject, name === "wasm3");
  if (declined !== undefined) return declined;
  switch (command.type) {
    case "module":
      return subject.loaded.startsWith("ok") ? passed : failed(`the module was refused: ${subject.loaded}`);
    case "assert_malformed":
    case "assert_invalid":
      return judgeRefusal(command, subject);
    case "assert_unlinkable":
      return subject.loaded.startsWith(`refused ${ERR_SEGMENT}`) ? passed : failed(`linked: ${subject.loaded}`);
    case "assert_uninstantiable":
      return isStopped(subject.loaded) ? passed : failed(subject.loaded);
    default:
      return judgeAction(command, subject, traits);
  }
}

const isStopped = (loaded: string): boolean =>
  loaded.startsWith("start ") || loaded.startsWith(`refused ${ERR_SEGMENT}`);

const features = new Map<string, string | undefined>();
/** What our own reader finds in a module that the engine shall decline. */
function featureIn(file: string): string | undefined {
  if (!features.has(file)) features.set(file, aotDeclines(readFileSync(file))?.feature);
  return features.get(file);
}

/**
 * Set aside, because the module uses what the engine declines. The engine must say which feature that is, our own reader
 * must find the same one, and nothing may have run.
 *
 * @param isOthers wasm3 takes some of these features: what it does with them is outside the interface, so the reader alone
 *   says that a module is.
 */
function declinedBy({ file, loaded, answer }: Subject, isOthers: boolean): Finding | undefined {
  const [verb, status, , ...words] = loaded.split(" ");
  const found = featureIn(file);
  // An instruction of no known edition is wrong, not declined.
  const isKnown = words.join(" ") !== "unknown instruction";
  const isFeature = verb === "refused" && ((status === ERR_FEATURE && isKnown) || status === ERR_IMPORT);
  if (isOthers) return found === undefined || found === SEGMENT ? undefined : unsupported(found);
  if (!isFeature) return undefined;
  const said = status === ERR_IMPORT ? IMPORTS : words.join(" ");
  if (said !== found) return failed(`declined for ${said}, but the module has ${found ?? "nothing that is declined"}`);
  if (answer !== loaded && answer !== EMPTY) return failed(`declined for ${said}, but it ran: ${answer}`);
  return unsupported(said);
}

function judgeRefusal({ text }: Command, { loaded, file }: Subject): Finding {
  if (loaded.startsWith("refused")) return passed;
  // Editions differ in one place (br_table in dead code); V8 knows the current one.
  if (WebAssembly.validate(readFileSync(file)))
    return unsupported("invalid only in an older edition of the specification");
  return failed(`taken although ${text}: ${loaded}`);
}

function judgeAction(command: Command, subject: Subject, traits: Traits): Finding {
  const foreign = foreignType([...(command.action?.args ?? []), ...(command.expected ?? [])]);
  if (foreign !== undefined) return failed(`a module with values of type ${foreign} was taken`);
  const { answer, file } = subject;
  if (command.action?.field.includes("\0") === true) {
    return agreesWithV8(subject)
      ? unsupported("export names with a zero byte (names are C strings)")
      : failed(`a name with a zero byte gives ${answer}`);
  }
  const finding = compare(command, answer, traits);
  if (finding.outcome !== "failed") return finding;
  // Memory never grows here, and nobody imports (docs/engine.md): V8 says what is right then.
  const isGrowing = growsMemory(file);
  if (!isGrowing && !subject.isRegistered) return finding;
  if (!agreesWithV8(subject)) return failed(`${finding.reason}; V8 under the same restriction says otherwise`);
  return unsupported(isGrowing ? "memory.grow by more than nothing" : IMPORTS);
}

function agreesWithV8({ file, actions, action, answer }: Subject): boolean {
  const said = sayingsInV8(file, actions)[action] ?? "";
  return said === NO_EXPORT ? answer === `status ${ERR_EXPORT}` : agree(said, answer);
}

function compare(command: Command, said: string, traits: Traits): Finding {
  if (command.type === "assert_trap" || command.type === "assert_exhaustion") {
    const status = command.type === "assert_exhaustion" ? TRAP_STACK : trapStatus(command.text ?? "");
    if (said === `status ${status}`) return passed;
    const isTable = status !== undefined && status <= TRAP_TABLE && status > TRAP_SIGNATURE;
    if (isTable && traits.tableTraps === "one" && said === `status ${TRAP_SIGNATURE}`) {
      return unsupported("telling the three traps of call_indirect apart (it did trap)");
    }
    return failed(`expected a trap (${command.text}), found ${said}`);
  }
  const [verb, bits] = said.split(" ");
  if (verb !== "ok") return failed(`expected a result, found ${said}`);
  const [expected] = command.expected ?? [];
  if (command.type === "action" || expected === undefined) return passed;
  const found = bits === undefined || bits === "-" ? undefined : BigInt(`0x${bits}`);
  if (found !== undefined && matches(expected, found, traits.nan)) return passed;
  return failed(`expected ${expected.type} ${expected.value}, found ${said}`);
}
