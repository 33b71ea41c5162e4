// The shape of an expression before it is evaluated: parsed within bounds, the names it uses, and literal
// values put in the place of names. Knows no values.

import { parse } from "@bufbuild/cel";
import type { Json } from "./json.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";

/** A node of the parsed tree. */
export type Expr = ReturnType<typeof parse>["expr"];

const MAX_SOURCE = 2000;
const MAX_NODES = 1000;
/** Comprehensions inside each other, ranges included: each level can multiply the size of a list. */
const MAX_COMPREHENSION_DEPTH = 2;
const MAX_PARSED_KEPT = 500;

export type References = {
  readonly roots: ReadonlySet<string>;
  /** `x` of each `steps.x` and `steps["x"]`. */
  readonly steps: ReadonlySet<string>;
  /** `x` of each `inputs.x` and `inputs["x"]`, without those only asked about by `has(inputs.x)`. */
  readonly inputs: ReadonlySet<string>;
  /** Roots used as a whole, as in `steps.map(...)` or `steps[item]`. */
  readonly whole: ReadonlySet<string>;
};

export type ParsedExpression = {
  readonly source: string;
  readonly expr: Expr;
  readonly references: References;
  /** UTF-16 offsets of each free name in the source. */
  readonly places: readonly { readonly name: string; readonly offset: number }[];
};

/** Parsed sources, oldest first: an expanded `for_each` parses the same text for every item. */
const kept = new Map<string, Result<ParsedExpression, string>>();

/** The parsed expression, or one sentence about why it is refused. */
export function parseExpression(source: string): Result<ParsedExpression, string> {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const parsed = parseNew(source);
  if (kept.size >= MAX_PARSED_KEPT) kept.delete(kept.keys().next().value ?? "");
  kept.set(source, parsed);
  return parsed;
}

function parseNew(source: string): Result<ParsedExpression, string> {
  if (source.trim() === "") return refuse("the expression is empty");
  if (source.length > MAX_SOURCE) {
    return refuse(`the expression has ${source.length} characters and ${MAX_SOURCE} is the most`);
  }
  try {
    const parsed = parse(source);
    const walk = new Walk(parsed.sourceInfo?.positions ?? {});
    walk.visit(parsed.expr, new Set(), 0);
    return accept({
      source,
      expr: parsed.expr,
      references: { roots: walk.roots, steps: walk.steps, inputs: walk.inputs, whole: walk.whole },
      places: walk.places,
    });
  } catch (error) {
    if (error instanceof TooComplex) return refuse(error.message);
    // The parser recurses, so its own failure on deep nesting is a RangeError: refused like any other.
    return refuse(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

class TooComplex extends Error {}

class Walk {
  readonly roots = new Set<string>();
  readonly steps = new Set<string>();
  readonly inputs = new Set<string>();
  readonly whole = new Set<string>();
  readonly places: { name: string; offset: number }[] = [];
  #nodes = 0;
  readonly #positions: Readonly<Record<string, number>>;

  constructor(positions: Readonly<Record<string, number>>) {
    this.#positions = positions;
  }

  visit(expr: Expr | undefined, bound: ReadonlySet<string>, depth: number): void {
    if (expr === undefined) return;
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw new TooComplex(`it has more than ${MAX_NODES} parts`);
    const kind = expr.exprKind;
    switch (kind.case) {
      case "identExpr":
        if (!bound.has(kind.value.name)) {
          this.#name(expr, kind.value.name);
          this.whole.add(kind.value.name);
        }
        return;
      case "selectExpr": {
        const { operand, field, testOnly } = kind.value;
        if (!this.#field(operand, field, bound, testOnly)) this.visit(operand, bound, depth);
        return;
      }
      case "callExpr": {
        const { function: name, target, args } = kind.value;
        const key = constantText(args[1]);
        const seen = name === "_[_]" && key !== null && this.#field(args[0], key, bound, false);
        if (!seen) for (const argument of args) this.visit(argument, bound, depth);
        this.visit(target, bound, depth);
        return;
      }
      case "listExpr":
        for (const element of kind.value.elements) this.visit(element, bound, depth);
        return;
      case "structExpr":
        if (kind.value.messageName !== "") {
          throw new TooComplex(
            `it makes a ${kind.value.messageName}, and only plain values are allowed`,
          );
        }
        for (const entry of kind.value.entries) {
          if (entry.keyKind.case === "mapKey") this.visit(entry.keyKind.value, bound, depth);
          this.visit(entry.value, bound, depth);
        }
        return;
      case "comprehensionExpr": {
        if (depth >= MAX_COMPREHENSION_DEPTH) {
          throw new TooComplex(
            `it nests map, filter, all or exists more than ${MAX_COMPREHENSION_DEPTH} deep`,
          );
        }
        const { iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
        const inside = new Set([...bound, kind.value.iterVar, kind.value.accuVar]);
        this.visit(iterRange, bound, depth + 1);
        this.visit(accuInit, bound, depth + 1);
        for (const part of [loopCondition, loopStep, result]) this.visit(part, inside, depth + 1);
        return;
      }
      default:
        return;
    }
  }

  #name(expr: Expr, name: string): void {
    this.roots.add(name);
    const offset = this.#positions[String(expr.id)];
    if (offset !== undefined) this.places.push({ name, offset });
  }

  /** True when `operand.field` is a named member of a root, which has then been counted. */
  #field(
    operand: Expr | undefined,
    field: string,
    bound: ReadonlySet<string>,
    test: boolean,
  ): boolean {
    if (operand?.exprKind.case !== "identExpr") return false;
    const { name } = operand.exprKind.value;
    if (bound.has(name)) return false;
    this.#name(operand, name);
    if (name === "steps") this.steps.add(field);
    if (name === "inputs" && !test) this.inputs.add(field);
    return true;
  }
}

function constantText(expr: Expr | undefined): string | null {
  if (expr?.exprKind.case !== "constExpr") return null;
  const constant = expr.exprKind.value.constantKind;
  return constant.case === "stringValue" ? constant.value : null;
}

/**
 * The expression's source with literal values in the place of these names, for names that are known now while
 * the rest of the expression is not. Null when a place can't be found.
 */
export function withLiterals(
  parsed: ParsedExpression,
  values: Readonly<Record<string, Json>>,
): string | null {
  let source = parsed.source;
  const places = parsed.places.filter(({ name }) => Object.hasOwn(values, name));
  for (const { name, offset } of [...places].toSorted((a, b) => b.offset - a.offset)) {
    if (!source.startsWith(name, offset)) return null;
    // JSON is CEL's own notation for lists, maps, strings and numbers.
    const literal = JSON.stringify(values[name]);
    source = `${source.slice(0, offset)}(${literal})${source.slice(offset + name.length)}`;
  }
  return source;
}
