/**
 * Goal: one image holds several modules as C, none in the way of another: core and stage beside the interpreter that runs
 * the law, and beside the law as C. Method: three channels fly a short script in V8, in which a step is starved, messages
 * are lost and the core is ruined at the end; the image is channel A and the stage, and must print V8's hashes.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { encodeSignalTable } from "../../host/build/law/signal-section.ts";
import { FILLINGS } from "./fillings.ts";
import { type Flight, fly, WANTED_EFFECTS } from "./image/flight.ts";
import { imageObjects, writeFlight } from "./image/image.ts";
import type { LawParts } from "./image/member.ts";
import { root, runUncounted, type TargetName, Workshop } from "./toolchain.ts";

const HEADER_BYTES = 64;
const RECORD_BYTES = 64;
/** wasm3 is not ours, and no board has it. */
const OWN_FILLINGS = FILLINGS.filter(({ name }) => name !== "wasm3");
const targets: readonly TargetName[] = ["pc", "clang", "sanitized", "m3", "rv32"];

const workshop = new Workshop();
let law: LawParts;
let flight: Flight;
let data: readonly string[];
beforeAll(async () => {
  const { wasm, table } = await buildLaw({ path: join(root, "firmware/control/rate-damper.ts") });
  const records = [table.inputs, table.outputs, table.parameters, table.probes].flat().length;
  law = { wasm, table, tableBytes: encodeSignalTable(table).subarray(0, HEADER_BYTES + RECORD_BYTES * records) };
  flight = fly(law);
  data = writeFlight(workshop, law, flight);
}, 300_000);
afterAll(() => workshop.close());

describe("an image with core, stage and law", () => {
  it("is compared over a flight in which the law is stepped, kept and taken back, and the core traps", () => {
    expect([...flight.effects]).toEqual(expect.arrayContaining([...WANTED_EFFECTS]));
    expect(flight.shown).toMatch(/^trap 0{14}2[01]$/m);
  });

  it.each(targets)(
    "gives V8's hashes on %s, whichever filling runs the law",
    (target) => {
      const shared = imageObjects(workshop, target, data);
      for (const filling of OWN_FILLINGS) {
        const objects = filling.objects(workshop, target, { name: "image", wasm: law.wasm });
        const name = `image-${target}-${filling.name.replaceAll(" ", "-")}`;
        const printed = runUncounted(target, workshop.link(target, [...shared, ...objects], name));
        expect(printed, `${target}, ${filling.name}`).toBe(flight.shown);
      }
    },
    300_000,
  );
});
