// An open circuit breaker that holds steps of a run back: what is the matter, that it goes on by itself, and who may
// let it go on at once. Edited when it no longer does.

import type { Trouble } from "#engine/breaker.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { Instant } from "#engine/time.ts";
import { actions, button } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { ACTIONS, openingValue } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, oneLine } from "./plain.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  code,
  emoji,
  lines,
  people,
  person,
  richText,
  time,
  words,
} from "./rich-text.ts";
import { spent } from "./run-headline.ts";

export type BreakerOpenInput = {
  readonly report: RunReport;
  readonly target: string;
  readonly openedAt: Instant;
  /** What made it open; null: not known any more. */
  readonly trouble: Trouble | null;
  /** Who may override it, as far as they are known; null: the plan needed nobody's approval, so nobody may. */
  readonly approvers: readonly string[] | null;
  /** Who overrode it in this run; null: nobody. */
  readonly overriddenBy: string | null;
};

export function breakerOpenMessage(input: BreakerOpenInput): Message {
  const { report, target, openedAt } = input;
  const held = report.steps.flatMap(({ stepId, delay }, index) =>
    delay?.target === target && delay.openedAt === openedAt ? [{ stepId, delay, index }] : [],
  );
  const [first] = held;
  const { blocks } = fitMessage([
    always(
      first === undefined
        ? [richText(lines(overPieces(input)))]
        : [
            richText(
              lines(
                [
                  emoji("electric_plug", "1f50c"),
                  words(" "),
                  bold("Held back by an open circuit breaker"),
                  words("  "),
                  person(report.requesterId),
                ],
                troublePieces(input),
                stepsPieces(held),
                [
                  words("Nothing is sent there until "),
                  time(Math.min(...held.map(({ delay }) => delay.until))),
                  words(
                    ". Then one call finds out whether it is back, and the run goes on by itself.",
                  ),
                ],
                overridePieces(input),
              ),
            ),
            ...(input.approvers === null ? [] : [actions(overrideButton(input, first.index))]),
          ],
    ),
  ]);
  const word = first === undefined ? "No longer held back by" : "Held back by";
  return {
    text: notificationText(`${word} the circuit breaker of ${target}: ${report.plan.title}`),
    blocks,
  };
}

function troublePieces({ target, trouble }: BreakerOpenInput): Piece[] {
  return [
    boldUntrusted(target, 200),
    words(
      trouble === null
        ? " has failed too often."
        : ` failed ${trouble.failures} of ${counted(trouble.calls, "call")} within ${spent(trouble.withinMs)}.`,
    ),
  ];
}

const NAMED = 5;

function stepsPieces(
  held: readonly { readonly stepId: string; readonly index: number }[],
): Piece[] {
  const named = held
    .slice(0, NAMED)
    .flatMap(({ stepId, index }, place) => [
      words(`${place === 0 ? "" : ", "}${index + 1}. `),
      boldUntrusted(stepId, 60),
    ]);
  const more = held.length > NAMED ? [words(` and ${held.length - NAMED} more`)] : [];
  return [words(held.length === 1 ? "Waiting: step " : "Waiting: steps "), ...named, ...more];
}

function overridePieces({ target, approvers }: BreakerOpenInput): Piece[] {
  if (approvers === null) return [];
  return [
    words("To go on at once in this run, "),
    ...(approvers.length === 0 ? [words("whoever could approve the plan")] : people(approvers, 5)),
    words(" can override it: use the button or say "),
    code(`override ${oneLine(target, 200).text}`),
    words("."),
  ];
}

function overrideButton({ report, openedAt }: BreakerOpenInput, stepIndex: number) {
  return button({
    action: ACTIONS.overrideBreaker,
    text: "Override",
    value: openingValue({ runId: report.runId, stepIndex, openedAt }),
    style: "danger",
    confirm: {
      title: "Override for this run?",
      text: "This run calls the target although it fails too often. For every other run the breaker stays open.",
      yes: "Override",
      no: "Wait",
      danger: true,
    },
  });
}

function overPieces({ target, overriddenBy }: BreakerOpenInput): Piece[] {
  return [
    emoji("white_check_mark", "2705"),
    words(" No longer held back by the circuit breaker of "),
    boldUntrusted(target, 200),
    ...(overriddenBy === null
      ? [words(".")]
      : [words(": overridden for this run by "), person(overriddenBy), words(".")]),
  ];
}
