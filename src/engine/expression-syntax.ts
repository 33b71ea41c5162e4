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

/** A name and what is picked from it: `steps.x[0].result` and `steps["x"][0].result` alike. */
export type Chain = {
  readonly root: string;
  readonly members: readonly (string | number)[];
  /** Only asked about, by `has(...)`. */
  readonly test: boolean;
};

export type References = {
  readonly roots: ReadonlySet<string>;
  /** `x` of each `steps.x` and `steps["x"]`. */
  readonly steps: ReadonlySet<string>;
  /** `x` of each `inputs.x` and `inputs["x"]`, without those only asked about by `has(inputs.x)`. */
  readonly inputs: ReadonlySet<string>;
  /** Each as long as it is written, at least one member. */
  readonly chains: readonly Chain[];
  /** Roots used as a whole, as in `steps.map(...)` or `steps[item]`. */
  readonly whole: ReadonlySet<string>;
};

export type ParsedExpression = {
  readonly source: string;
  readonly expr: Expr;
  readonly references: References;
  /** It only picks a value and does nothing with it. */
  readonly isChain: boolean;
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
      references: referencesOf(walk),
      isChain: walk.chainOf(parsed.expr, new Set()) !== null,
      places: walk.places,
    });
  } catch (error) {
    if (error instanceof TooComplex) return refuse(error.message);
    // The parser recurses, so its own failure on deep nesting is a RangeError: refused like any other.
    return refuse(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function referencesOf({ roots, whole, chains }: Walk): References {
  const first = (root: string, tests: boolean): ReadonlySet<string> =>
    new Set(
      chains.flatMap((chain) => {
        const [member] = chain.members;
        const isTested = chain.test && chain.members.length === 1;
        const counts = chain.root === root && (tests || !isTested);
        return counts && typeof member === "string" ? [member] : [];
      }),
    );
  return { roots, whole, chains, steps: first("steps", true), inputs: first("inputs", false) };
}

class TooComplex extends Error {}

type FoundChain = {
  readonly ident: Expr;
  readonly root: string;
  readonly members: readonly (string | number)[];
};

class Walk {
  readonly roots = new Set<string>();
  readonly whole = new Set<string>();
  readonly chains: Chain[] = [];
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
      case "selectExpr":
        if (!this.#chain(expr, bound, kind.value.testOnly))
          this.visit(kind.value.operand, bound, depth);
        return;
      case "callExpr": {
        if (this.#chain(expr, bound, false)) return;
        for (const argument of kind.value.args) this.visit(argument, bound, depth);
        this.visit(kind.value.target, bound, depth);
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

  /** True when the node is a chain, which has then been counted. */
  #chain(expr: Expr, bound: ReadonlySet<string>, test: boolean): boolean {
    const found = this.chainOf(expr, bound);
    if (found === null || found.members.length === 0) return false;
    this.#nodes += found.members.length;
    this.#name(found.ident, found.root);
    this.chains.push({ root: found.root, members: found.members, test });
    // A list's items, as in `steps[0]`, are not its named members.
    if (typeof found.members[0] === "number") this.whole.add(found.root);
    return true;
  }

  /** Null: something else than a free name and constant members. */
  chainOf(expr: Expr, bound: ReadonlySet<string>): FoundChain | null {
    const members: (string | number)[] = [];
    for (let node: Expr | undefined = expr; node !== undefined;) {
      const { exprKind }: Expr = node;
      if (exprKind.case === "identExpr") {
        const { name } = exprKind.value;
        return bound.has(name) ? null : { ident: node, root: name, members: members.toReversed() };
      }
      const picked = memberOf(exprKind);
      if (picked === null) return null;
      members.push(picked.member);
      node = picked.operand;
    }
    return null;
  }
}

/** `operand.member` or `operand["member"]` or `operand[0]`; null: none of these. */
function memberOf(
  kind: Expr["exprKind"],
): { readonly member: string | number; readonly operand: Expr | undefined } | null {
  if (kind.case === "selectExpr") return { member: kind.value.field, operand: kind.value.operand };
  if (kind.case !== "callExpr" || kind.value.function !== "_[_]") return null;
  const [operand, key] = kind.value.args;
  if (key?.exprKind.case !== "constExpr") return null;
  const constant = key.exprKind.value.constantKind;
  if (constant.case === "stringValue") return { member: constant.value, operand };
  return constant.case === "int64Value" ? { member: Number(constant.value), operand } : null;
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
