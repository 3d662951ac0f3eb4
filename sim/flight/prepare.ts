import type { FaultSpec } from "../../host/faults/fault-spec.ts";
import { resolveFaults } from "../../host/faults/resolve-faults.ts";
import type { ResolvedFault } from "../../host/faults/resolved-fault.ts";
import type { SignalTable } from "../../host/model/signals.ts";
import type { FirmwareModule } from "../channel/firmware.ts";
import { coreStateSize, lawStateSize } from "../channel/state-sizes.ts";
import type { RunParts } from "./run.ts";

/** A control law as it was loaded, wherever from. */
export interface LawParts {
  readonly module: WebAssembly.Module;
  readonly wasm: Uint8Array;
  readonly table: SignalTable;
  readonly tableBytes: Uint8Array;
}

/** What every run of a law is made of. `parameters`: one raw word each, in table order. */
export function partsOf(
  law: LawParts,
  {
    core,
    stage,
    parameters,
  }: { readonly core: FirmwareModule; readonly stage: FirmwareModule; parameters: Uint32Array },
): RunParts {
  return {
    coreModule: core.module,
    stageModule: stage.module,
    lawModule: law.module,
    wasm: law.wasm,
    table: law.table,
    tableBytes: law.tableBytes,
    parameters,
  };
}

/** Binds faults to a run of these parts. Throws `FaultError` for what the run cannot have. */
export function bindFaults(
  specs: readonly FaultSpec[],
  { parts, frames, seed }: { readonly parts: RunParts; readonly frames: number; readonly seed: number },
): readonly ResolvedFault[] {
  const { table } = parts;
  return resolveFaults(specs, {
    frames,
    coreStateSize: coreStateSize(parts.coreModule),
    moduleStateSize: lawStateSize(parts.wasm, table),
    seed,
    table,
  });
}
