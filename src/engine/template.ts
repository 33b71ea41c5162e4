// Strings with `${{ expression }}` in them. A string that is one expression takes the value's type; several
// are put together as text.

import { evaluate } from "./expression.ts";
import type { Scope } from "./expression.ts";
import { parseExpression, withLiterals } from "./expression-syntax.ts";
import type { Json } from "./json.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";

const OPEN = "${{";

type Piece = { readonly text: string } | { readonly source: string };

export type Mistake = { readonly path: readonly PropertyKey[]; readonly sentence: string };

/** True when any string in the value holds `${{`. */
export function hasExpressions(value: Json): boolean {
  if (typeof value === "string") return value.includes(OPEN);
  if (typeof value !== "object" || value === null) return false;
  return (Array.isArray(value) ? value : Object.values(value)).some(hasExpressions);
}

/**
 * Fills every `${{ }}` in the strings of a JSON value; keys are left alone. What an expression yields is data:
 * it is never looked at for expressions again, and may not hold `${{`. All mistakes at once.
 */
export function fillTemplates<T extends Json>(
  value: T,
  scope: Scope,
): Result<T, readonly Mistake[]> {
  return mapStrings(value, (text) => fillString(text, scope));
}

/**
 * Fills what can be filled with the names known now and leaves expressions that need `later` names in place,
 * with the known `literals` written into them.
 */
export function fillKnown<T extends Json>(
  value: T,
  known: {
    readonly scope: Scope;
    readonly later: ReadonlySet<string>;
    /** Names that will be gone later and so are written into what is left. */
    readonly literals: Scope;
  },
): Result<T, readonly Mistake[]> {
  return mapStrings(value, (text) => {
    const pieces = split(text);
    if (!pieces.ok) return pieces;
    const left: string[] = [];
    for (const piece of pieces.value) {
      if ("text" in piece) continue;
      const kept = keptForLater(piece.source, known.later, known.literals);
      if (!kept.ok) return kept;
      if (kept.value !== null) left.push(kept.value);
    }
    if (left.length === 0) return fillString(text, known.scope);
    return fillAround(pieces.value, known);
  });
}

/** The source to evaluate later, with literals in it; null when everything it needs is known now. */
function keptForLater(
  source: string,
  later: ReadonlySet<string>,
  literals: Scope,
): Result<string | null, string> {
  const parsed = parseExpression(source);
  if (!parsed.ok) return parsed;
  if (![...parsed.value.references.roots].some((root) => later.has(root))) return accept(null);
  const written = withLiterals(parsed.value, literals);
  return written === null ? refuse("item and index cannot be used in this place") : accept(written);
}

function fillAround(
  pieces: readonly Piece[],
  known: { readonly scope: Scope; readonly later: ReadonlySet<string>; readonly literals: Scope },
): Result<Json, string> {
  let filled = "";
  for (const piece of pieces) {
    if ("text" in piece) {
      filled += piece.text;
      continue;
    }
    const kept = keptForLater(piece.source, known.later, known.literals);
    if (!kept.ok) return kept;
    if (kept.value !== null) {
      filled += `${OPEN} ${kept.value.trim()} }}`;
      continue;
    }
    const value = valueOf(piece.source, known.scope);
    if (!value.ok) return value;
    filled += asText(value.value);
  }
  return accept(filled);
}

function fillString(text: string, scope: Scope): Result<Json, string> {
  const pieces = split(text);
  if (!pieces.ok) return pieces;
  const [first] = pieces.value;
  if (pieces.value.length === 1 && first !== undefined && "source" in first) {
    return valueOf(first.source, scope);
  }
  let filled = "";
  for (const piece of pieces.value) {
    if ("text" in piece) {
      filled += piece.text;
      continue;
    }
    const value = valueOf(piece.source, scope);
    if (!value.ok) return value;
    filled += asText(value.value);
  }
  return accept(filled);
}

function valueOf(source: string, scope: Scope): Result<Json, string> {
  const value = evaluate(source, scope);
  if (value.ok && hasExpressions(value.value)) {
    return refuse(
      `\${{ ${source.trim()} }} yields text with another \${{ in it, and values are never evaluated`,
    );
  }
  return value.ok ? value : refuse(`\${{ ${source.trim()} }}: ${value.refusal}`);
}

/** A value as it stands inside other text. */
export function asText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export type FoundExpression = {
  readonly path: readonly PropertyKey[];
  readonly source: string;
  /** The string is nothing but this expression. */
  readonly alone: boolean;
};

/** Every expression's source in the strings of a value, with its path. */
export function expressionsIn(value: Json): Result<readonly FoundExpression[], readonly Mistake[]> {
  const found: FoundExpression[] = [];
  const walked = mapStrings(value, (text, path) => {
    const pieces = split(text);
    if (!pieces.ok) return pieces;
    const alone = pieces.value.length === 1;
    for (const piece of pieces.value)
      if ("source" in piece) found.push({ path, source: piece.source, alone });
    return accept(text);
  });
  return walked.ok ? accept(found) : walked;
}

function mapStrings<T extends Json>(
  value: T,
  change: (text: string, path: readonly PropertyKey[]) => Result<Json, string>,
): Result<T, readonly Mistake[]> {
  const mistakes: Mistake[] = [];
  const walk = (item: Json, path: readonly PropertyKey[]): Json => {
    if (typeof item === "string") {
      if (!item.includes(OPEN)) return item;
      const changed = change(item, path);
      if (changed.ok) return changed.value;
      mistakes.push({ path, sentence: changed.refusal });
      return item;
    }
    if (typeof item !== "object" || item === null) return item;
    if (Array.isArray(item)) return item.map((member, index) => walk(member, [...path, index]));
    return Object.fromEntries(
      Object.entries(item).map(([key, member]) => [key, walk(member, [...path, key])]),
    );
  };
  const changed = walk(value, []);
  return mistakes.length > 0 ? refuse(mistakes) : accept(changed as T);
}

/** Text and expressions in order. The end of an expression is the `}}` outside its quotes and braces. */
function split(text: string): Result<readonly Piece[], string> {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf(OPEN, at);
    if (open === -1) break;
    if (open > at) pieces.push({ text: text.slice(at, open) });
    const close = closing(text, open + OPEN.length);
    if (close === -1) return refuse("${{ is never closed by }}");
    pieces.push({ source: text.slice(open + OPEN.length, close).trim() });
    at = close + 2;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return accept(pieces);
}

function closing(text: string, from: number): number {
  let quote: string | null = null;
  let braces = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (quote !== null) {
      if (character === "\\") at += 1;
      else if (character === quote) quote = null;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "{") braces += 1;
    else if (character === "}") {
      if (braces === 0) return text[at + 1] === "}" ? at : -1;
      braces -= 1;
    }
  }
  return -1;
}
