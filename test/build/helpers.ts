import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildOptions, type BuiltModule, buildLaw } from "../../host/build/build.ts";
import { BuildError } from "../../host/build/law/build-error.ts";

/** Runs with a fresh folder and removes it afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "quorate-build-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds a law from its text, as `law.ts` in a folder of its own without node_modules. */
export function buildText(text: string, options: Omit<BuildOptions, "path"> = {}): Promise<BuiltModule> {
  return inFolder((folder) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "law.ts"), text);
    return buildLaw({ ...options, path: join(folder, "law.ts") });
  });
}

/** The refusal of a law's text. Fails when the law builds. */
export async function refusalOf(text: string): Promise<BuildError> {
  try {
    await buildText(text);
  } catch (error) {
    if (error instanceof BuildError) return error;
    throw error;
  }
  throw new Error("the law was built although it must be refused");
}

export const HEAD = `import { BoolInput, F32Input, Frame, I32Input, U32Input, input, law, output, param, probe } from "quorate/sdk";
`;
export const INPUTS = `class Inputs {
  @input({ unit: "V", min: -10, max: 10, tolerance: 0.1, selection: "median", single: "use" })
  a: F32Input;
}
`;
export const OUTPUTS = `class Outputs {
  @output({ unit: "V", min: -10, max: 10, safe: 0 })
  b: f32;
}
`;

/** A law around the body of its step, with one input `a` and one output `b`. */
export function lawText(body: string, { before = "", fields = "", options = "" } = {}): string {
  return `${HEAD}${INPUTS}${OUTPUTS}${before}
@law({ name: "test", period_us: 10000, fuel: 100000${options} })
export class Law {
  ${fields}
  step(inputs: Inputs, outputs: Outputs): void {
    ${body}
  }
}
`;
}
