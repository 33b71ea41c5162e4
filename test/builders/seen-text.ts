// What a reader sees of blocks: their texts as they stand, people as `@<id>`, moments by their fallback.

export function seenText(node: unknown): string {
  if (Array.isArray(node)) return node.map(seenText).join("");
  if (typeof node !== "object" || node === null) return "";
  const part = node as Readonly<Record<string, unknown>>;
  if (part["type"] === "user") return `@${String(part["user_id"])}`;
  if (part["type"] === "date") return String(part["fallback"]);
  if (typeof part["text"] === "string") return part["text"];
  const inner = [part["text"], part["elements"]].map(seenText).join("");
  return part["type"] === "rich_text_section" ? `${inner}\n` : inner;
}
