import type { DecoratorNode, Expression, LiteralExpression, ObjectLiteralExpression } from "assemblyscript";
import { nearWord } from "../../model/near.ts";
import { LiteralKind, NodeKind } from "./as-enums.ts";
import {
  boolOf,
  type Constants,
  constantNumber,
  decoratorName,
  type NameFile,
  placeOf,
  refuse,
  sourceText,
  textOf,
} from "./ast.ts";
import type { Place } from "./build-error.ts";
import { shownWord } from "./dialect.ts";

/** Where fields are read: constants they may name, and how files are called. */
export interface Scope {
  readonly constants: Constants;
  readonly nameFile: NameFile;
}

/** The object literal of one decorator. Each getter checks one field and says what to write when it is wrong. */
export class Fields {
  readonly place: Place;
  readonly #label: string;
  readonly #scope: Scope;
  readonly #values = new Map<string, Expression>();

  constructor(decorator: DecoratorNode, known: readonly string[], scope: Scope) {
    this.#scope = scope;
    this.#label = `@${decoratorName(decorator)}`;
    this.place = placeOf(decorator, scope.nameFile);
    const [only, ...more] = decorator.args ?? [];
    if (only === undefined || more.length > 0 || !isObject(only)) {
      refuse(this.place, "decorator-arguments", {
        problem: `${this.#label} takes one object`,
        expected: `${this.#label}({ ... })`,
        found: sourceText(decorator),
        hint: `Write ${this.#label}({ ${known.slice(0, 3).join(": ..., ")}: ... }).`,
      });
    }
    for (const [i, name] of only.names.entries()) {
      const value = only.values[i];
      if (value === undefined) continue;
      const field = shownWord(name.text);
      if (!known.includes(field)) this.#unknown(placeOf(name, scope.nameFile), field, known);
      if (this.#values.has(field)) {
        refuse(placeOf(name, scope.nameFile), "field-twice", {
          problem: `${this.#label} says ${field} twice`,
          expected: "each field once",
          found: `a second ${field}`,
          hint: "Delete one of them.",
        });
      }
      this.#values.set(field, value);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Where a field's value stands; the decorator when the field is missing. */
  placeOf(name: string): Place {
    const value = this.#values.get(name);
    return value === undefined ? this.place : placeOf(value, this.#scope.nameFile);
  }

  written(name: string): string {
    const value = this.#values.get(name);
    return value === undefined ? "nothing" : sourceText(value);
  }

  /** A finite number. */
  number(name: string, example: string): number {
    const value = this.#need(name, example);
    const number = constantNumber(value, this.#scope.constants);
    if (number !== undefined && Number.isFinite(number)) return number;
    return refuse(placeOf(value, this.#scope.nameFile), "not-a-number", {
      problem: `${name} of ${this.#label} is not a finite number`,
      expected: "a number, or a sum or product of numbers and constants of this file",
      found: sourceText(value),
      hint: `Write ${name}: ${example}.`,
    });
  }

  optionalNumber(name: string, example: string): number | undefined {
    return this.has(name) ? this.number(name, example) : undefined;
  }

  text(name: string, example: string): string {
    const value = this.#need(name, `"${example}"`);
    const text = textOf(value);
    if (text !== undefined) return text;
    return refuse(placeOf(value, this.#scope.nameFile), "not-a-text", {
      problem: `${name} of ${this.#label} is not a text`,
      expected: "a text in quotes",
      found: sourceText(value),
      hint: `Write ${name}: "${example}".`,
    });
  }

  choice<T extends string>(name: string, words: readonly [T, ...T[]]): T {
    const text = this.text(name, words[0]);
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    return refuse(this.placeOf(name), `unknown-${name}`, {
      problem: `${name} of ${this.#label} is not one of its words`,
      expected: words.map((word) => `"${word}"`).join(" or "),
      found: `"${text}"`,
      hint: `Write ${name}: "${nearWord(text, words) ?? words[0]}".`,
    });
  }

  bool(name: string): boolean {
    const value = this.#need(name, "false");
    const bool = boolOf(value);
    if (bool !== undefined) return bool;
    return refuse(placeOf(value, this.#scope.nameFile), "not-a-bool", {
      problem: `${name} of ${this.#label} is not true or false, as the signal's type asks`,
      expected: "true or false",
      found: sourceText(value),
      hint: `Write ${name}: false.`,
    });
  }

  /** Refuses a field that has no meaning here. */
  forbid(name: string, why: string): void {
    if (!this.has(name)) return;
    refuse(this.placeOf(name), "useless-field", {
      problem: `${name} means nothing here: ${why}`,
      expected: `no ${name}`,
      found: `${name}: ${this.written(name)}`,
      hint: `Delete ${name}.`,
    });
  }

  #need(name: string, example: string): Expression {
    const value = this.#values.get(name);
    if (value !== undefined) return value;
    return refuse(this.place, "missing-field", {
      problem: `${this.#label} lacks ${name}`,
      expected: `${name}: ${example}`,
      found: this.#values.size === 0 ? "no fields" : `only ${[...this.#values.keys()].join(", ")}`,
      hint: `Add ${name}, for example ${name}: ${example}.`,
    });
  }

  #unknown(place: Place, name: string, known: readonly string[]): never {
    const near = nearWord(name, known);
    return refuse(place, "unknown-field", {
      problem: `${this.#label} has no field ${name}`,
      expected: known.join(", "),
      found: name,
      hint: near === undefined ? "Delete it." : `Did you mean ${near}?`,
    });
  }
}

function isObject(expression: Expression): expression is ObjectLiteralExpression {
  return expression.kind === NodeKind.Literal && (expression as LiteralExpression).literalKind === LiteralKind.Object;
}
