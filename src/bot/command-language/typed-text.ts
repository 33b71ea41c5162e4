// The words of a message as the person typed them: Slack's escapes and link wrapping undone exactly once, code
// blocks taken out. Knows no command.

export type TypedText = {
  /** Everything outside code blocks. People are `@U123`, channels `#C123`, groups `@S123`. */
  readonly words: string;
  /** The insides of ``` fences, in order. */
  readonly codeBlocks: readonly string[];
};

const FENCE = /```([\s\S]*?)```/g;
/** What people put after an opening fence; Slack gives it no meaning. */
const LANGUAGE = /^[ \t]*(?:ya?ml|json)[ \t]*\r?\n/i;

/** Reads the `text` of a message or command. Pure and total: any text gives some words. */
export function readTypedText(slackText: string): TypedText {
  const codeBlocks: string[] = [];
  const words = slackText.replace(FENCE, (_whole, inside: string) => {
    codeBlocks.push(undoEscapes(inside.replace(LANGUAGE, "")));
    return "\n";
  });
  return { words: undoEscapes(words).trim(), codeBlocks };
}

/** One pass from left to right, so that `&amp;lt;` becomes `&lt;` and is not undone twice. */
export function undoEscapes(text: string): string {
  return text.replace(
    /<([^<>\n]+)>|&(amp|lt|gt);/g,
    (_whole, wrapped: string | undefined, entity: string | undefined) =>
      wrapped === undefined ? (ENTITIES[entity ?? "amp"] ?? "") : unwrap(wrapped),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">" };

function unwrap(wrapped: string): string {
  const bar = wrapped.indexOf("|");
  const target = bar === -1 ? wrapped : wrapped.slice(0, bar);
  const label = bar === -1 ? null : undoEntities(wrapped.slice(bar + 1));
  if (target.startsWith("@") || target.startsWith("#")) return target;
  const group = /^!subteam\^(S[A-Z0-9]+)/.exec(target);
  if (group !== null) return `@${group[1] ?? ""}`;
  if (target.startsWith("!")) return label ?? `@${target.slice(1).split("^")[0] ?? ""}`;
  const url = undoEntities(target);
  // Slack links bare names and addresses by itself: then the label is what was typed. A label of one's own is not.
  const typed =
    label !== null &&
    [`http://${label}`, `https://${label}`, `mailto:${label}`, `tel:${label}`].includes(url);
  return typed ? (label ?? url) : url;
}

function undoEntities(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_whole, entity: string) => ENTITIES[entity] ?? "");
}

/** The words after the bot's mention, or before it when nothing follows. */
export function withoutMention(words: string, botUserId: string): string {
  const mention = `@${botUserId}`;
  const at = words.indexOf(mention);
  if (at === -1) return words;
  const after = words.slice(at + mention.length).trim();
  return after === "" ? words.slice(0, at).trim() : after;
}
