// The mistakes in a plan, a playbook call or an input: where, what was found, what was expected, the nearest name.

import type { RichTextBlockElement } from "@slack/types";
import type { Problem } from "#engine/plan.ts";
import type { Place } from "#yaml/read-yaml.ts";
import { always, fitMessage } from "./budget.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier } from "./plain.ts";
import { bold, bullets, code, lines, richText, section, untrusted, words } from "./rich-text.ts";

/** A problem, and where it stands in the text it is about, if that is known. */
export type ToldProblem = Problem & { readonly place?: Place | null };

/** @param subject what has the mistakes, in our own words: `This plan`, `This playbook call`. */
export function problemsMessage({
  problems,
  subject,
}: {
  readonly problems: readonly ToldProblem[];
  readonly subject: string;
}): Message {
  const many = counted(problems.length, "mistake");
  const head = lines([
    bold(`${subject} has ${many}.`),
    words(" Nothing was filed. Put this right and send it again."),
  ]);
  const fitted = fitMessage([
    always([richText(head)]),
    listed(problems, drawn, {
      priority: 1,
      noun: "mistake",
      hint: "They are listed once these are put right.",
      most: 30,
    }),
  ]);
  return {
    text: notificationText(`${subject} has ${many}. Nothing was filed.`),
    blocks: fitted.blocks,
  };
}

/** `line 12`, for a problem whose path does not say so itself. */
export function lineOf({ path, place }: ToldProblem): string | null {
  return place === undefined || place === null || path.startsWith("line ")
    ? null
    : `line ${place.line}`;
}

function drawn(problem: ToldProblem): RichTextBlockElement[] {
  const { path, found, expected, nearest } = problem;
  const where = path === "" ? bold("The whole document") : code(identifier(path, 150).text);
  const line = lineOf(problem);
  return [
    bullets([section(where, ...(line === null ? [] : [words(` · ${line}`)]))]),
    bullets(
      [
        section(words("found "), untrusted(found)),
        section(words("expected "), untrusted(expected)),
        ...(nearest === undefined
          ? []
          : [section(words("did you mean "), code(identifier(nearest).text), words("?"))]),
      ],
      1,
    ),
  ];
}
