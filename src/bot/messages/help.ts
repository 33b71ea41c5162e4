// What the caller may do, with words to copy. What the policy does not allow is not listed.

import type { RichTextBlockElement } from "@slack/types";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import {
  type Piece,
  bold,
  bullets,
  channel,
  code,
  lines,
  preformatted,
  richText,
  section,
  untrusted,
  words,
} from "./rich-text.ts";

export type HelpInput = {
  /** What the caller may do, already filtered by the policy. */
  readonly environments: readonly {
    readonly name: string;
    readonly operations: readonly string[];
    /** Ids of channels in which the caller may ask for more. */
    readonly moreIn?: readonly string[];
  }[];
  readonly playbooks: readonly { readonly name: string; readonly summary: string }[];
  /** When a command was not understood: the word and the nearest valid one. Null: help was asked for. */
  readonly misunderstood: { readonly word: string; readonly nearest: string | null } | null;
};

const NEW_WORK: readonly (readonly [string, string])[] = [
  [
    `${COMMAND} plan`,
    "file a plan: YAML or JSON in a code block after it, or a snippet attached to a mention",
  ],
  [`${COMMAND} run <playbook> key=value`, "file a plan from a playbook"],
  [`${COMMAND} <operation> key=value`, "file a plan of one step"],
  [`${COMMAND} dry-run ...`, "the same words, but only look what would happen"],
];
const DELEGATING: readonly (readonly [string, string])[] = [
  [
    `${COMMAND} delegate @name until friday`,
    "let them approve in your place; or for 3d, or until 2026-12-01 18:00",
  ],
  [`${COMMAND} delegate off`, "take that back"],
];
const LOOKING: readonly (readonly [string, string])[] = [
  [`${COMMAND} pending`, "plans that wait for approval"],
  [`${COMMAND} show <id>`, "a plan and its run"],
  [
    `${COMMAND} history`,
    "what was done: person=@ann environment=production outcome=failed since=7d",
  ],
  [`${COMMAND} policy <plan>`, "who could approve it, and what happens when time runs out"],
  [`${COMMAND} review`, "broken glasses that nobody has looked at yet"],
  [`${COMMAND} checkpoints`, "states that were kept, and the words that put them back"],
  [`${COMMAND} delegations`, "who decides in whose place, and until when"],
  [`${COMMAND} operations`, "what can be done"],
  [`${COMMAND} playbooks`, "ready-made plans"],
];
const EXAMPLE = `${COMMAND} plan
title: Restart web-1
environment: staging
steps:
  - id: restart
    uses: ec2.reboot_instances
    with: { region: eu-west-1, instance_ids: [i-0abc12345678] }`;

export function helpMessage({ environments, playbooks, misunderstood }: HelpInput): Message {
  const correction =
    misunderstood === null ? [] : [richText(lines(misunderstoodPieces(misunderstood)))];
  const allowed = environments.filter(
    ({ operations, moreIn = [] }) => operations.length + moreIn.length > 0,
  );
  const fitted = fitMessage([
    always([
      ...correction,
      richText(section(bold("Ask for a change")), commands(NEW_WORK)),
      richText(section(bold("Look")), commands(LOOKING)),
      richText(section(bold("Be away")), commands(DELEGATING)),
      richText(
        section(bold("In the thread of a plan or run, mention Countersign and say")),
        section(
          ...[
            "status",
            "pause",
            "resume",
            "cancel",
            "rollback",
            "replay",
            "override <target>",
            "logs <step>",
            "retry <step>",
            "skip <step> <reason>",
            "checkpoint <name>",
            "restore <name>",
            "approve",
            "reject <reason>",
            "withdraw",
            "supersede",
            "nudge",
            "break-glass <reason>",
            "review <what was found>",
          ].flatMap((word, index) => [...(index === 0 ? [] : [words("  ")]), code(word)]),
        ),
      ),
      richText(
        section(
          bold("What you may ask for"),
          words(
            allowed.length === 0
              ? "\nNothing yet. Ask an operator to add you to a group in the configuration."
              : "",
          ),
        ),
      ),
    ]),
    listed(allowed, environmentEntry, {
      priority: 1,
      noun: "environment",
      hint: `See ${COMMAND} operations.`,
      most: 10,
    }),
    listed(playbooks, playbookEntry, {
      priority: 2,
      noun: "playbook",
      hint: `See ${COMMAND} playbooks.`,
      most: 10,
    }),
    always([richText(section(bold("An example to copy")), preformatted(EXAMPLE))]),
  ]);
  const text =
    misunderstood === null
      ? `What you can ask Countersign: ${COMMAND} plan, run, dry-run, show, pending, history`
      : `"${misunderstood.word}" was not understood.`;
  return { text: notificationText(text), blocks: fitted.blocks };
}

function misunderstoodPieces({ word, nearest }: NonNullable<HelpInput["misunderstood"]>): Piece[] {
  return [
    words("There is no command "),
    code(oneLine(word, 60).text || " "),
    ...(nearest === null
      ? [words(".")]
      : [words(". Did you mean "), code(identifier(nearest).text), words("?")]),
  ];
}

function commands(rows: readonly (readonly [string, string])[]): RichTextBlockElement {
  return bullets(rows.map(([command, meaning]) => section(code(command), words(`  ${meaning}`))));
}

const OPERATIONS = 24;

function environmentEntry({
  name,
  operations,
  moreIn = [],
}: HelpInput["environments"][number]): RichTextBlockElement[] {
  const shown = operations
    .slice(0, OPERATIONS)
    .flatMap((operation, index) => [
      ...(index === 0 ? [] : [words(", ")]),
      code(identifier(operation).text),
    ]);
  const more =
    operations.length > OPERATIONS ? [words(` and ${operations.length - OPERATIONS} more`)] : [];
  return [
    bullets([
      section(bold(identifier(name).text), words(": "), ...shown, ...more, ...elsewhere(moreIn)),
    ]),
  ];
}

const CHANNELS = 5;

function elsewhere(channelIds: readonly string[]): Piece[] {
  if (channelIds.length === 0) return [];
  const more = channelIds.length - CHANNELS;
  return [
    words(" · more in "),
    ...channelIds
      .slice(0, CHANNELS)
      .flatMap((id, index) => [...(index === 0 ? [] : [words(", ")]), channel(id)]),
    ...(more > 0 ? [words(` and ${counted(more, "other channel")}`)] : []),
  ];
}

function playbookEntry({ name, summary }: HelpInput["playbooks"][number]): RichTextBlockElement[] {
  return [
    bullets([
      section(
        code(`${COMMAND} run ${identifier(name).text}`),
        words("  "),
        untrusted(summary, 150),
      ),
    ]),
  ];
}
