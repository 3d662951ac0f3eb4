/**
 * Two things that TypeScript allows in a law and AssemblyScript's parser does not: the word `default` as the name of a field,
 * and `type` in imports. Both are replaced by something of the same length before parsing, so that every line and column of
 * an error stays true.
 */

/** Stands for `default` inside the compiler. */
const HIDDEN_DEFAULT = "dEFAULT";

export function hideWords(text: string): string {
  return text
    .replaceAll(/@param\s*\(\s*\{[^})]*\}/g, (decorator) => decorator.replaceAll(/\bdefault(?=\s*:)/g, HIDDEN_DEFAULT))
    .replaceAll(/^import\s+type\s(?=\s*\{)/gm, (head) => head.replace("type", "    "))
    .replaceAll(/^import\s*\{[^}]*\}/gm, (list) => list.replaceAll(/\btype(?=\s+[A-Za-z_$])/g, "    "));
}

/** A field's name as the author wrote it. */
export function shownWord(name: string): string {
  return name === HIDDEN_DEFAULT ? "default" : name;
}
