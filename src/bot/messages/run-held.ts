// A run that a check stopped before it started, or before a destructive stage: why, and the ways forward.

import { actions, button } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { ACTIONS } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  bullets,
  lines,
  person,
  richText,
  section,
  sentence,
  words,
} from "./rich-text.ts";
import { cancelButton, rollbackButton } from "./run-progress.ts";
import type { RunReport } from "#engine/run-report.ts";
import { runMark } from "./step-marks.ts";

export type RunHeldInput = {
  readonly report: RunReport;
  /** The plan's voters and approvers: the only people its reasons may mention, because plan text may be in them. */
  readonly people?: readonly string[];
};

export function runHeldMessage({ report, people = [] }: RunHeldInput): Message {
  const known = new Set([report.requesterId, ...people]);
  const started = report.startedAt !== null;
  const resume = button({
    action: ACTIONS.resume,
    text: "Check again and go on",
    value: report.runId,
    style: "primary",
  });
  const { blocks } = fitMessage([
    always([
      richText(
        lines(
          [...runMark(report), words("  "), boldUntrusted(report.plan.title, 150)],
          [
            words(
              started
                ? "The run was stopped before its next destructive stage. "
                : "The run was stopped before it started; nothing was done. ",
            ),
            person(report.requesterId),
          ],
        ),
      ),
    ]),
    listed(report.heldReasons, (reason) => [bullets([section(...sentence(reason, known, 500))])], {
      priority: 1,
      noun: "reason",
      hint: "",
      most: 20,
    }),
    always([
      richText(
        section(bold("Ways forward")),
        bullets(waysForward(started).map((way) => section(...way))),
      ),
      actions(resume, cancelButton(report), ...(started ? [rollbackButton(report)] : [])),
    ]),
  ]);
  return {
    text: notificationText(`Held: ${report.plan.title}. ${report.heldReasons[0] ?? ""}`),
    blocks,
  };
}

function waysForward(started: boolean): Piece[][] {
  return [
    [
      words("Put right what is named above, then "),
      bold("Check again and go on"),
      words(": every check is made afresh."),
    ],
    [
      bold("Cancel"),
      words(started ? ": what was done stays." : ": nothing was done, so nothing is left behind."),
    ],
    ...(started ? [[bold("Roll back"), words(": what was done is taken back.")]] : []),
    [words("If the plan or its approvers have changed, cancel and file the plan again.")],
  ];
}
