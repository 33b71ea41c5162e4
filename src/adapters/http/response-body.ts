// Reads a response's body up to a limit and makes it JSON that Postgres can keep. Knows no request.

import type { Json } from "#engine/json.ts";

export type ReadBody = { readonly text: string; readonly truncated: boolean };

/** Deeper JSON is kept as text: walking it would exhaust the stack. */
const MAX_DEPTH = 64;

export async function readBody(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<ReadBody> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let truncated = false;
  for await (const chunk of stream) {
    const room = maxBytes - size;
    truncated = chunk.length > room;
    chunks.push(truncated ? chunk.subarray(0, room) : chunk);
    size += chunk.length;
    if (truncated) break;
  }
  return { text: new TextDecoder().decode(Buffer.concat(chunks)), truncated };
}

/** JSON when `contentType` says so and the text is complete and well formed, else text. */
export function bodyValue(body: ReadBody, contentType: string | undefined): Json {
  const isJson = /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(contentType ?? "");
  if (isJson && !body.truncated && depthOf(body.text) <= MAX_DEPTH) {
    try {
      return storable(JSON.parse(body.text) as Json);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return storableText(body.text);
}

/** Postgres keeps neither NUL nor half a surrogate pair in its JSON. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

function storable(value: Json): Json {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map((item: Json) => storable(item));
  if (typeof value !== "object" || value === null) return value;
  // `fromEntries` defines `__proto__` as an ordinary key, assignment would not.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storableText(key), storable(item)]),
  );
}

/** The deepest nesting of brackets outside strings, without recursion. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "[" || character === "{"))
      deepest = Math.max(deepest, ++depth);
    else if (!quoted && (character === "]" || character === "}")) depth--;
  }
  return deepest;
}
