/** Something that must not stay in a file. */
interface Leftover {
  readonly what: string;
  readonly pattern: RegExp;
  /** Which files it concerns. */
  readonly files: RegExp;
}

const CODE = /\.(ts|js|c|h)$/;
const TEXT = /\.(ts|js|c|h|md|json|S|ld)$|^\.ci\/|^LICENSE$|^\.npmrc$/;

/** The list. This file itself is not searched. */
export const LEFTOVERS: readonly Leftover[] = [
  { what: "a TODO without an issue number", pattern: /\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/, files: TEXT },
  {
    what: "a test that is skipped, or runs alone",
    pattern: /\b(it|test|describe)\.(only|skip|todo|fails)\b/,
    files: CODE,
  },
  { what: "a debugger statement", pattern: /^\s*debugger;/m, files: CODE },
  { what: "console output", pattern: /\bconsole\.(log|error|warn|debug|info)\(/, files: /^(host|sim|hil)\/.*\.ts$/ },
  { what: "a silenced type checker", pattern: /@ts-(ignore|nocheck|expect-error)|\bas any[;,)\]]/, files: CODE },
  { what: "a silenced linter", pattern: /eslint-disable|biome-ignore-all/, files: CODE },
  { what: "a merge conflict", pattern: /^(<{7}|>{7}) /m, files: TEXT },
  {
    what: "a path of somebody's machine",
    pattern: /(?<![\w.~])\/(home|root|Users|work)\/\w|[A-Z]:\\\\Users/,
    files: TEXT,
  },
  { what: "the address of a package registry", pattern: /"resolved":|registry\s*=\s*http/, files: TEXT },
];

/** What is left over in a file, with line numbers. */
export function leftoversIn(file: string, text: string): string[] {
  if (file === "test/house/leftovers.ts" || file === "test/house/leftovers.test.ts") return [];
  return LEFTOVERS.filter(({ files }) => files.test(file)).flatMap(({ what, pattern }) => {
    const found = pattern.exec(text);
    return found === null ? [] : [`${file}:${text.slice(0, found.index).split("\n").length}: ${what}`];
  });
}
