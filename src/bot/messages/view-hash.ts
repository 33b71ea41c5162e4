// The canonical text of what a person was shown, so that a vote can be tied to it: every readable string in
// reading order, one a line, and nothing that depends on who looks or when.

/**
 * How cards, pages of the full plan and steps are drawn for the hash. Recorded with each of them, so that the log says
 * which drawing it can be compared with: raise it with every change of what they say (view-hash.test.ts notices).
 */
export const VIEW_FORMAT = 1;

const READABLE = new Set(["text", "user_id", "timestamp", "name"]);

/** The text whose SHA-256 is the `viewHash`. Equal blocks give equal text; strings are quoted so that none can pose as two. */
export function viewText(blocks: readonly unknown[]): string {
  return blocks.flatMap(readable).join("\n");
}

function readable(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(readable);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner === "object") return readable(inner);
    return READABLE.has(key) ? [JSON.stringify([key, inner])] : [];
  });
}
