import ts from "typescript";

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;

export interface FunctionLength {
  readonly name: string;
  /** Counts from 1. */
  readonly line: number;
  readonly lines: number;
}

/** The length of every function of a file, signature and closing brace included. */
export function functionLengths(file: string, text: string): FunctionLength[] {
  return /\.[ch]$/.test(file) ? inC(text) : inTypeScript(file, text);
}

/** STYLE puts the braces of a C function alone at the start of a line, and no other braces there. */
function inC(text: string): FunctionLength[] {
  const found: FunctionLength[] = [];
  const lines = text.split("\n");
  let start = -1;
  let name = "";
  for (const [at, line] of lines.entries()) {
    const head = /^[a-z][^;=#]*?\b(\w+)\(/i.exec(line);
    if (head !== null) {
      start = at;
      name = head[1] ?? "";
    }
    if (line.startsWith("}") && start >= 0) {
      found.push({ name, line: start + 1, lines: at - start + 1 });
      start = -1;
    } else if (/^\S.*;\s*$/.test(line) && head !== null) {
      start = -1; // A declaration has no body.
    }
  }
  return found;
}

/** Functions that hold tests, as callbacks of `describe` do, are lists: their length says nothing. */
function inTypeScript(file: string, text: string): FunctionLength[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: FunctionLength[] = [];
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined && !holdsTests(node.body)) {
      const first = lineOf(node.getStart(source));
      found.push({ name: nameOf(node), line: first, lines: lineOf(node.getEnd()) - first + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function holdsTests(body: ts.Node | undefined): boolean {
  if (body === undefined || !ts.isBlock(body)) return false;
  return body.statements.some((statement) => {
    if (ts.isForOfStatement(statement)) return /\bit(\.each)?\(/.test(statement.getText());
    return ts.isExpressionStatement(statement) && /^(describe|it)\b/.test(statement.getText());
  });
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const parent = node.parent;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
  return ts.isConstructorDeclaration(node) ? "constructor" : "(unnamed)";
}
