import type {
  BinaryExpression,
  DecoratorNode,
  Expression,
  FloatLiteralExpression,
  IdentifierExpression,
  LiteralExpression,
  Node,
  ParenthesizedExpression,
  StringLiteralExpression,
  UnaryPrefixExpression,
} from "assemblyscript";
import { LiteralKind, NodeKind, Token } from "./as-enums.ts";
import { BuildError, type Place } from "./build-error.ts";

/** How names of source files become names for people: the compiler sees paths relative to the law's folder. */
export type NameFile = (normalizedPath: string) => string;

/** Constants of the law's file that decorators may use by name. */
export type Constants = ReadonlyMap<string, Expression>;

export function placeOf(node: Node, nameFile: NameFile): Place {
  return placeAt(node.range.source.text, node.range.start, nameFile(node.range.source.normalizedPath));
}

/** Line and column, both from 1, of an offset in a text. */
export function placeAt(text: string, offset: number, file: string): Place {
  const before = text.slice(0, offset);
  return { file, line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

export function sourceText(node: Node): string {
  return node.range.source.text.slice(node.range.start, node.range.end);
}

/** The number an expression stands for, or undefined: literals, signs, + - * /, parentheses and named constants. */
export function constantNumber(expression: Expression, constants: Constants, depth = 0): number | undefined {
  if (depth > 16) return undefined; // Constants that name each other in a circle.
  switch (expression.kind) {
    case NodeKind.Literal:
      return literalNumber(expression as LiteralExpression);
    case NodeKind.Parenthesized:
      return constantNumber((expression as ParenthesizedExpression).expression, constants, depth + 1);
    case NodeKind.UnaryPrefix: {
      const { operator, operand } = expression as UnaryPrefixExpression;
      const value = constantNumber(operand, constants, depth + 1);
      if (value === undefined) return undefined;
      return operator === Token.Minus ? -value : operator === Token.Plus ? value : undefined;
    }
    case NodeKind.Binary:
      return binaryNumber(expression as BinaryExpression, constants, depth);
    case NodeKind.Identifier: {
      const named = constants.get((expression as IdentifierExpression).text);
      return named === undefined ? undefined : constantNumber(named, constants, depth + 1);
    }
    default:
      return undefined;
  }
}

function literalNumber(literal: LiteralExpression): number | undefined {
  if (literal.literalKind === LiteralKind.Float) return (literal as FloatLiteralExpression).value;
  if (literal.literalKind !== LiteralKind.Integer) return undefined;
  return Number(sourceText(literal).replaceAll("_", ""));
}

function binaryNumber(expression: BinaryExpression, constants: Constants, depth: number): number | undefined {
  const left = constantNumber(expression.left, constants, depth + 1);
  const right = constantNumber(expression.right, constants, depth + 1);
  if (left === undefined || right === undefined) return undefined;
  if (expression.operator === Token.Plus) return left + right;
  if (expression.operator === Token.Minus) return left - right;
  if (expression.operator === Token.Asterisk) return left * right;
  return expression.operator === Token.Slash ? left / right : undefined;
}

export function textOf(expression: Expression): string | undefined {
  if (expression.kind !== NodeKind.Literal) return undefined;
  if ((expression as LiteralExpression).literalKind !== LiteralKind.String) return undefined;
  return (expression as StringLiteralExpression).value;
}

export function boolOf(expression: Expression): boolean | undefined {
  if (expression.kind === NodeKind.True) return true;
  return expression.kind === NodeKind.False ? false : undefined;
}

export function identifierOf(expression: Expression): string | undefined {
  return expression.kind === NodeKind.Identifier ? (expression as IdentifierExpression).text : undefined;
}

/** Refuses a piece of source: where, what, what was expected, what stands there, what to write. */
export function refuse(
  place: Place,
  code: string,
  facts: { problem: string; expected: string; found: string; hint: string },
): never {
  throw new BuildError({ code, place, ...facts });
}

/** The decorator's word without its sign: `input`. */
export function decoratorName(decorator: DecoratorNode): string {
  return identifierOf(decorator.name) ?? sourceText(decorator.name);
}
