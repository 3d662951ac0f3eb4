import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { type BuiltModule, buildLaw } from "../../host/build/build.ts";
import { readSignalTable } from "../../host/build/law/signal-section.ts";
import { qh64Bytes } from "../../host/model/qh64.ts";
import { loadLaw } from "../../host/testing/index.ts";
import { readModule } from "../../host/wasm/wasm-module.ts";
import { buildText, inFolder, lawText } from "./helpers.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LAWS = ["altitude-hold", "motor-speed", "rate-damper", "thermal-guard"];
const pathOf = (law: string): string => join(ROOT, "firmware/control", `${law}.ts`);

const known = new Map<string, Promise<BuiltModule>>();
function built(law: string): Promise<BuiltModule> {
  const module = known.get(law) ?? buildLaw({ path: pathOf(law) });
  known.set(law, module);
  return module;
}

describe.each(LAWS)("the control law %s", (law) => {
  it("becomes a module without imports, with one fixed page and the exports of docs/module.md", async () => {
    const { wasm, report } = await built(law);
    const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    const states = Array.from({ length: report.stateGlobals }, (_, n) => ["global", `state.${n}`]);
    expect(WebAssembly.Module.exports(module).map(({ kind, name }) => [kind, name])).toEqual([
      ["memory", "memory"],
      ["function", "init"],
      ["function", "step"],
      ["global", "fuel"],
      ...states,
    ]);
    const memory = new WebAssembly.Instance(module, {}).exports.memory as WebAssembly.Memory;
    expect(memory.buffer.byteLength).toBe(65_536);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it("has a small state, a bounded worst step within its budget, and carries its own table", async () => {
    const { wasm, hash, table, report } = await built(law);
    expect(report.stateSize).toBeLessThanOrEqual(256);
    expect(report.worstFuel).toBeGreaterThan(0);
    expect(report.worstFuel).toBeLessThanOrEqual(table.fuelBudget);
    expect(readSignalTable(wasm)).toEqual(table);
    expect(qh64Bytes(wasm)).toBe(hash);
  });

  it("holds its signal table and no other section of names, paths or lines", async () => {
    const { wasm } = await built(law);
    expect(readModule(wasm).customs.map(({ name }) => name)).toEqual(["quorate.signals"]);
    const text = Buffer.from(wasm).toString("latin1");
    for (const trace of [".ts", "~lib", "firmware", "#step", ".wasm", "__quorate"]) expect(text).not.toContain(trace);
  });

  it("gives the same bytes from another folder, under another name, and from quorate/sdk", async () => {
    const expected = (await built(law)).hash;
    await inFolder(async (folder) => {
      cpSync(join(ROOT, "firmware/sdk"), join(folder, "deep/er/sdk"), { recursive: true });
      mkdirSync(join(folder, "deep/er/control"));
      cpSync(pathOf(law), join(folder, "deep/er/control/renamed.ts"));
      expect((await buildLaw({ path: join(folder, "deep/er/control/renamed.ts") })).hash).toBe(expected);
      mkdirSync(join(folder, "project/node_modules"), { recursive: true });
      symlinkSync(ROOT, join(folder, "project/node_modules/quorate"));
      const text = readFileSync(pathOf(law), "utf8").replace("../sdk/index", "quorate/sdk");
      writeFileSync(join(folder, "project/law.ts"), text);
      expect((await buildLaw({ path: join(folder, "project/law.ts") })).hash).toBe(expected);
    });
    expect((await buildText(readFileSync(pathOf(law), "utf8").replace("../sdk/index", "quorate/sdk"))).hash).toBe(
      expected,
    );
  });

  it("touches nothing above its state and never more fuel than the bound, whatever comes in", async () => {
    const module = await built(law);
    const { table } = module;
    const test = await loadLaw(module);
    let seed = 1;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    for (let frame = 0; frame < 2000; frame += 1) {
      for (const { name, min, max } of table.inputs) {
        if (random() < 0.1) test.invalidate(name);
        else test.set({ [name]: random() < 0.05 ? (random() < 0.5 ? min : max) : min + random() * (max - min) });
      }
      test.step();
      expect(test.fuelUsed).toBeLessThanOrEqual(table.worstFuel);
      for (const { name, type, min, max } of table.outputs) {
        const value = Number(test.output(name));
        expect(type === "bool" || (value >= min && value <= max), `${name} = ${value} in frame ${frame}`).toBe(true);
      }
    }
    expect(test.bytesBeyondState().some((byte) => byte !== 0)).toBe(false);
  });
});

describe("the build", () => {
  it("gives the same bytes when several laws are built at once", async () => {
    const hashes = await Promise.all(LAWS.map((law) => built(law).then(({ hash }) => hash)));
    const again = await Promise.all(
      [...LAWS, ...LAWS].map(async (law) => (await buildLaw({ path: pathOf(law) })).hash),
    );
    expect(again).toEqual([...hashes, ...hashes]);
  });

  it("counts all that start-up allocates as state, although the optimiser folds the allocator away", async () => {
    const text = lawText(
      "this.ring[this.at] = inputs.a.value; this.at = (this.at + 1) % 100; outputs.b = this.ring[this.at];",
      {
        fields: "private ring: StaticArray<f32> = new StaticArray<f32>(100);\n  private at: i32 = 0;",
      },
    );
    const module = await buildText(text);
    expect(module.table.stateSize).toBeGreaterThanOrEqual(400);
    const law = await loadLaw(module);
    for (let i = 0; i < 150; i += 1) {
      law.set({ a: 1 + (i % 7) });
      law.step();
    }
    expect(law.bytesBeyondState().some((byte) => byte !== 0)).toBe(false);
  });

  it("bounds the fuel of loops that count, and says 0 when a loop has no bound", async () => {
    const counted =
      "let s: f32 = 0; for (let i: i32 = 0; i < 20; i++) for (let k: i32 = 10; k > 0; k -= 3) s += inputs.a.value * f32(k); outputs.b = s * 0.001;";
    const bounded = await buildText(lawText(counted));
    expect(bounded.report.worstFuel).toBeGreaterThan(400);
    const law = await loadLaw(bounded);
    law.set({ a: 1 });
    law.step();
    expect(law.fuelUsed).toBeLessThanOrEqual(bounded.report.worstFuel);
    expect(law.fuelUsed).toBeGreaterThan(bounded.report.worstFuel / 2);
    const open = await buildText(
      lawText("let n: i32 = i32(inputs.a.value); while (n > 0) n -= 1; outputs.b = f32(n);"),
    );
    expect(open.report.worstFuel).toBe(0);
  });

  it("keeps 64-bit numbers inside a law and in its globals", async () => {
    const module = await buildText(
      lawText("total += f64(inputs.a.value); count += 1; outputs.b = f32(total / f64(count));", {
        before: "let total: f64 = 0;\nlet count: i64 = 0;",
      }),
    );
    expect(module.report.stateGlobals).toBe(2);
    const law = await loadLaw(module);
    law.set({ a: 2 });
    law.step(3);
    expect(law.output("b")).toBe(2);
    const saved = law.snapshot();
    const hash = law.hash();
    law.set({ a: 9 });
    law.step(4);
    expect(law.hash()).not.toBe(hash);
    law.restore(saved);
    expect(law.hash()).toBe(hash);
  });

  it("takes a law that imports a file of its own", async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, "lib"));
      writeFileSync(join(folder, "lib/half.ts"), "export function half(x: f32): f32 { return 0.5 * x; }\n");
      writeFileSync(
        join(folder, "law.ts"),
        `import { half } from "./lib/half";\n${lawText("outputs.b = half(inputs.a.value);")}`,
      );
      const law = await loadLaw(await buildLaw({ path: join(folder, "law.ts") }));
      law.set({ a: 4 });
      law.step();
      expect(law.output("b")).toBe(2);
      writeFileSync(join(folder, "lib/half.ts"), "export function half(x: f32): f32 {\n  return 0.5 * y;\n}\n");
      await expect(buildLaw({ path: join(folder, "law.ts") })).rejects.toThrow(/half\.ts:2:16: .*Cannot find name 'y'/);
    });
  });

  it("says so when there is no such file", async () => {
    await expect(buildLaw({ path: "/no/such/law.ts" })).rejects.toMatchObject({
      code: "no-such-file",
      file: "/no/such/law.ts",
    });
  });
});

describe("docs/control-law.md", () => {
  it("shows a law that builds and a test that passes", async () => {
    const [example = ""] =
      /(?<=```ts\n)import .*?(?=```)/s.exec(readFileSync(join(ROOT, "docs/control-law.md"), "utf8")) ?? [];
    const law = await loadLaw(await buildText(example));
    law.set({ gyro: 0.5 });
    law.tune({ gain: 0.1 });
    law.step(10);
    expect(law.output("torque")).toBeCloseTo(-0.05);
    expect(law.probe("angle")).toBeCloseTo(0.05);
  });
});

describe("an editor with the shipped types", () => {
  it("shows no errors in the control laws, and shows wrong words", () => {
    const config = ts.getParsedCommandLineOfConfigFile(
      join(ROOT, "firmware/control/tsconfig.json"),
      {},
      { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
    );
    if (config === undefined) throw new Error("firmware/control/tsconfig.json cannot be read");
    expect(config.fileNames).toHaveLength(LAWS.length);
    const diagnose = (names: readonly string[], options: ts.CompilerOptions): string[] =>
      ts
        .getPreEmitDiagnostics(ts.createProgram(names, options))
        .map((each) => ts.flattenDiagnosticMessageText(each.messageText, " "));
    expect(diagnose(config.fileNames, config.options)).toEqual([]);
    const wrong = readFileSync(pathOf("motor-speed"), "utf8")
      .replace('"median"', '"medain"')
      .replace("min: -18", "mim: -18");
    const host = ts.createCompilerHost(config.options);
    const { readFile, getSourceFile } = host;
    host.readFile = (name) => (name.endsWith("motor-speed.ts") ? wrong : readFile(name));
    host.getSourceFile = (name, version) =>
      name.endsWith("motor-speed.ts") ? ts.createSourceFile(name, wrong, version) : getSourceFile(name, version);
    const messages = ts
      .getPreEmitDiagnostics(ts.createProgram([pathOf("motor-speed")], config.options, host))
      .map((each) => ts.flattenDiagnosticMessageText(each.messageText, " "));
    expect(messages.join("\n")).toMatch(/"medain"' is not assignable/);
    expect(messages.join("\n")).toMatch(/'mim' does not exist/);
  });
});
