// Short answers in our own words, and output shown as it is.

import type { ModalView } from "@slack/types";
import { modal } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { CALLBACKS } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import { lastLines } from "./plain.ts";
import {
  type Piece,
  bold,
  emoji,
  link,
  lines,
  preformatted,
  richText,
  untrusted,
  words,
} from "./rich-text.ts";

export type Said = {
  /** Our own sentence. A name from a plan may be part of it: nothing in it is read as a mention or a link. */
  readonly text: string;
  readonly mark?: "done" | "waiting" | "warning";
};

const MARKS: Readonly<Record<NonNullable<Said["mark"]>, Piece>> = {
  done: emoji("white_check_mark", "2705"),
  waiting: emoji("hourglass_flowing_sand", "23f3"),
  warning: emoji("warning", "26a0-fe0f"),
};

export function saidMessage(said: Said): Message {
  return { text: notificationText(said.text), blocks: [saidBlock(said)] };
}

/** The same in a modal, where a click came from one. */
export function saidView(said: Said & { readonly title: string }): ModalView {
  return modal({
    callback: CALLBACKS.notice,
    title: said.title,
    close: "Close",
    metadata: "",
    blocks: [saidBlock(said)],
  });
}

function saidBlock({ text, mark }: Said) {
  return richText(
    lines([...(mark === undefined ? [] : [MARKS[mark], words(" ")]), untrusted(text, 1500)]),
  );
}

/** The last lines of a step's output, for `logs`. `logLink`: where all of it is, from Slack's own answer. */
export function outputMessage({
  title,
  output,
  logLink,
}: {
  readonly title: string;
  readonly output: string;
  readonly logLink: string | null;
}): Message {
  const shown = lastLines(output, { lines: 60, characters: 2800 });
  const head = lines(
    [bold("Output of "), untrusted(title, 150)],
    logLink === null ? [] : [link(logLink, "All of it")],
  );
  const body =
    output.trim() === "" ? lines([words("Nothing was written.")]) : preformatted(shown.text);
  return {
    text: notificationText(`Output of ${title}`),
    blocks: fitMessage([always([richText(head), richText(body)])]).blocks,
  };
}
