// The whole plan in a modal, page by page: every value of every step, nothing cut. What the card hides is here.

import type { KnownBlock, ModalView } from "@slack/types";
import { stringify } from "yaml";
import { formatDuration } from "#engine/duration.ts";
import type {
  Call,
  Check,
  Inquiry,
  PlanRecord,
  PlanStep,
  RetryPolicy,
  StepApproval,
  Mode,
} from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import { actions, button, header, modal, smallPrint } from "./blocks.ts";
import { textSize } from "./budget.ts";
import { ACTIONS, CALLBACKS, planPageValue } from "./identifiers.ts";
import { oneLine, reveal } from "./plain.ts";
import { outcomeWord } from "./plan-outcome.ts";
import { stepsAsShown } from "./plan-steps.ts";
import {
  type Piece,
  bold,
  preformatted,
  richText,
  riskPieces,
  section,
  words,
} from "./rich-text.ts";
import { viewText } from "./view-hash.ts";

/** Far below what a view may hold (100 blocks, 250 kB): every page has to be read, also on a phone. */
const PAGE = { characters: 20_000, blocks: 90 };
/** Of one preformatted block; what is longer goes on in the next. */
const CHUNK = 2800;

export type FullPlanInput = {
  readonly record: PlanRecord;
  /** 1-based; a page that does not exist shows the nearest one. */
  readonly page: number;
  readonly now: Instant;
};

export function fullPlanView({ record, page, now }: FullPlanInput): ModalView {
  const pages = fullPlanPages(record);
  const current = Math.min(Math.max(1, Math.trunc(page) || 1), pages.length);
  const value = (to: number) =>
    planPageValue({ planId: record.id, version: record.version, page: to });
  const turns = [
    ...(current > 1
      ? [
          button({
            action: ACTIONS.fullPlanPrevious,
            text: "Previous page",
            value: value(current - 1),
          }),
        ]
      : []),
    ...(current < pages.length
      ? [
          button({
            action: ACTIONS.fullPlanNext,
            text: "Next page",
            value: value(current + 1),
            style: "primary",
          }),
        ]
      : []),
  ];
  return modal({
    callback: CALLBACKS.fullPlan,
    title: "Full plan",
    close: "Close",
    metadata: value(current),
    blocks: [
      header(record.plan.title),
      smallPrint(
        `${outcomeWord(record, now)} · ${record.id} · version ${record.version} · page ${current} of ${pages.length}`,
      ),
      ...(pages[current - 1] ?? []),
      ...(turns.length > 0 ? [actions(...turns)] : []),
    ],
  });
}

/** What the pages are drawn from: all of it is in the audit log. */
export type PagedPlan = Pick<PlanRecord, "plan" | "hash" | "policyVersion">;

/** The text whose SHA-256 says what a page showed; null: there is no such page. */
export function pageViewText(record: PagedPlan, page: number): string | null {
  const blocks = fullPlanPages(record)[page - 1];
  return blocks === undefined ? null : viewText(blocks);
}

/** All pages of a plan. Together they hold every detail. */
export function fullPlanPages(record: PagedPlan): readonly (readonly KnownBlock[])[] {
  const blocks = [
    ...overview(record),
    ...stepsAsShown(record.plan).flatMap(({ step, place }) =>
      stepBlocks(step, place, record.plan.mode),
    ),
  ];
  const pages: KnownBlock[][] = [];
  let size = Infinity;
  for (const block of blocks) {
    const blockSize = textSize(block);
    const last = pages.at(-1);
    if (last === undefined || size + blockSize > PAGE.characters || last.length === PAGE.blocks) {
      pages.push([block]);
      size = blockSize;
    } else {
      last.push(block);
      size += blockSize;
    }
  }
  return pages;
}

function overview({ plan, hash, policyVersion }: PagedPlan): KnownBlock[] {
  const facts = {
    title: plan.title,
    environment: plan.environment,
    ...(plan.playbook === null ? {} : { playbook: plan.playbook }),
    ...named({ inputs: plan.inputs, vars: plan.vars, env: plan.env }),
    ...named({ "steps at once in a group": plan.groups, "nested playbooks": plan.playbooks }),
    mode: plan.mode,
    "steps at once": plan.parallelism,
    "on failure": plan.onFailure,
    "longest run": formatDuration(plan.runTimeMs),
    "longest hold for a failed step": formatDuration(plan.holdTimeMs),
    "hash (SHA-256)": hash,
    policy: policyVersion,
  };
  return withDetails(
    [...riskPieces(plan.risk), words(` · ${plan.steps.length} steps, destructive ones first`)],
    facts,
  );
}

function stepBlocks(step: PlanStep, place: number, mode: Mode): KnownBlock[] {
  const head = [
    bold(`${place}. ${oneLine(step.id, 100).text}  `),
    ...riskPieces(step.risk),
    words(`\n${oneLine(step.summary, 1000).text}`),
  ];
  return withDetails(head, stepDetails(step, mode));
}

/** Everything about a step, in the plan language's words where it has them. Public for the test that compares it with the plan. */
export function stepDetails(step: PlanStep, mode: Mode): object {
  return {
    id: step.id,
    summary: step.summary,
    ...callDetails(step),
    ...(step.deferred ? { note: "values in ${{ }} are computed when the step runs" } : {}),
    ...(mode === "stages" && {
      stage: step.stageName === null ? step.stage + 1 : `${step.stage + 1} (${step.stageName})`,
    }),
    ...named({ needs: step.needs, "starts after": step.after, groups: step.groups }),
    ...(step.loop === null ? {} : { item: step.loop }),
    ...(step.scope === "" ? {} : { "names of": step.scope }),
    ...named({ "when, outside": step.guards }),
    ...(step.when === null ? {} : { when: step.when }),
    ...(step.inquiry === null ? {} : { asks: inquiryDetails(step.inquiry) }),
    ...(step.approval === null ? {} : { approval: approvalDetails(step.approval) }),
    ...named({
      "checks before": step.checksBefore.map(checkDetails),
      expects: step.preconditions,
      check: step.check,
      "checks after": step.checksAfter.map(checkDetails),
    }),
    retry: retryWords(step.retry),
    ...(step.deadlineMs === null ? {} : { "all tries within": formatDuration(step.deadlineMs) }),
    "on failure": step.onFailure,
    ...named({ locks: step.locks }),
    rollback: rollbackDetails(step),
  };
}

/** Those that hold something. */
function named(lists: Readonly<Record<string, object>>): object {
  return Object.fromEntries(
    Object.entries(lists).filter(([, value]) => Object.keys(value).length > 0),
  );
}

function inquiryDetails({ timeoutMs, onTimeout, from, ...rest }: Inquiry): object {
  return {
    ...rest,
    from: from ?? "whoever may steer the run",
    "time to answer": formatDuration(timeoutMs),
    "when nobody answers": onTimeout,
  };
}

function approvalDetails({ timeoutMs, onTimeout, ...rest }: StepApproval): object {
  return {
    ...rest,
    "time to approve": formatDuration(timeoutMs),
    "when nobody approves": onTimeout,
  };
}

function checkDetails(check: Check): object {
  return { summary: check.summary, ...callDetails(check), retry: retryWords(check.retry) };
}

function callDetails(call: Call): object {
  return {
    uses: call.uses,
    risk: call.risk,
    ...(call.profile === null ? {} : { credentials: call.profile }),
    with: call.with,
    "time limit": formatDuration(call.timeoutMs),
  };
}

function rollbackDetails({ rollback, risk }: PlanStep): unknown {
  switch (rollback.kind) {
    case "none":
      return risk === "read-only" ? "nothing to take back" : "no rollback exists";
    case "not-needed":
      return "nothing to take back, the plan says";
    case "captured":
      return `${rollback.summary} (from the state captured before the step; ${rollback.risk} at worst)`;
    case "commands":
      return rollback.calls.map((call) => ({ summary: call.summary, ...callDetails(call) }));
  }
}

function retryWords(retry: RetryPolicy): string {
  if (retry.maxAttempts === 1) return "none";
  const spread = retry.jitter && retry.backoff !== "fixed" ? ", spread at random" : "";
  const delays =
    retry.backoff === "fixed"
      ? formatDuration(retry.baseDelayMs)
      : `${formatDuration(retry.baseDelayMs)} to ${formatDuration(retry.maxDelayMs)}`;
  return `${retry.maxAttempts} attempts, ${retry.backoff}, ${delays}${spread}, on ${retry.on.join(", ")}`;
}

/** A heading with YAML below it. The heading shares a block with the first piece, so that no page ends with a heading. */
function withDetails(head: readonly Piece[], details: object): KnownBlock[] {
  const text = stringify(details, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
  const [first = "", ...others] = chunks(reveal(text));
  return [
    richText(section(...head), preformatted(first)),
    ...others.map((chunk) => richText(preformatted(chunk))),
  ];
}

/** Pieces of at most {@link CHUNK} characters that join to the whole text; broken after a line where one ends in reach. */
export function chunks(text: string): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > CHUNK) {
    const lineEnd = rest.lastIndexOf("\n", CHUNK - 1) + 1;
    const splitsPair = /[\uD800-\uDBFF]/.test(rest.charAt(CHUNK - 1));
    const at = lineEnd > CHUNK / 2 ? lineEnd : splitsPair ? CHUNK - 1 : CHUNK;
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...pieces, rest];
}
