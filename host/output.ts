import { styleText } from "node:util";
import { hideProgress } from "./progress.ts";

type Style = Parameters<typeof styleText>[0];

/** As much of a stream as a painter needs. `hasColors` exists on terminals only and knows NO_COLOR and FORCE_COLOR. */
interface MaybeTerminal {
  hasColors?(): boolean;
}

/** Colours text for the stream it was made for, or leaves it as it is. */
export type Painter = (style: Style, text: string) => string;

/**
 * Gives a function that colours text for one stream, or leaves it as it is when the stream is no terminal or the user
 * set NO_COLOR.
 *
 * ```ts
 * const paint = painter(process.stderr);
 * process.stderr.write(paint("red", "error"));
 * ```
 */
export function painter(stream: MaybeTerminal): Painter {
  const isColoured = stream.hasColors?.() === true;
  return (style, text) => (isColoured ? styleText(style, text) : text);
}

/** Versions of the objects that are not the first of their kind. */
const SCHEMA_VERSIONS: Readonly<Record<string, number>> = { sim: 2, "log-stats": 2 };

/** Prints the one object of `--json` on stdout: `schema` first, then the fields as given. */
export function printJson(command: string, fields: Readonly<Record<string, unknown>>): void {
  hideProgress();
  const schema = `quorate/${command}/${SCHEMA_VERSIONS[command] ?? 1}`;
  process.stdout.write(`${JSON.stringify({ schema, ...fields }, undefined, 2)}\n`);
}
