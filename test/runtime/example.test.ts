/** Goal: the commands of firmware/runtime/README.md work as written. Method: take them from the page and run them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeAot } from "../../host/build/aot/aot.ts";
import { buildLaw } from "../../host/build/build.ts";
import { root, run, runtimeFolder, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
afterAll(() => workshop.close());

describe("the example of the engine's page", () => {
  it("runs a law in the interpreter and ahead of time to the same state", async () => {
    const page = readFileSync(join(runtimeFolder, "README.md"), "utf8");
    const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text = ""]) => text.trim().split("\n"));
    const out = workshop.path("out");
    mkdirSync(out);
    // The second command needs the built tool; the tests of the command line run it.
    const [makeFolder, build = "", ...rest] = commands;
    expect(makeFolder).toBe("mkdir -p out");
    expect(build).toMatch(/^npx quorate build firmware\/control\/rate-damper\.ts .*--aot out\/aot$/);
    const { wasm } = await buildLaw({ path: join(root, "firmware/control/rate-damper.ts") });
    writeFileSync(join(out, "rate-damper.wasm"), wasm);
    writeAot(wasm, join(out, "aot"));
    const printed = rest.map((command) =>
      run("sh", ["-c", `cd '${root}' && ${command.replaceAll("out/", `${out}/`)}`]),
    );
    const states = printed.join("").match(/state [0-9a-f]{16}/g);
    expect(states).toHaveLength(2);
    expect(states?.[0]).toBe(states?.[1]);
  });
});
