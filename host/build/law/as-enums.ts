import * as compiler from "assemblyscript";

/**
 * The compiler's enums as values. Its types declare them `const`, which a file-by-file translation cannot inline; at run time
 * they are ordinary objects. Missing names would make every comparison false, so they are checked once.
 */
type Numbers<Names extends string> = Readonly<Record<Names, number>>;

function pick<Names extends string>(name: string, names: readonly Names[]): Numbers<Names> {
  const found = (compiler as unknown as Record<string, Numbers<Names> | undefined>)[name];
  for (const each of names) {
    if (typeof found?.[each] !== "number") throw new Error(`AssemblyScript has no ${name}.${each}: another version?`);
  }
  return found as Numbers<Names>;
}

export const NodeKind = pick("NodeKind", [
  "Binary",
  "ClassDeclaration",
  "False",
  "FieldDeclaration",
  "FunctionDeclaration",
  "Identifier",
  "Import",
  "Literal",
  "MethodDeclaration",
  "Parenthesized",
  "True",
  "UnaryPrefix",
  "Variable",
]);
export const LiteralKind = pick("LiteralKind", ["Float", "Integer", "Object", "String"]);
export const Token = pick("Token", ["Asterisk", "Minus", "Plus", "Slash"]);
export const CommonFlags = pick("CommonFlags", ["Const", "Constructor", "Private", "Protected", "Readonly", "Static"]);
