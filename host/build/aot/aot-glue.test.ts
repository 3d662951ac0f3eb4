import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { readModule } from "../../wasm/wasm-module.ts";
import { BuildError } from "../law/build-error.ts";
import { writeAot } from "./aot.ts";
import { GlueError, type GlueInput, glueText } from "./aot-glue.ts";
import { forTranslation, plainName } from "./aot-module.ts";
import { callsHeader, callsText } from "./calls-glue.ts";
import { lawText } from "./law-glue.ts";

/** Exports memory, a global "fuel", the functions "step" (i32 to i32) and `a "name" 1` (to f64); starts a third one. */
const MODULE = Buffer.from(
  "0061736d01000000010d0360017f017f6000017c60000003040300010205030100010606017f0141000b072504066d656d6f72790200046675656c0300" +
    "047374657000000a6120226e616d6522203100010801020a1503040020000b0b0044000000000000f03f0b02000b",
  "hex",
);

/** Declarations for that module as the two shapes of wabt write them. */
const WABT_1_0_32 = {
  header: [
    "typedef struct Z_law_instance_t {\n  u32 w2c_fuel;\n  wasm_rt_memory_t w2c_memory;\n} Z_law_instance_t;\n",
    "void Z_law_init_module(void);\nvoid Z_law_instantiate(Z_law_instance_t*);\nvoid Z_law_free(Z_law_instance_t*);\n",
    "/* export: 'memory' */\nwasm_rt_memory_t* Z_lawZ_memory(Z_law_instance_t* instance);\n",
    "/* export: 'fuel' */\nu32* Z_lawZ_fuel(Z_law_instance_t* instance);\n",
    "/* export: 'step' */\nu32 Z_lawZ_step(Z_law_instance_t*, u32);\n",
    "/* export: 'quorate_x6120226e616d65222031' */\nf64 Z_lawZ_quorate_x6120226e616d65222031(Z_law_instance_t*);\n",
    "/* export: 'quorate_start' */\nvoid Z_lawZ_quorate_start(Z_law_instance_t*);\n",
  ].join("\n"),
  runtimeHeader: [
    "void wasm_rt_allocate_memory(wasm_rt_memory_t*,\n        uint32_t initial_pages,\n        uint32_t max_pages);",
    "uint32_t wasm_rt_grow_memory(wasm_rt_memory_t*, uint32_t pages);",
  ].join("\n"),
};
const WABT_1_0_41 = {
  header: [
    "typedef struct w2c_law {\n  u32 w2c_fuel;\n  wasm_rt_memory_t w2c_memory;\n} w2c_law;\n",
    "void wasm2c_law_instantiate(w2c_law*);\nvoid wasm2c_law_free(w2c_law*);",
    "wasm_rt_func_type_t wasm2c_law_get_func_type(uint32_t param_count, uint32_t result_count, ...);\n",
    "/* export: 'memory' */\nwasm_rt_memory_t* w2c_law_memory(w2c_law* instance);\n",
    "/* export: 'fuel' */\nu32* w2c_law_fuel(w2c_law* instance);\n",
    "/* export: 'step' */\nu32 w2c_law_step(w2c_law*, u32);\n",
    "/* export: 'quorate_x6120226e616d65222031' */\nf64 w2c_law_quorate_x6120226e616d65222031(w2c_law*);\n",
    "/* export: 'quorate_start' */\nvoid w2c_law_quorate_start(w2c_law*);\n",
  ].join("\n"),
  runtimeHeader: [
    "void wasm_rt_allocate_memory(wasm_rt_memory_t*,\n    uint64_t initial_pages,\n    uint64_t max_pages,\n    bool is64,\n    uint32_t page_size);",
    "uint64_t wasm_rt_grow_memory(wasm_rt_memory_t*, uint64_t pages);",
  ].join("\n"),
};

const inputOf = (texts: { header: string; runtimeHeader: string }): GlueInput => ({
  ...{ name: "law", module: readModule(MODULE), wasm: MODULE, memoryBytes: 65_536 },
  ...texts,
});
const glueFor = (texts: { header: string; runtimeHeader: string }): string => {
  const input = inputOf(texts);
  return glueText(input) + lawText(input, 65_536);
};

describe("the glue", () => {
  it("goes by the names that wabt 1.0.32 declares", () => {
    const text = glueFor(WABT_1_0_32);
    expect(text).toContain("static Z_law_instance_t module_instance;");
    expect(text).toContain("    Z_law_init_module();\n    Z_law_instantiate(&module_instance);");
    expect(text).toContain("    Z_lawZ_quorate_start(&module_instance);");
    expect(text).toContain("const u32 value = Z_lawZ_step(&module_instance, p0);");
    expect(text).toContain("void wasm_rt_allocate_memory(wasm_rt_memory_t* p0, uint32_t p1, uint32_t p2)");
    expect(text).toContain("uint32_t wasm_rt_grow_memory(wasm_rt_memory_t* p0, uint32_t p1)");
  });

  it("goes by the names and the wider types that later versions declare", () => {
    const text = glueFor(WABT_1_0_41);
    expect(text).toContain("static w2c_law module_instance;");
    expect(text).toContain("    module_hook = hook;\n    wasm2c_law_instantiate(&module_instance);");
    expect(text).toContain(
      "void wasm_rt_allocate_memory(wasm_rt_memory_t* p0, uint64_t p1, uint64_t p2, bool p3, uint32_t p4)",
    );
    expect(text).toContain("return p1 == 0 ? p0->pages : (uint64_t)-1;");
  });

  it("asks for an export by its own name, whatever that is in C", () => {
    expect(glueFor(WABT_1_0_41)).toContain('{"a \\042name\\042 1", &module_types[1], function_1},');
  });

  it("sets bounds checks in the module's own file, by the words that wabt's header knows", () => {
    expect(glueFor(WABT_1_0_32)).toContain("#define WASM_RT_MEMCHECK_SIGNAL_HANDLER 0");
    const newer = `#ifndef WASM_RT_MEMCHECK_BOUNDS_CHECK\n${WABT_1_0_41.runtimeHeader}`;
    const text = glueFor({ ...WABT_1_0_41, runtimeHeader: newer });
    expect(text).toContain("#define WASM_RT_USE_MMAP 0\n#define WASM_RT_MEMCHECK_BOUNDS_CHECK 1");
  });

  it.each([
    ["an instance", { ...WABT_1_0_41, header: WABT_1_0_41.header.replace(/^} w2c_law;$/m, "};") }, /no instance/],
    ["an export", { ...WABT_1_0_41, header: WABT_1_0_41.header.replace("'step'", "'stop'") }, /the export step/],
    ["the memory's functions", { ...WABT_1_0_41, runtimeHeader: "" }, /wasm_rt_allocate_memory/],
  ])("is not guessed when wabt declares %s otherwise", (_, texts, message) => {
    expect(() => glueFor(texts)).toThrow(message);
    expect(() => glueFor(texts)).toThrow(GlueError);
  });
});

/** Exports "AT" (a constant, -1), "step" and "a.b" (both i32 to i32; C has no name for the second). */
const CALLED = Buffer.from(
  "0061736d0100000001060160017f017f03030200000606017f00417f0b07130302415403000473746570000003612e6200010a0b02040020000b" +
    "040020000b",
  "hex",
);

describe("a module that is called by name", () => {
  const module = readModule(CALLED);

  it("has a header with its functions, each with a hook, and its constants without a sign", () => {
    const text = callsHeader(module, "core");
    expect(text).toContain("extern const wasm2c_module core_wasm;");
    expect(text).toContain("#define CORE_AT 4294967295u\n");
    expect(text).toContain("uint32_t core_step(const wasm2c_hook *hook, uint32_t p0);\n");
    expect(text).not.toContain("a.b");
  });

  it("names the hook of the call before it goes into the module", () => {
    const header = "/* export: 'step' */\nu32 Z_coreZ_step(Z_core_instance_t*, u32);\n";
    const input = { name: "core", module, wasm: CALLED, memoryBytes: 0, header, runtimeHeader: "" };
    expect(callsText(input)).toContain(
      "uint32_t core_step(const wasm2c_hook *hook, uint32_t p0)\n{\n    module_hook = hook;\n    return Z_coreZ_step(&module_instance, p0);\n}",
    );
  });
});

describe("the module that is translated", () => {
  it("has C names only, and its start function as an export", () => {
    const { exports, start } = readModule(forTranslation(MODULE));
    expect(start).toBeUndefined();
    const names = ["memory", "fuel", "step", "quorate_x6120226e616d65222031", "quorate_start"];
    expect(exports.map(({ name }) => name)).toEqual(names);
  });

  it("never makes one name of two", () => {
    const names = ["", "a", "A", "a.b", "a_b", "a b", "quorate_start", "quorate_x61", "é", "0"];
    expect(new Set(names.map(plainName)).size).toBe(names.length);
  });

  it("knows a name with a byte order mark from one without", () => {
    const marked = "efbbbf6120226e";
    const bytes = Buffer.from(MODULE.toString("hex").replace("6120226e616d65", marked), "hex");
    const [, , , item] = readModule(forTranslation(bytes)).exports;
    expect(item?.name).toBe(`quorate_x${marked}222031`);
  });

  it.each([
    ["is cut", MODULE.subarray(0, MODULE.length - 3)],
    [
      "starts a function that takes an argument",
      Buffer.from(MODULE.toString("hex").replace("080102", "080100"), "hex"),
    ],
  ])("is left as it is when it %s: the translator says what is wrong", (_, bytes) => {
    expect(forTranslation(bytes)).toBe(bytes);
  });
});

describe("a wabt that does not fit", () => {
  const folder = mkdtempSync(join(tmpdir(), "quorate-aot-"));
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => rmSync(folder, { recursive: true }));

  const attempt = (): BuildError => {
    try {
      writeAot(MODULE, join(folder, "out"));
    } catch (error) {
      if (error instanceof BuildError) return error;
      throw error;
    }
    throw new Error("nothing was thrown");
  };

  it("is asked for where there is none, with the way to get it", () => {
    vi.stubEnv("PATH", folder);
    const { code, hint } = attempt();
    expect(code).toBe("no-wasm2c");
    expect(hint).toMatch(/apt-get install wabt.*github\.com\/WebAssembly\/wabt.*1\.0\.32/);
  });

  it("is asked for again where its header is missing", () => {
    writeFileSync(join(folder, "wasm2c"), "#!/bin/sh\nexit 0\n");
    chmodSync(join(folder, "wasm2c"), 0o755);
    vi.stubEnv("PATH", [folder, "/bin"].join(delimiter));
    const { code, hint } = attempt();
    expect(code).toBe("no-wasm-rt");
    expect(hint).toContain("apt-get install wabt");
  });
});
