/**
 * Goal: no part knows a part that it must not know. Method: read the imports of every file and judge them by the table;
 * the first tests show that the judge can say no.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isSource, projectFiles, root, textOf } from "./files.ts";
import { importsOf, objection, partOf } from "./imports.ts";

const sources = projectFiles().filter((file) => isSource(file) && !file.endsWith(".ld") && !file.endsWith(".S"));

/** C finds its headers over include paths: beside the file, or anywhere in firmware when the name is there once. */
function resolveInclude(file: string, specifier: string): string {
  const beside = join(file, "..", specifier);
  if (!/\.[ch]$/.test(file) || existsSync(join(root, beside))) return beside;
  const named = sources.filter((other) => other.startsWith("firmware/") && other.endsWith(specifier.slice(1)));
  return named.length === 1 && named[0] !== undefined ? named[0] : beside;
}

describe("the judge of imports", () => {
  it.each([
    ["host/model/x.ts", "../log/x.ts"],
    ["host/model/x.ts", "node:fs"],
    ["host/model/x.ts", "@mcap/core"],
    ["host/log/x.ts", "../../sim/channel/channel.ts"],
    ["host/trace/x.ts", "../build/x.ts"],
    ["host/trace/csv/x.ts", "../open-recording.ts"],
    ["host/trace/csv/x.ts", "../ulog/x.ts"],
    ["host/trace/mapping/x.ts", "../csv/csv.ts"],
    ["host/trace/mapping/x.ts", "../sampling/x.ts"],
    ["host/trace/recording/x.ts", "../csv/x.ts"],
    ["host/build/law/x.ts", "../build.ts"],
    ["host/build/law/x.ts", "../passes/x.ts"],
    ["host/build/passes/x.ts", "../optimise/x.ts"],
    ["host/build/optimise/x.ts", "node:fs"],
    ["host/build/aot/x.ts", "../passes/x.ts"],
    ["host/cli.ts", "./log/x.ts"],
    ["host/log/file/x.ts", "../story/y.ts"],
    ["host/log/file/x.ts", "../reader.ts"],
    ["host/log/story/x.ts", "../reader.ts"],
    ["host/setup/x.js", "../errors.ts"],
    ["host/newcomer/x.ts", "node:fs"],
    ["sim/x.ts", "../host/build/x.ts"],
    ["sim/x.ts", "../hil/rig.ts"],
    ["sim/x.ts", "../test/helper.ts"],
    ["firmware/core/x.ts", "../stage/x.ts"],
    ["firmware/core/x.ts", "../sdk/x.ts"],
    ["firmware/core/x.ts", "quorate/sdk"],
    ["firmware/control/x.ts", "../../host/testing/index.ts"],
    ["firmware/runtime/x.c", "<stdlib.h>"],
    ["firmware/runtime/x.c", "../node/board.h"],
    ["firmware/runtime/interpreter/x.c", "../wasm2c/module.h"],
    ["firmware/runtime/wasm2c/x.h", "../aot/aot.h"],
    ["hil/x.ts", "../host/commands/x.ts"],
    ["elsewhere/x.ts", "./y.ts"],
  ])("refuses %s importing %s", (file, specifier) => {
    expect(objection(file, specifier)).toBeDefined();
  });

  it.each([
    ["host/model/x.ts", "./y.ts"],
    ["host/model/x.test.ts", "node:fs"],
    ["host/model/x.test.ts", "fast-check"],
    ["host/log/x.ts", "../model/x.ts"],
    ["host/log/x.ts", "./story/y.ts"],
    ["host/log/story/x.ts", "../file/y.ts"],
    ["host/build/build.ts", "./optimise/x.ts"],
    ["host/build/optimise/x.ts", "../passes/x.ts"],
    ["host/build/passes/x.ts", "../law/x.ts"],
    ["host/log/x.ts", "../errors.ts"],
    ["host/log/x.ts", "@mcap/core"],
    ["host/commands/sim.ts", "../../sim/flight/run.ts"],
    ["firmware/control/x.ts", "../sdk/index"],
    ["firmware/control/x.ts", "quorate/sdk"],
    ["firmware/control/x.test.ts", "../../host/testing/index.ts"],
    ["test/law/x.test.ts", "quorate/testing"],
    ["firmware/runtime/x.c", "<string.h>"],
    ["firmware/runtime/interpreter/x.c", "../engine.h"],
    ["firmware/runtime/aot/x.c", "../wasm2c/module.h"],
    ["sim/world/x.ts", "../../host/log/x.ts"],
    ["test/x.test.ts", "../sim/x.ts"],
  ])("lets %s import %s", (file, specifier) => {
    expect(objection(file, specifier)).toBeUndefined();
  });

  it("sees every kind of import", () => {
    const text = `import a from "./a.ts";\nexport * from "./b.ts";\nimport type { C } from "./c.ts";
      const d = await import("./d.ts");\nimport "./e.ts";\n// import f from "./f.ts"\nconst g = 'import "./g.ts"';`;
    expect(importsOf("x.ts", text)).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts"]);
    const c = `#include <stdint.h>\n  # include "a.h"\n#include "../b.h"\n`;
    expect(importsOf("x.c", c)).toEqual(["<stdint.h>", "./a.h", "../b.h"]);
  });
});

describe("the tree", () => {
  it("has files in the parts that the judge looks at", () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap((file) => importsOf(file, textOf(file))).length).toBeGreaterThan(40);
  });

  it("keeps to the import table", () => {
    const objections = sources.flatMap((file) => {
      return importsOf(file, textOf(file)).map((specifier) => objection(file, specifier, resolveInclude));
    });
    expect(objections.filter((text) => text !== undefined)).toEqual([]);
  });

  it("has no source outside the table", () => {
    expect(sources.filter((file) => partOf(file) === undefined)).toEqual([]);
  });

  it("imports relative files that are there", () => {
    const lost = sources
      .filter((file) => !/\.[ch]$/.test(file) && !file.startsWith("firmware/") && !file.startsWith("examples/"))
      .flatMap((file) =>
        importsOf(file, textOf(file))
          .filter((specifier) => specifier.startsWith(".") && !existsSync(join(root, file, "..", specifier)))
          .map((specifier) => `${file}: ${specifier}`),
      );
    expect(lost).toEqual([]);
  });

  it("has only the folders and files at the top that the design names", () => {
    const folders = [".ci", "docs", "examples", "firmware", "hil", "host", "sim", "test"];
    const files = [
      ".gitignore",
      ".npmrc",
      "ARCHITECTURE.md",
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "asconfig.json",
      "biome.json",
      "eslint.config.js",
      "knip.json",
      "package-lock.json",
      "package.json",
      "tsconfig.build.json",
      "tsconfig.json",
      "vitest.config.ts",
    ];
    const tops = new Set(projectFiles().map((file) => file.split("/")[0] ?? ""));
    expect([...tops].filter((top) => !folders.includes(top) && !files.includes(top))).toEqual([]);
  });
});
