// What a step waits for, looks at and is bound by, in a few lines for cards: its question, its approval, its checks,
// what it expects, its place in a `for_each`, its limits. Says when something is longer than it shows.

import { formatDuration } from "#engine/duration.ts";
import type { Check, Inquiry, Plan, PlanStep, StepApproval } from "#engine/plan.ts";
import { conditionsOf } from "#engine/prepare-attempt.ts";
import type { Clause } from "#engine/policy.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import { type Piece, bold, code, words } from "./rich-text.ts";

export type Terms = {
  /** One line each. */
  readonly lines: readonly (readonly Piece[])[];
  readonly cut: boolean;
};

const MESSAGE = 150;
const CHECKS = 3;
const WAITED_FOR = 5;

/** Nothing special: no lines. */
export function stepTerms(step: PlanStep, plan: Plan): Terms {
  const lines = [
    ...conditionLine(step),
    ...waitsLine(step, plan),
    ...(step.inquiry === null ? [] : [inquiryLine(step.inquiry)]),
    ...(step.approval === null ? [] : [approvalLine(step.approval)]),
    ...checksLine("checks before", step.checksBefore),
    ...checksLine("checks after", step.checksAfter),
    ...boundsLine(step, plan),
  ];
  return { lines: lines.map(({ pieces }) => pieces), cut: lines.some(({ cut }) => cut) };
}

/** What must be true, or the step is left out: for the playbooks around it, outermost first, and its own. */
function conditionLine(step: PlanStep): readonly Line[] {
  const sources = conditionsOf(step).map(({ source }) => oneLine(source, MESSAGE));
  if (sources.length === 0) return [];
  return [
    {
      cut: sources.some(({ cut }) => cut),
      pieces: [
        bold("only if "),
        ...sources.flatMap(({ text }, index) => [
          ...(index === 0 ? [] : [words(" and ")]),
          code(text),
        ]),
      ],
    },
  ];
}

/** In a graph this is what orders the steps; elsewhere the stages do. */
function waitsLine({ needs, after }: PlanStep, { mode }: Plan): readonly Line[] {
  const before = [...new Set([...needs, ...after])];
  if (mode !== "graph" || before.length === 0) return [];
  const shown = before.slice(0, WAITED_FOR).map((id) => identifier(id, 60));
  const more = before.length - shown.length;
  return [
    {
      cut: false,
      pieces: [
        words("waits for "),
        ...shown.flatMap(({ text }, index) => [...(index === 0 ? [] : [words(", ")]), code(text)]),
        ...(more > 0 ? [words(` and ${counted(more, "more step")}`)] : []),
      ],
    },
  ];
}

type Line = { readonly pieces: readonly Piece[]; readonly cut: boolean };

function inquiryLine({ message, fields, timeoutMs, onTimeout, from }: Inquiry): Line {
  const asked = oneLine(message, MESSAGE);
  const types = [...new Set(fields.map(({ type }) => type))].join(", ");
  const who = from === null ? [words("whoever may steer the run")] : sourcePieces(from);
  return {
    cut: asked.cut,
    pieces: [
      bold("asks first: "),
      words(`${asked.text} (${types}) · `),
      ...who,
      words(` · within ${formatDuration(timeoutMs)}, then ${TIMEOUT[onTimeout]}`),
    ],
  };
}

function approvalLine({ message, require, timeoutMs, onTimeout }: StepApproval): Line {
  const asked = oneLine(message, MESSAGE);
  return {
    cut: asked.cut,
    pieces: [
      bold("waits for an approval of its own: "),
      words(`${asked.text} · `),
      ...requirePieces(require),
      words(` · within ${formatDuration(timeoutMs)}, then ${TIMEOUT[onTimeout]}`),
    ],
  };
}

/** What follows when nobody answers in time. */
const TIMEOUT = {
  fail: "it fails",
  rollback: "the run is rolled back",
  skip: "it is left out",
  continue: "it goes on with the defaults",
  approve: "it counts as approved",
} as const;

function requirePieces(require: readonly Clause[]): readonly Piece[] {
  return require.flatMap(({ count, fromGroups, fromUsers }, index) => [
    ...(index === 0 ? [] : [words(" and ")]),
    words(`${count} of `),
    ...sourcePieces({ groups: fromGroups, users: fromUsers }),
  ]);
}

/** A plan's author names these people, so they are told by their ids: nothing that somebody writes may mention anybody. */
function sourcePieces({
  groups,
  users,
}: {
  readonly groups: readonly string[];
  readonly users: readonly string[];
}): readonly Piece[] {
  return [words([...groups, ...users].map((name) => identifier(name, 40).text).join(", "))];
}

function checksLine(title: string, checks: readonly Check[]): readonly Line[] {
  if (checks.length === 0) return [];
  const shown = checks.slice(0, CHECKS).map((check) => ({
    summary: oneLine(check.summary, MESSAGE),
    patience: patienceOf(check),
  }));
  const more = checks.length - shown.length;
  return [
    {
      cut: more > 0 || shown.some(({ summary }) => summary.cut),
      pieces: [
        bold(`${title}: `),
        words(shown.map(({ summary, patience }) => `${summary.text}${patience}`).join("; ")),
        ...(more > 0 ? [words("; "), bold(counted(more, "more check"))] : []),
      ],
    },
  ];
}

/** How long a check is asked again. */
function patienceOf({ retry }: Check): string {
  if (retry.maxAttempts <= 1) return "";
  const within = retry.baseDelayMs * (retry.maxAttempts - 1);
  return ` (within ${formatDuration(within)}, every ${formatDuration(retry.baseDelayMs)})`;
}

function boundsLine(step: PlanStep, plan: Plan): readonly Line[] {
  const { loop, deadlineMs, preconditions, onFailure, groups, stageName } = step;
  const parts: readonly (readonly Piece[])[] = [
    stageName === null ? [] : [words("stage "), code(identifier(stageName, 60).text)],
    loop === null
      ? []
      : [
          words(`item ${loop.index + 1} of `),
          code(identifier(loop.id, 60).text),
          words(
            loop.canary ? ", a canary: the others wait for it" : failuresWords(loop.maxFailures),
          ),
        ],
    ...groups.map((group) => groupPieces(group, plan)),
    retryPieces(step),
    deadlineMs === null ? [] : [words(`at most ${formatDuration(deadlineMs)} in all`)],
    preconditions.length === 0
      ? []
      : [words(`only if ${counted(preconditions.length, "state")} it was planned for still holds`)],
    onFailure === plan.onFailure ? [] : [words(`on failure: ${onFailure}`)],
  ];
  const said = parts.filter((pieces) => pieces.length > 0);
  if (said.length === 0) return [];
  return [
    {
      cut: false,
      pieces: said.flatMap((pieces, index) => (index === 0 ? pieces : [words(" · "), ...pieces])),
    },
  ];
}

function retryPieces({ retry }: PlanStep): readonly Piece[] {
  if (retry.maxAttempts <= 1) return [];
  const [from, to] = [retry.baseDelayMs, retry.maxDelayMs].map(formatDuration);
  const apart = retry.backoff === "fixed" || from === to ? from : `${from} to ${to}`;
  const on = retry.on.length === 0 ? "nothing" : retry.on.join(", ");
  return [words(`up to ${counted(retry.maxAttempts, "attempt")}, ${apart} apart, on ${on}`)];
}

function failuresWords(most: number): string {
  return most === 0 ? "" : `, ${counted(most, "failure")} tolerated`;
}

function groupPieces(group: string, plan: Plan): readonly Piece[] {
  const places = plan.groups[group];
  const playbook = plan.playbooks[group];
  return [
    words(playbook === undefined ? "group " : "playbook "),
    code(identifier(playbook?.playbook ?? group, 60).text),
    ...(places === undefined ? [] : [words(`, ${places} at once`)]),
  ];
}
