/**
 * Runs a driving copy (driver.ts) in npm `wasmtime` and prints both lanes of each step in hexadecimal.
 *
 * A process of its own, because that binding has no way to stop an endless loop and aborts the process on some errors.
 * Arguments: file, number of steps and kind of the copy, `lanes` or `asked`; with `asked` more of these three may follow,
 * each line is the lanes and the facts as pairs, and a trap ends the step, not the run. Exit 0 done, 10 the step after the
 * last line failed, 3 the package is missing; anything else is trouble of this program, not of the module.
 */
import process from "node:process";

const words = process.argv.slice(2);
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
/** @type {(block: string) => Promise<void>} */
const print = (block) => new Promise((resolve) => process.stdout.write(block, () => resolve()));
/** @type {(lane: number) => string} */
const hex = (lane) => (lane >>> 0).toString(16).padStart(8, "0");

while (words.length > 0) {
  const [file = "", steps = "0", kind = ""] = words.splice(0, 3);
  const asked = open(file);
  await runSteps(kind === "asked" ? stepAsked(asked) : stepOfLanes(asked), Number(steps));
}

/** @typedef {(name: string) => () => number} Asked */

/** @type {(file: string) => Asked} */
function open(file) {
  const store = new Store(engine);
  const instance = new Instance(store, Module.fromFile(engine, file));
  return (name) => {
    const found = instance.getFunc(store, name);
    if (found === null) throw new Error("the driving copy has no exports");
    return () => found.call(store, []);
  };
}

/** @type {(oneStep: () => string | undefined, steps: number) => Promise<void>} */
async function runSteps(oneStep, steps) {
  let block = "";
  for (let step = 0; step < steps; step += 1) {
    const line = oneStep();
    if (line === undefined) {
      // The binding tells where a trap was, not which one.
      await print(block);
      process.stderr.write("the step trapped\n");
      process.exit(EXIT_TRAP);
    }
    block += line;
    if (step % BLOCK === BLOCK - 1) {
      await print(block);
      block = "";
    }
  }
  await print(block);
}

/** @type {(asked: Asked) => () => string | undefined} */
function stepOfLanes(asked) {
  const [stepLow, high] = [asked("step_low"), asked("high")];
  return () => {
    try {
      const a = stepLow();
      return `${hex(high())}${hex(a)}\n`;
    } catch {
      return undefined;
    }
  };
}

/** @type {(asked: Asked) => () => string} */
function stepAsked(asked) {
  const [run, seal] = [asked("run"), asked("seal")];
  const pairs = ["b a", "fuel status", "outputs_high outputs_low", "state_high state_low"].map((pair) =>
    pair.split(" ").map(asked),
  );
  return () => {
    try {
      run();
    } catch {
      // The status that `seal` finds says that it was one.
    }
    seal();
    return `${pairs.map((pair) => pair.map((word) => hex(word())).join("")).join(" ")}\n`;
  };
}
