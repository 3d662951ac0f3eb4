/** Which C file calls which, by the functions that one defines and another names, and the circles among them. */

/** A file's text without what only looks like a name: comments and strings. */
const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"/g, " ");

/** The functions of a file. In the style of the house a definition begins its line, and so does its brace. */
function definedIn(code: string, isStatic: boolean): string[] {
  const found = code.matchAll(/^(static |RT_INLINE )?(?!typedef)\w[\w *]*?\b(\w+)\([^;{}]*\)\s*\n\{/gm);
  return [...found].filter(([, kept]) => (kept !== undefined) === isStatic).map(([, , name = ""]) => name);
}

/** For each file the files whose functions it names. */
export function callsBetween(files: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const codes = [...files].map(([file, text]) => [file, codeOf(text)] as const);
  const homes = new Map(codes.flatMap(([file, code]) => definedIn(code, false).map((name) => [name, file])));
  return new Map(
    codes.map(([file, code]) => {
      const own = new Set(definedIn(code, true));
      const named = (code.match(/\b\w+\b/g) ?? []).filter((word) => !own.has(word));
      const called = new Set(named.flatMap((word) => homes.get(word) ?? []));
      return [file, [...called].filter((home) => home !== file)];
    }),
  );
}

/** A way from a file back to itself, or undefined: `a.c > b.c > a.c`. */
export function circleIn(calls: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file].join(" > ");
    if (done.has(file)) return undefined;
    for (const next of calls.get(file) ?? []) {
      const circle = walk(next, [...way, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of calls.keys()) {
    const circle = walk(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
