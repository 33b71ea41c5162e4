// The operations the caller may use, with their risk and an example to copy.

import type { RichTextBlockElement } from "@slack/types";
import type { Json, JsonObject } from "#engine/json.ts";
import type { Risk } from "#engine/risk.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import {
  bold,
  bullets,
  code,
  lines,
  richText,
  riskPieces,
  section,
  untrusted,
  words,
} from "./rich-text.ts";

export type ListedOperation = {
  readonly name: string;
  readonly summary: string;
  readonly worstRisk: Risk;
  readonly example: JsonObject;
  /** Environments where the caller may use it. */
  readonly environments: readonly string[];
};

/** @param filter the word the list was narrowed with, as typed. */
export function operationsMessage({
  operations,
  filter,
}: {
  readonly operations: readonly ListedOperation[];
  readonly filter: string | null;
}): Message {
  const about = filter === null ? "" : ` for "${oneLine(filter, 60).text}"`;
  const title =
    operations.length === 0
      ? `No operation${about} that you may use.`
      : `${counted(operations.length, "operation")}${about} that you may use`;
  const fitted = fitMessage([
    always([richText(lines([bold(title)]))]),
    listed(operations, drawn, {
      priority: 1,
      noun: "operation",
      hint: `Narrow the list: ${COMMAND} operations ec2`,
      most: 25,
    }),
  ]);
  return { text: notificationText(title), blocks: fitted.blocks };
}

function drawn({
  name,
  summary,
  worstRisk,
  example,
  environments,
}: ListedOperation): RichTextBlockElement[] {
  return [
    bullets([section(bold(identifier(name).text), words("  "), untrusted(summary, 200))]),
    bullets(
      [
        section(
          ...riskPieces(worstRisk),
          words(" at worst · "),
          words(
            environments
              .map((environment) => identifier(environment, 40).text)
              .slice(0, 6)
              .join(", "),
          ),
        ),
        section(code(oneLine(`${COMMAND} ${name} ${exampleArguments(example)}`, 300).text)),
      ],
      1,
    ),
  ];
}

function exampleArguments(example: JsonObject): string {
  return Object.entries(example)
    .map(([key, value]) => `${key}=${argument(value)}`)
    .join(" ");
}

function argument(value: Json): string {
  if (
    Array.isArray(value) &&
    value.every((item) => typeof item === "string" && /^[^\s,"']+$/.test(item))
  )
    return value.join(",");
  if (typeof value === "string") return /^[^\s"',]+$/.test(value) ? value : JSON.stringify(value);
  return typeof value === "object" && value !== null ? `'${JSON.stringify(value)}'` : String(value);
}
