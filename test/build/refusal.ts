import { expect, it } from "vitest";
import { HEAD, INPUTS, OUTPUTS, refusalOf } from "./helpers.ts";

/**
 * Goal: every wrong declaration is refused where it stands, with its own code and with what to write.
 * Method: each text holds one mistake; the place is found by searching the text for the words it is expected at.
 */
export interface RefusalCase {
  readonly name: string;
  readonly text: string;
  readonly code: string;
  /** The place: where these words start. */
  readonly at: string;
  /** Words of the advice. */
  readonly advice: string;
}

export const STEP = `@law({ name: "test", period_us: 10000, fuel: 1000 })
class Law { step(inputs: Inputs, outputs: Outputs): void { outputs.b = inputs.a.value; } }
`;
export const signals = (role: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `  ${role} s${i}: ${role.startsWith("@input") ? "F32Input" : "f32"};`).join(
    "\n",
  );

export const GOOD_INPUT = 'unit: "V", min: -1, max: 1, tolerance: 0.1, selection: "median", single: "use"';
export const GOOD_OUTPUT = 'unit: "V", min: -1, max: 1, safe: 0';

export const withLaw = (fields: string): string =>
  `${HEAD}${INPUTS}${OUTPUTS}${STEP.replace('name: "test", period_us: 10000, fuel: 1000', fields)}`;

/** One test for each case. */
export function itRefuses(cases: readonly RefusalCase[]): void {
  for (const { name, text, code, at, advice } of cases) {
    it(name, async () => {
      const error = await refusalOf(text);
      expect(error.code, error.message).toBe(code);
      expect(error.message).toContain(advice);
      expect(error.kind).toBe("file");
      expect(error.file).toMatch(/law\.ts$/);
      const lines = text.split("\n");
      const line = lines[(error.line ?? 0) - 1] ?? "";
      const found = `${line.slice((error.column ?? 0) - 1)}\n${lines.slice(error.line ?? 0).join("\n")}`;
      expect(found.slice(0, at.length), error.message).toBe(at);
    });
  }
}
