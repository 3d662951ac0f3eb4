/** Images that hold core and stage as C and a law behind engine.h, with a flight as their data (target/image.h). */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCalled } from "../../../host/build/aot/aot.ts";
import { embed } from "../kernels.ts";
import { root, TARGETS, type TargetName, targetFolder, type Workshop } from "../toolchain.ts";
import { type Flight, HOLD_FRAMES, WINDOWS } from "./flight.ts";
import type { LawParts } from "./member.ts";

/** The stage's configuration words: outputs, frames that it holds, SIMPLEX allowed; then a safe value for each output. */
const STAGE_CONFIG_WORDS = 11;

const numbers = (values: Iterable<number>): string => `{${[...values].map((value) => `${value >>> 0}u`).join()}}`;

/** Writes the flight and its law as C data and returns the files' paths. */
export function writeFlight(workshop: Workshop, { wasm, table, tableBytes }: LawParts, flight: Flight): string[] {
  const law = workshop.path("image-law.wasm");
  writeFileSync(law, wasm);
  const stageConfig = new Uint32Array(STAGE_CONFIG_WORDS);
  stageConfig.set([table.outputs.length, HOLD_FRAMES, 0]);
  const inputs = table.inputs.map(({ address, validAddress }) => `{${address}u,${validAddress}u}`);
  const outputs = table.outputs.map(({ address }) => address);
  const fields = [
    ...["core_config", flight.coreConfig.length, "stage_config", stageConfig.length, "table_bytes", tableBytes.length],
    ...["inputs", inputs.length, "outputs", outputs.length, table.frameAddress, table.dtAddress],
    ...[table.fuelBudget, WINDOWS.stepCloseUs, "script"],
  ];
  const path = workshop.path("flight.c");
  writeFileSync(
    path,
    `#include "image.h"\nstatic const uint32_t core_config[] = ${numbers(flight.coreConfig)};\n` +
      `static const uint32_t stage_config[] = ${numbers(stageConfig)};\n` +
      `static const uint8_t table_bytes[] = ${numbers(tableBytes)};\n` +
      `static const image_input inputs[] = {${inputs.join()}};\n` +
      `static const uint32_t outputs[] = ${numbers(outputs)};\n` +
      `static const uint32_t script[] = ${numbers(flight.script)};\n` +
      `const image_flight flight = {${fields.join()}};\n`,
  );
  return [path, embed(workshop, law, "image-law", "law")];
}

/** Objects of an image without those of its law's filling. */
export function imageObjects(workshop: Workshop, target: TargetName, data: readonly string[]): readonly string[] {
  const folder = workshop.path(`modules-${target}`);
  const modules = ["core", "stage"].map((name) => {
    const { source, flags } = writeCalled(readFileSync(join(root, `dist/firmware/${name}.wasm`)), { name, folder });
    return workshop.compile(target, source, ["-w", "-Os", `-I${folder}`, ...flags], `module-${name}`);
  });
  const main = workshop.compile(target, join(targetFolder, "image.c"), ["-O2", `-I${folder}`]);
  const own = [join(targetFolder, TARGETS[target].platform), ...data].map((file) => workshop.compileOnce(target, file));
  return [...modules, main, ...own];
}
