/** One fenced block of a Markdown page. */
export interface Block {
  readonly file: string;
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
  /** The first word behind the fence: `sh`, `ts`, `json`, `console`; empty when there is none. */
  readonly language: string;
  readonly text: string;
}

/** All fenced blocks of a page. An unclosed fence throws. */
export function blocksOf(file: string, page: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; fence: string; language: string; lines: string[] } | undefined;
  for (const [at, line] of page.split("\n").entries()) {
    const fence = /^\s*(`{3,})\s*(\S*)/.exec(line);
    if (open === undefined) {
      if (fence !== null) open = { line: at + 1, fence: fence[1] ?? "", language: fence[2] ?? "", lines: [] };
    } else if (line.trim() === open.fence) {
      blocks.push({ file, line: open.line, language: open.language, text: open.lines.join("\n") });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: the fence is never closed`);
  return blocks;
}

/** The command lines of an `sh` block: comments dropped, lines that end in a backslash joined. */
export function commandsOf(text: string): string[] {
  return text
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** A command of a `console` block with the output the page shows for it. */
export interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** Splits a `console` block at its `$ ` lines. */
export function shownIn(text: string): Shown[] {
  const shown: { command: string; output: string[] }[] = [];
  for (const line of text.replace(/\\\n\s*/g, "").split("\n")) {
    if (line.startsWith("$ ")) shown.push({ command: line.slice(2), output: [] });
    else if (shown.length === 0) throw new Error("a console block starts with a line `$ command`");
    else shown.at(-1)?.output.push(line);
  }
  return shown;
}

/** Where real output departs from what a page shows, or undefined. A shown line `...` stands for any lines, or none. */
export function departure(shown: readonly string[], real: readonly string[]): string | undefined {
  const trimmed = trimEnd(shown);
  const lines = trimEnd(real);
  let at = 0;
  for (const [i, line] of trimmed.entries()) {
    if (line === "...") {
      const next = trimmed[i + 1];
      if (next === undefined) return undefined;
      while (at < lines.length && lines[at] !== next) at += 1;
    } else if (lines[at] !== line) {
      return `shown "${line}", real "${lines[at] ?? "(nothing)"}"`;
    } else {
      at += 1;
    }
  }
  return at < lines.length ? `real output goes on with "${lines[at]}"` : undefined;
}

function trimEnd(lines: readonly string[]): string[] {
  const copy = lines.map((line) => line.trimEnd());
  while (copy.at(-1) === "") copy.pop();
  return copy;
}
