import type { BuiltModule } from "../../host/build/build.ts";

/** A NaN that no arithmetic makes: its bits show where a value was copied and where it was computed with. */
const ODD_NAN = 0xffa1_2345;

/** What an engine could see after one step. */
export interface Flown {
  readonly memory: Buffer;
  readonly globals: readonly unknown[];
  readonly fuel: number;
  readonly isTrap: boolean;
}

/**
 * Flies a module on random words in inputs, validity, frame and dt, NaN and infinity among them, for so many frames or
 * up to its first trap. The same words each time.
 */
export function fly({ wasm, table }: BuiltModule, frames: number): Flown[] {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>), {});
  const { init, step, memory, fuel } = exports as {
    init(): void;
    step(): void;
    memory: WebAssembly.Memory;
    fuel: WebAssembly.Global;
  };
  const view = new DataView(memory.buffer);
  const globals = Object.entries(exports).filter(([name]) => name.startsWith("state."));
  let seed = 7;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  init();
  for (const { address, initial } of table.parameters) view.setFloat32(address, initial, true);
  const flown: Flown[] = [];
  for (let frame = 0; frame < frames; frame += 1) {
    for (const { address, validAddress, min, max, type } of table.inputs) {
      const value = min + random() * (max - min);
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-42, min, max][Math.floor(random() * 120)] ?? value;
      if (Number.isNaN(odd)) view.setUint32(address, ODD_NAN, true);
      else if (type === "f32") view.setFloat32(address, odd, true);
      else view.setInt32(address, Math.round(value), true);
      view.setUint32(validAddress, Number(random() > 0.1), true);
    }
    if (table.frameAddress !== 0) view.setUint32(table.frameAddress, frame, true);
    if (table.dtAddress !== 0) view.setFloat32(table.dtAddress, table.periodUs / 1e6, true);
    fuel.value = table.fuelBudget;
    const isTrap = traps(step);
    flown.push({
      isTrap,
      memory: Buffer.from(memory.buffer.slice(0, 4096)),
      globals: globals.map(([, global]) => (global as WebAssembly.Global).value),
      fuel: table.fuelBudget - Number(fuel.value),
    });
    if (isTrap) break;
  }
  return flown;
}

function traps(step: () => void): boolean {
  try {
    step();
    return false;
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return true;
    throw error;
  }
}
