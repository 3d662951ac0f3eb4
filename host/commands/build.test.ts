import { linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readSignalTable } from "../build/law/signal-section.ts";
import { qh64Bytes } from "../model/qh64.ts";
import { register } from "./build.ts";

const LAW = "firmware/control/motor-speed.ts";

describe("quorate build", () => {
  let folder: string;
  let printed: string;
  let warned: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "quorate-command-"));
    printed = "";
    warned = "";
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      warned += String(text);
      return true;
    });
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (...words: readonly string[]): Promise<void> => {
    const program = new Command("quorate").exitOverride().configureOutput({ writeErr: () => {} });
    register(program);
    await program.parseAsync(["build", ...words], { from: "user" });
  };

  it("writes the module and prints hash, size, state, fuel, stack and signals", async () => {
    const file = join(folder, "out.wasm");
    await run(LAW, "-o", file);
    const wasm = readFileSync(file);
    expect(readSignalTable(wasm).law).toBe("motor-speed");
    expect(printed).toContain(qh64Bytes(wasm));
    expect(printed).toContain(`${wasm.length} bytes`);
    expect(printed).toMatch(/fuel +at most \d+ a step, budget 2000/);
    expect(printed).toMatch(/stack +\d+ calls, \d+ slots/);
    expect(printed).toMatch(/input +speed +f32 +rad\/s +-500 \.\. 500 +median, tolerance 5/);
    expect(printed).toMatch(/output +voltage +f32 +V +-18 \.\. 18 +safe 0, rate 400\/s/);
  });

  it("prints one object with --json, and the same bytes give the same object", async () => {
    const file = join(folder, "out.wasm");
    await run(LAW, "-o", file, "--json");
    const object = JSON.parse(printed) as Record<string, unknown>;
    expect(object).toMatchObject({
      schema: "quorate/build/1",
      law: "motor-speed",
      module: { hash: qh64Bytes(readFileSync(file)), bytes: readFileSync(file).length, file },
      period_us: 5000,
      fuel: { budget: 2000 },
    });
    const first = printed;
    printed = "";
    await run(LAW, "-o", file, "--json");
    expect(printed).toBe(first);
  });

  /** The starter's law with another budget, or a step that begins with `body`. */
  const changedLaw = ({ fuel = 1000, body = "" }): string => {
    const text = readFileSync("examples/starter/law/thermostat.ts", "utf8")
      .replace(/fuel: \d+/, `fuel: ${fuel}`)
      .replace(/( step\(.*\{)$/m, `$1 ${body}`);
    writeFileSync(join(folder, "law.ts"), text);
    return join(folder, "law.ts");
  };

  it("refuses a budget within which no step can end, and takes what it names", async () => {
    const file = join(folder, "out.wasm");
    const error = await run(changedLaw({ fuel: 1 }), "-o", file).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: "small-budget", kind: "file" });
    const least = Number(/expected at least (\d+) instructions/.exec(String(error))?.[1]);
    await expect(run(changedLaw({ fuel: least - 1 }), "-o", file)).rejects.toMatchObject({ code: "small-budget" });
    await run(changedLaw({ fuel: least }), "-o", file);
  });

  it("warns on stderr when a step may need more than the budget, and when it has no bound", async () => {
    const file = join(folder, "out.wasm");
    await run(changedLaw({}), "-o", file, "--json");
    expect(warned).toBe("");
    const { worst } = (JSON.parse(printed) as { fuel: { worst: number } }).fuel;
    await run(changedLaw({ fuel: worst }), "-o", file);
    expect(warned).toBe("");
    await run(changedLaw({ fuel: worst - 1 }), "-o", file);
    expect(warned).toContain(`a step can need ${worst} instructions and the budget is ${worst - 1}`);
    warned = "";
    await run(changedLaw({ body: "while (true) {}" }), "-o", file);
    expect(warned).toContain("no bound");
    expect(printed).toContain("no bound found, budget 1000");
  });

  it("never writes the module over its source", async () => {
    const copy = join(folder, "law.ts");
    const source = readFileSync("examples/starter/law/thermostat.ts");
    writeFileSync(copy, source);
    await expect(run(copy, "-o", `${folder}/./law.ts`)).rejects.toMatchObject({ code: "same-file" });
    linkSync(copy, `${folder}/link.wasm`);
    await expect(run(copy, "-o", `${folder}/link.wasm`)).rejects.toMatchObject({ code: "same-file" });
    expect(readFileSync(copy).equals(source)).toBe(true);
  });

  it("refuses a file that is not there, and a place that cannot be written", async () => {
    await expect(run("no-such-law.ts")).rejects.toMatchObject({ code: "no-such-file", kind: "file" });
    await expect(run(LAW, "-o", join(folder, "no/such/folder.wasm"))).rejects.toMatchObject({
      code: "cannot-write",
      kind: "file",
    });
  });

  it("refuses a file that is no .ts, and says that", async () => {
    for (const file of ["README.md", "no-such-law", "law.wasm"]) {
      await expect(run(file)).rejects.toMatchObject({ code: "not-a-law", kind: "file", place: { file } });
    }
    await expect(run("README.md")).rejects.toThrow(/expected a file whose name ends in \.ts, found README\.md/);
  });

  it("leaves usage errors to the command line", async () => {
    await expect(run()).rejects.toMatchObject({ code: "commander.missingArgument" });
    await expect(run(LAW, "--fast")).rejects.toMatchObject({ code: "commander.unknownOption" });
  });
});
