import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAULT_MODES, type FaultArgument, type FaultMode, type FaultPlace } from "../../host/faults/fault-modes.ts";
import { FAULT_TEXT_MAX } from "../../host/faults/fault-spec.ts";
import { faultsFromJson } from "../../host/faults/faults-from-json.ts";
import { FAULTS_SCHEMA, SEEDED } from "../../host/faults/faults-to-json.ts";
import { FLIPS_LISTED_MAX } from "../../host/faults/flips.ts";
import { parseFault } from "../../host/faults/parse-fault.ts";
import { faults, TARGET } from "../../host/faults/testing.ts";

const PAGE = readFileSync(new URL("../../docs/faults.md", import.meta.url), "utf8");

/** One row of the page's tables: `name(arguments)`, what each is, what happens, what is claimed. */
function row(mode: FaultMode): string {
  const names = mode.arguments.map(({ name }) => name).join(", ");
  const head = names === "" ? mode.name : `${mode.name}(${names})`;
  const claim = mode.lasts === "once" ? `${mode.hypothesis}; one frame` : mode.hypothesis;
  return `| \`${head}\` | ${mode.about} | ${mode.arguments.map(argumentText).join("; ") || "-"} | ${claim} |`;
}

function argumentText({ name, unit, type, standard }: FaultArgument): string {
  const range = type.kind === "choice" ? `: ${type.words.join(", ")}` : unit === "" ? "" : ` in ${unit}`;
  const otherwise =
    standard.kind === "value" ? `${standard.value}` : standard.kind === "required" ? "must be given" : standard.text;
  return `\`${name}\`${range} (${otherwise.replaceAll("|", "\\|")})`;
}

function table(place: FaultPlace): string {
  const head = "| fault | what happens | arguments (without them) | claim |\n|---|---|---|---|";
  return [head, ...FAULT_MODES.filter((mode) => mode.place === place).map(row)].join("\n");
}

describe("docs/faults.md", () => {
  it.each(["sensor", "link", "channel"] as const)("lists every %s fault as the parser knows it", (place) => {
    expect(PAGE).toContain(table(place));
  });

  it("shows a list of resolved faults that is what these texts resolve to", () => {
    const [, text = ""] = /```json\n([\s\S]*?)```/.exec(PAGE) ?? [];
    const list = faultsFromJson(text, TARGET);
    expect(list).toEqual(faults("B.gyro_x:stuck@500+200", "C:bitflip(core)@10+3"));
    const fields = [...text.matchAll(/^ {6}"([a-z_]+)":/gm)].map(([, field = ""]) => field);
    for (const field of fields) expect(PAGE).toMatch(new RegExp(`^\\| .*\`${field}\`.* \\|.*\\|$`, "m"));
    expect(PAGE).toContain(`\`${FAULTS_SCHEMA}\``);
    expect(PAGE).toContain(`Beyond ${FLIPS_LISTED_MAX} frames`);
    expect(PAGE).toContain(`"drawn_from": "${SEEDED}"`);
    expect(PAGE).toContain(`at most ${FAULT_TEXT_MAX} characters`);
  });

  it("shows only faults that can be read", () => {
    const shown = [...PAGE.matchAll(/`([ABC](?:[>.][A-Za-z_]+)?:[a-z]+[^`]*@[^`]*)`/g)].map(([, text = ""]) => text);
    expect(shown.length).toBe(5);
    for (const text of shown) expect(parseFault(text).text).toBe(text);
  });
});
