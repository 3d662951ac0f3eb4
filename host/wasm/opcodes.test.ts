import { describe, expect, it } from "vitest";
import { Later, Op, opcodeOf } from "./opcodes.ts";

/** `i32.load8_u` becomes `i32Load8U`. */
function camel(name: string): string {
  return name.replace(/[._]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

describe("the names of instructions", () => {
  it.each(Object.entries(Op))("%s stands at its row", (name, code) => {
    expect(camel(opcodeOf(code)?.name ?? "no row")).toBe(name);
  });

  it.each(Object.entries(Later))("%s has no row: no module may hold it", (_name, code) => {
    expect(opcodeOf(code)).toBeUndefined();
  });
});
