// The checkpoints that were taken, the newest first, with the words that put each back.

import type { RichTextBlockElement } from "@slack/types";
import type { CheckpointSummary } from "#engine/checkpoint.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier } from "./plain.ts";
import {
  type Piece,
  bold,
  bullets,
  code,
  lines,
  link,
  person,
  richText,
  section,
  time,
  words,
} from "./rich-text.ts";

const LONGEST_NAME = 100;

export function checkpointsMessage({
  checkpoints,
}: {
  readonly checkpoints: readonly CheckpointSummary[];
}): Message {
  const title =
    checkpoints.length === 0
      ? "No checkpoint was taken yet. In the thread of a plan, say checkpoint and a name."
      : `${counted(checkpoints.length, "checkpoint")}, the newest first`;
  const fitted = fitMessage([
    always([richText(lines([bold(title)]))]),
    listed(checkpoints, drawn, {
      priority: 1,
      noun: "checkpoint",
      hint: "",
      most: 40,
    }),
  ]);
  return { text: notificationText(title), blocks: fitted.blocks };
}

function drawn(one: CheckpointSummary): RichTextBlockElement[] {
  const { takenAt, takenBy, captured, unread, environment, permalink, runId } = one;
  const by: Piece[] =
    takenBy.kind === "person"
      ? [words(" by "), person(takenBy.userId)]
      : [words(" before a destructive stage")];
  return [
    bullets([
      section(
        code(`${COMMAND} restore ${identifier(one.name, LONGEST_NAME).text}`),
        words(" · "),
        time(takenAt),
        ...by,
        words(` · ${identifier(environment, 60).text} · ${counted(captured, "state")}`),
        ...(unread === 0 ? [] : [words(`, ${unread} not read`)]),
        ...(runId === null ? [] : [words(" · "), code(runId)]),
        ...(permalink === null ? [] : [words(" · "), link(permalink, "conversation")]),
      ),
    ]),
  ];
}
