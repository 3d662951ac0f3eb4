import { type Command, InvalidArgumentError } from "commander";
import { type VerifyEngine, verifyEngine } from "../../sim/verify/verify.ts";
import { QuorateError } from "../errors.ts";
import { printJson } from "../output.ts";
import { flySimulation } from "./sim-flight.ts";
import { planSimulation, type SimFlags } from "./sim-plan.ts";
import { printSimulation } from "./sim-report.ts";

/** Greatest seed: everything random is drawn from 32 bits. */
const SEED_MAX = 0xffffffff;
const FRAMES_MAX = 100_000_000;

function whole(name: string, least: number, greatest: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= greatest) return value;
    throw new InvalidArgumentError(`${name}: expected a whole number from ${least} to ${greatest}, found "${text}".`);
  };
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** `quorate sim`: flies three channels on a recording or a plant and judges what reaches the actuator. */
export function register(program: Command): void {
  program
    .command("sim")
    .description("fly a control law on three voted channels, from a recording or a plant")
    .argument("[law]", "control law (.ts) or built module (.wasm); a scenario may name it")
    .option("--trace <file>", "recording: PX4 ULog, MCAP or CSV")
    .option("--map <file>", "which column feeds which signal; proposed when left out")
    .option("--plant <name>", "simulated process in closed loop instead of a recording")
    .option("--scenario <file>", "source, faults and expectations from a file")
    .option("--fault <spec>", "inject a fault, such as B.gyro_x:stuck@500+200; may be repeated", collect, [])
    .option("--param <name=value>", "set a parameter of the law on all channels; may be repeated", collect, [])
    .option("--frames <n>", "fly so many frames", whole("frames", 1, FRAMES_MAX))
    .option("--seed <n>", "seed of everything random (default: 1)", whole("seed", 0, SEED_MAX))
    .option("--baud <n>", "baud rate of the links between channels", whole("baud", 9_600, 50_000_000), 921_600)
    .option("--log <file>", "write the voter log (MCAP)")
    .option("--verify <engine>", "run the law again on wasmtime or wabt; may be repeated", addEngine, [])
    .option("--json", "print one JSON object")
    .action(async (law: string | undefined, flags: SimFlags) => {
      const result = await flySimulation(await planSimulation(law, flags));
      if (flags.json === true) printJson("sim", result.summary);
      else printSimulation(result);
      if (result.failure !== undefined) throw new QuorateError(result.failure);
    });
}

function addEngine(value: string, before: readonly VerifyEngine[]): VerifyEngine[] {
  return [...before, verifyEngine(value)];
}
