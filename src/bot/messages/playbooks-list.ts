// The playbooks, with their inputs and the words that run them.

import type { RichTextBlockElement } from "@slack/types";
import type { InputSpec, Playbook } from "#engine/playbook.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import { bold, bullets, code, lines, richText, section, untrusted, words } from "./rich-text.ts";

export type ListedPlaybook = Pick<Playbook, "name" | "summary" | "inputs">;

export function playbooksMessage({
  playbooks,
  filter,
}: {
  readonly playbooks: readonly ListedPlaybook[];
  readonly filter: string | null;
}): Message {
  const about = filter === null ? "" : ` for "${oneLine(filter, 60).text}"`;
  const title =
    playbooks.length === 0
      ? `No playbook${about}.`
      : `${counted(playbooks.length, "playbook")}${about}`;
  const fitted = fitMessage([
    always([richText(lines([bold(title)]))]),
    listed(playbooks, drawn, {
      priority: 1,
      noun: "playbook",
      hint: `Narrow the list: ${COMMAND} playbooks restart`,
      most: 25,
    }),
  ]);
  return { text: notificationText(title), blocks: fitted.blocks };
}

const INPUTS_SHOWN = 12;

function drawn({ name, summary, inputs }: ListedPlaybook): RichTextBlockElement[] {
  const all = Object.entries(inputs);
  const needed = all.filter(([, spec]) => spec.default === undefined).map(([key]) => `${key}=...`);
  return [
    bullets([section(bold(identifier(name).text), words("  "), untrusted(summary, 200))]),
    bullets(
      [
        section(code(oneLine(`${COMMAND} run ${name} ${needed.join(" ")}`, 300).text)),
        ...all
          .slice(0, INPUTS_SHOWN)
          .map(([key, spec]) =>
            section(code(identifier(key, 60).text), words("  "), untrusted(inputWords(spec), 250)),
          ),
        ...(all.length > INPUTS_SHOWN
          ? [section(bold(counted(all.length - INPUTS_SHOWN, "more input")))]
          : []),
      ],
      1,
    ),
  ];
}

function inputWords({ type, description, default: standard, oneOf, min, max }: InputSpec): string {
  return [
    type,
    standard === undefined ? "required" : `default ${JSON.stringify(standard)}`,
    ...(oneOf === undefined
      ? []
      : [`one of ${oneOf.map((value) => JSON.stringify(value)).join(", ")}`]),
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
    description,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
