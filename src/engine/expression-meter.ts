// How much work one evaluation may do. Every loop turn, concatenation and pattern match is charged, so that
// no expression can hold up the process, whatever lists it is given.

import {
  CelScalar,
  celEnv,
  celFunc,
  celList,
  celMethod,
  isCelError,
  listType,
} from "@bufbuild/cel";
import type { CelEnv, CelList } from "@bufbuild/cel";
import type { Expr } from "./expression-syntax.ts";

/** Units of roughly 10 ns: about 200 ms for the whole of one evaluation (measured on one 2025 server core). */
const WORK_ALLOWED = 20_000_000;
const TURN = 100;
const MAX_TEXT = 1_000_000;
const TICK = "@tick";

class TooMuchWork extends Error {}

const { BOOL, DYN, STRING } = CelScalar;
const LIST = listType(DYN);

/** Evaluation is synchronous, so one meter serves all: it is set back before each. */
let workLeft = 0;

function charge(units: number): void {
  workLeft -= units;
  if (workLeft < 0) throw new TooMuchWork("it takes too long: use shorter lists or fewer steps");
}

/** Sets the meter back to full. */
export function startMeter(): void {
  workLeft = WORK_ALLOWED;
}

/** True when the last evaluation ran out of work, even where `||` would have hidden the error. */
export function ranOut(): boolean {
  return workLeft < 0;
}

const plainMatches = celEnv().funcs.find("matches");

function meteredMatches(text: string, pattern: string): boolean {
  charge(text.length * TURN + pattern.length * TURN);
  const answer = plainMatches?.call(0, text, [pattern]);
  if (isCelError(answer)) throw new Error(`the pattern ${pattern} cannot be read`);
  return answer === true;
}

/** The evaluator's functions, with those that can grow or take long replaced by metered ones. */
export const METERED: CelEnv = celEnv({
  funcs: [
    celFunc(TICK, [], BOOL, () => {
      charge(TURN);
      return true;
    }),
    celFunc("_+_", [STRING, STRING], STRING, (a, b) => {
      charge(a.length + b.length);
      if (a.length + b.length > MAX_TEXT) throw new TooMuchWork("it makes a text that is too long");
      return a + b;
    }),
    // Flat, because the library's own concatenation nests a level for each turn of `map` and then overflows the stack.
    celFunc("_+_", [LIST, LIST], LIST, (a: CelList, b: CelList) => {
      charge(a.size + b.size);
      return celList([...a, ...b]);
    }),
    celMethod("matches", STRING, [STRING], BOOL, function (pattern) {
      return meteredMatches(this, pattern);
    }),
    celFunc("matches", [STRING, STRING], BOOL, meteredMatches),
  ],
});

/** Makes every loop in the expression ask the meter before each turn. Changes the tree in place. */
export function meterLoops(expr: Expr | undefined): void {
  if (expr === undefined) return;
  const kind = expr.exprKind;
  switch (kind.case) {
    case "selectExpr":
      meterLoops(kind.value.operand);
      return;
    case "callExpr":
      meterLoops(kind.value.target);
      for (const argument of kind.value.args) meterLoops(argument);
      return;
    case "listExpr":
      for (const element of kind.value.elements) meterLoops(element);
      return;
    case "structExpr":
      for (const entry of kind.value.entries) {
        if (entry.keyKind.case === "mapKey") meterLoops(entry.keyKind.value);
        meterLoops(entry.value);
      }
      return;
    case "comprehensionExpr": {
      const loop = kind.value;
      for (const part of [
        loop.iterRange,
        loop.accuInit,
        loop.loopCondition,
        loop.loopStep,
        loop.result,
      ]) {
        meterLoops(part);
      }
      if (loop.loopCondition !== undefined) loop.loopCondition = both(tick(), loop.loopCondition);
      return;
    }
    default:
      return;
  }
}

function tick(): Expr {
  return call(TICK, []);
}

function both(first: Expr, second: Expr): Expr {
  return call("_&&_", [first, second]);
}

function call(name: string, args: Expr[]): Expr {
  return {
    $typeName: "cel.expr.Expr",
    id: 0n,
    exprKind: {
      case: "callExpr",
      value: { $typeName: "cel.expr.Expr.Call", function: name, args },
    },
  };
}
