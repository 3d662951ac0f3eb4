/**
 * Goal: a module compiled ahead of time is the same module. Method: kernels and laws through `quorate build --aot`'s
 * writer and wasm2c, behind the same engine interface, compared with the hashes on record and with the interpreter.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { aotObjects } from "./ahead.ts";
import { buildKernel, embed, figures, KERNEL_HASHES, KERNELS } from "./kernels.ts";
import { METER, nameWord, Session } from "./session.ts";
import { root, runOn, TARGETS, type TargetName, targetFolder, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
let interpreter = "";
beforeAll(() => {
  interpreter = workshop.scriptProgram("pc");
}, 120_000);
afterAll(() => workshop.close());

describe("a module compiled ahead of time", () => {
  it.each(["pc", "m3", "rv32"] satisfies TargetName[])("gives the kernels' hashes on %s", (target) => {
    for (const name of KERNELS) {
      const module = buildKernel(workshop, name);
      const main = ["kernel_main.c", TARGETS[target].platform].map((file) =>
        workshop.compile(target, join(targetFolder, file), ['-DKERNEL_FILE="kernel_engine.c"']),
      );
      const embedded = workshop.compile(target, embed(workshop, module, name));
      const objects = [...aotObjects(workshop, target, name, readFileSync(module)), ...main, embedded];
      const math = target === "m3" || target === "pc" ? ["-lm"] : [];
      const printed = figures(runOn(target, workshop.link(target, [...objects, ...math], `aot-${target}-${name}.elf`)));
      expect([name, printed.get("hash")?.toString(16)]).toEqual([name, KERNEL_HASHES[name].toString(16)]);
    }
  });

  it.each(["altitude-hold", "rate-damper"])(
    "has the interpreter's state and fuel after every step of %s",
    async (name) => {
      const { wasm } = await buildLaw({ path: join(root, "firmware/control", `${name}.ts`) });
      const file = workshop.path(`${name}.wasm`);
      writeFileSync(file, wasm);
      const script = workshop.compile("pc", join(targetFolder, "script.c"));
      const program = workshop.link("pc", [...aotObjects(workshop, "pc", name, wasm), script, "-lm"], `aot-${name}`);
      const answers = [interpreter, program].map((engine) => {
        const session = new Session();
        session.ask(`load 0 ${file} ${METER.module}`);
        const asked = [session.ask("fuel 0 1000000"), session.ask(`call 0 ${nameWord("init")}`)];
        for (let step = 0; step < 20; step++) {
          for (const line of ["fuel 0 20000", `call 0 ${nameWord("step")}`, "left 0", "hash 0"])
            asked.push(session.ask(line));
        }
        asked.push(session.ask("fuel 0 3"), session.ask(`call 0 ${nameWord("step")}`));
        session.run(engine);
        return asked.map((at) => session.answer(at));
      });
      const [own, ahead] = answers;
      // Out of fuel is a stop to the interpreter and a trap to the other: it cannot be resumed.
      expect([own?.pop(), ahead?.pop()]).toEqual(["status 1", "status -41"]);
      expect(ahead).toEqual(own);
    },
  );
});
