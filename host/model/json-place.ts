/** Where a text stops being JSON. JSON.parse says what is wrong but often not where. */

const SPACE = /[ \t\n\r]*/y;
const SCALAR =
  /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
const NESTING_MAX = 100;

/** Offset of the first character that cannot be there; the length of the text when something is missing at its end. */
export function firstBadOffset(text: string): number {
  const end = afterValue(text, 0, 0);
  return end.ok ? skip(text, SPACE, end.at) : end.at;
}

interface Step {
  readonly ok: boolean;
  /** Behind what was read, or at the character that does not fit. */
  readonly at: number;
}

function afterValue(text: string, from: number, depth: number): Step {
  const at = skip(text, SPACE, from);
  const open = text[at];
  if ((open === "{" || open === "[") && depth < NESTING_MAX) return afterMembers(text, at, depth);
  const end = skip(text, SCALAR, at);
  return { ok: end > at, at: end };
}

function afterMembers(text: string, open: number, depth: number): Step {
  const isObject = text[open] === "{";
  const close = isObject ? "}" : "]";
  let at = skip(text, SPACE, open + 1);
  if (text[at] === close) return { ok: true, at: at + 1 };
  for (;;) {
    if (isObject) {
      at = skip(text, SPACE, at);
      const colon = text[at] === '"' ? skip(text, SPACE, skip(text, SCALAR, at)) : at;
      if (colon === at || text[colon] !== ":") return { ok: false, at: colon };
      at = colon + 1;
    }
    const value = afterValue(text, at, depth + 1);
    if (!value.ok) return value;
    at = skip(text, SPACE, value.at);
    if (text[at] === close) return { ok: true, at: at + 1 };
    if (text[at] !== ",") return { ok: false, at };
    at++;
  }
}

/** Behind the match of a sticky pattern at `at`, or `at`. */
function skip(text: string, pattern: RegExp, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
