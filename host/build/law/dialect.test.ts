import { describe, expect, it } from "vitest";
import { hideWords, shownWord } from "./dialect.ts";

describe("words that the compiler's parser refuses", () => {
  const same = (text: string): void => expect(hideWords(text)).toBe(text);

  it("keep every line and column", () => {
    const text =
      'import { type F32Input, law } from "quorate/sdk";\nimport type { A } from "./a";\n  @param({\n    min: 0, default: 1 })';
    const hidden = hideWords(text);
    expect(hidden.length).toBe(text.length);
    expect(hidden.split("\n").map((line) => line.length)).toEqual(text.split("\n").map((line) => line.length));
    expect(hidden).not.toMatch(/\btype\b|\bdefault\b/);
  });

  it("are hidden only where they stand for a field or an import", () => {
    same("switch (x) { default: break; }");
    same("const type: i32 = 1;");
    same('import { typed } from "./typed";');
    same("export default: 1");
  });

  it("come back in messages", () => {
    const name = /(\w+): 5/.exec(hideWords("@param({ default: 5 })"))?.[1] ?? "";
    expect(shownWord(name)).toBe("default");
    expect(shownWord("min")).toBe("min");
  });
});
