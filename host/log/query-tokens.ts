import { LogError } from "./file/log-error.ts";

/** Words of a query. Column counts from 1. */
export type Token =
  | { readonly kind: "number"; readonly text: string; readonly column: number; readonly value: number }
  | { readonly kind: "name" | "sign" | "end"; readonly text: string; readonly column: number };

export const QUERY_LENGTH_MAX = 2000;

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(==|!=|<=|>=|[<>+\-*()[\].]))/y;

/** Splits a query. @throws LogError that points at a character no query has. */
export function tokensOf(query: string): Token[] {
  if (query.length > QUERY_LENGTH_MAX) {
    const expected = `at most ${QUERY_LENGTH_MAX} characters`;
    throw queryError(query, { column: 1, problem: "the query is too long", expected, found: `${query.length}` });
  }
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = query.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(query);
    if (match === null) {
      const column = from + (query.slice(from).match(/^\s*/)?.[0].length ?? 0) + 1;
      const expected = "a field, a number, a name or a comparison (== != < <= > >=)";
      throw queryError(query, {
        column,
        problem: "no query has this character",
        expected,
        found: query.charAt(column - 1),
      });
    }
    const [, number, name, sign] = match;
    const text = number ?? name ?? sign ?? "";
    const column = TOKEN.lastIndex - text.length + 1;
    if (number !== undefined) tokens.push({ kind: "number", text, column, value: Number(number) });
    else tokens.push({ kind: name === undefined ? "sign" : "name", text, column });
  }
  tokens.push({ kind: "end", text: "the end", column: end + 1 });
  return tokens;
}

/** An error that shows the query and points at the place. Exit code 2. */
export function queryError(
  query: string,
  at: { readonly column: number; readonly problem: string; readonly expected: string; readonly found: string },
): LogError {
  const { column, problem, expected, found } = at;
  const shown = query.length > 200 ? `${query.slice(0, 200)}…` : query;
  const hint = column > 200 ? undefined : `In the query:\n    ${shown}\n    ${" ".repeat(column - 1)}^`;
  return new LogError({
    code: "bad-query",
    kind: "usage",
    problem,
    place: { file: "query", line: 1, column },
    expected,
    found,
    hint,
  });
}
