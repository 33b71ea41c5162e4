// RE2 patterns: the same language as `matches` in expressions. Time is linear in the text, and bounded.

import { RE2JS, RE2JSException } from "@bufbuild/re2";
import { z } from "zod";

const LONGEST = 1000;

/**
 * Instructions of the compiled pattern times characters of the text. At worst one takes 54 ns (measured), so
 * that no match holds up the process for longer than about a second.
 */
const STEPS_ALLOWED = 20_000_000;

export type Pattern = {
  /** What finding it in this text costs at worst, in steps. */
  readonly steps: (text: string) => number;
  readonly found: (text: string) => boolean;
  /** The whole text matches. */
  readonly whole: (text: string) => boolean;
};

/** Why it can't be used, or the pattern. */
export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly reason: string };

export function compilePattern(source: string): CompiledPattern {
  if (source.length > LONGEST) {
    return { ok: false, reason: `is longer than ${LONGEST} characters` };
  }
  try {
    const compiled = RE2JS.compile(source);
    const size = compiled.re2().prog.numInst();
    return {
      ok: true,
      pattern: {
        steps: (text) => size * text.length,
        found: (text) => compiled.test(text),
        whole: (text) => compiled.testExact(text),
      },
    };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const reason = error.message.replace(/^error parsing regexp: /, "");
    return { ok: false, reason: `is not an RE2 pattern: ${reason}` };
  }
}

export function affordable(pattern: Pattern, text: string): boolean {
  return pattern.steps(text) <= STEPS_ALLOWED;
}

/** A pattern in an input. */
export const patternText = z
  .string()
  .min(1)
  .superRefine((source, context) => {
    const compiled = compilePattern(source);
    if (!compiled.ok) context.addIssue({ code: "custom", message: compiled.reason });
  });
