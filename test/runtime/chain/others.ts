/** Plans followed by npm wasmtime and by wabt's interpreter, in driving copies of the module (sim/verify/driver.ts). */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildDriver } from "../../../sim/verify/driver.ts";
import type { Plan } from "../../../sim/verify/plan.ts";
import { run, type Workshop } from "../toolchain.ts";
import { wabtTrap } from "../traps.ts";
import type { Shown } from "./shown.ts";

const child = fileURLToPath(new URL("../../../sim/verify/wasmtime-child.js", import.meta.url));

/** All in one process, which takes longer to start than a plan to follow. The binding does not tell which trap it was. */
export function chainsInWasmtime(workshop: Workshop, plans: readonly Plan[]): Shown[][] {
  const words = plans.flatMap((plan, n) => {
    const file = workshop.path(`asked-${n}.wasm`);
    writeFileSync(file, buildDriver({ plan, exports: "asked" }));
    return [file, `${plan.steps}`, "asked"];
  });
  const lines = run(process.execPath, [child, ...words])
    .trim()
    .split("\n");
  const steps = lines.map((line) => ofPairs(line.split(" "), undefined));
  return plans.map((plan) => steps.splice(0, plan.steps));
}

/** The interpreter goes on behind a trap: its next export reads what the step left. */
export function chainInWabt(workshop: Workshop, plan: Plan): Shown[] {
  const file = workshop.path("listed.wasm");
  writeFileSync(file, buildDriver({ plan, exports: "listed" }));
  const lines = run("wasm-interp", [file, "--run-all-exports"]).trim().split("\n");
  const answers = new Map(lines.map((line) => line.split("() => ") as [string, string]));
  const answer = (kind: string, step: number): string => answers.get(`${kind}.${step}`) ?? "nothing";
  return Array.from({ length: plan.steps }, (_, step) => {
    const pairs = ["c", "f0", "f1", "f2"].map((kind) => {
      const said = answer(kind, step);
      const value = /^i64:(\d+)$/.exec(said)?.[1];
      return value === undefined ? said : BigInt(value).toString(16).padStart(16, "0");
    });
    return ofPairs(pairs, wabtTrap(answer("r", step)));
  });
}

/** Chain, fuel and status, outputs, state: 16 digits each, the first word high. */
function ofPairs(
  [chain = "", both = "", outputs = "", state = ""]: readonly string[],
  traps: readonly number[] | undefined,
): Shown {
  const [fuel, status] = [both.slice(0, 8), both.slice(8)].map((word) => Number(`0x${word}`) | 0);
  return { status: status ?? Number.NaN, traps, fuel: fuel ?? Number.NaN, outputs, state, chain };
}
