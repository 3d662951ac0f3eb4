/**
 * Runs a driving copy (driver.ts) in npm `wasmtime` and prints both lanes of each step in hexadecimal.
 *
 * A process of its own, because that binding has no way to stop an endless loop and aborts the process on some errors.
 * Arguments: file, number of steps. Exit 0 done, 10 the step after the last line failed, 3 the package is
 * missing; anything else is trouble of this program, not of the module.
 */
import process from "node:process";

const [file = "", steps = "0"] = process.argv.slice(2);
/** Node itself ends with 1 on its own errors, so that one says nothing about the module. verify.ts knows both. */
const EXIT_TRAP = 10;
const EXIT_MISSING = 3;
/** Lines are handed over in blocks: one write a step would take longer than the step. */
const BLOCK = 512;

const wasmtime = await import("wasmtime").catch((/** @type {unknown} */ error) => {
  process.stderr.write(`${error instanceof Error ? error.message.split("\n", 1)[0] : error}\n`);
  process.exit(EXIT_MISSING);
});

const { Engine, Instance, Module, Store } = wasmtime.default ?? wasmtime;
const engine = Engine.default();
const store = new Store(engine);
const instance = new Instance(store, Module.fromFile(engine, file));
const stepLow = instance.getFunc(store, "step_low");
const high = instance.getFunc(store, "high");
if (stepLow === null || high === null) throw new Error("the driving copy has no exports");

/** @type {(block: string) => Promise<void>} */
const print = (block) => new Promise((resolve) => process.stdout.write(block, () => resolve()));
/** @type {(lane: number) => string} */
const hex = (lane) => (lane >>> 0).toString(16).padStart(8, "0");

let block = "";
for (let step = 0; step < Number(steps); step += 1) {
  try {
    const a = stepLow.call(store, []);
    block += `${hex(high.call(store, []))}${hex(a)}\n`;
  } catch {
    // The binding tells where a trap was, not which one.
    await print(block);
    process.stderr.write("the step trapped\n");
    process.exit(EXIT_TRAP);
  }
  if (step % BLOCK === BLOCK - 1) {
    await print(block);
    block = "";
  }
}
await print(block);
