// Every rendering over random plans, runs and hostile text, judged by rules that share nothing with the renderers.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CASES, patience, scaled } from "#test/proof-scale.ts";
import type { PlanRecord } from "#engine/plan.ts";
import {
  HOSTILE_TEXTS,
  LONG_TEXTS,
  PEOPLE,
  hostilePlan,
  hostileRecord,
  hostileReport,
  hostileText,
  hostileVerdict,
} from "#test/builders/hostile-plans.ts";
import {
  NOON,
  PERMALINK,
  aRecord,
  aRunView,
  aVote,
  someApprovers,
  aFreeze,
} from "#test/builders/plan-records.ts";
import { sha256 } from "#test/builders/engine-world.ts";
import { messageFaults, viewFaults } from "#test/builders/strict-block-kit.ts";
import { bundleOutcomeMessage } from "./bundle-outcome.ts";
import { bundleView } from "./bundle-view.ts";
import { checkpointsMessage } from "./checkpoints-list.ts";
import { dryRunMessage } from "./dry-run.ts";
import { editView } from "./edit-view.ts";
import { fullPlanView } from "./full-plan-view.ts";
import { helpMessage } from "./help.ts";
import { historyMessage } from "./history-list.ts";
import { homeView } from "./home-view.ts";
import { inquiryView } from "./inquiry-view.ts";
import { operationsMessage } from "./operations-list.ts";
import { outcomePrivateMessage } from "./outcome-private.ts";
import { pendingMessage } from "./pending-list.ts";
import { planCard } from "./plan-card.ts";
import { isDestructive } from "./plan-steps.ts";
import { playbooksMessage } from "./playbooks-list.ts";
import { problemsMessage } from "./problems.ts";
import { refusalMessage } from "./refusal-message.ts";
import { rejectView } from "./reject-view.ts";
import { planReachMessage } from "./plan-reach.ts";
import { planWidenedMessage } from "./plan-widened.ts";
import { privateReminderMessage } from "./reminder-private.ts";
import { planReminderMessage } from "./reminder.ts";
import { runFinishedMessage } from "./run-finished.ts";
import { runHeldMessage } from "./run-held.ts";
import { runProgressMessage } from "./run-progress.ts";
import { runQuestionMessage } from "./run-question.ts";
import { outputMessage, saidMessage } from "./said.ts";
import { showPlanMessage } from "./show-plan.ts";
import { stepApprovalMessage } from "./step-approval.ts";
import { stepInquiryMessage } from "./step-inquiry.ts";
import { whoCanApproveMessage, whoCanApproveView } from "./who-can-approve.ts";

/** Each of these renders a plan dozens of times. */
const FEWER = scaled(400);
/** Every page of a plan of 500 steps is megabytes of hostile text. */
const FEW = scaled(200);
const anyPage = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1, 2, 1_000_000));
const allowed = {
  people: new Set<string>(PEOPLE),
  urls: new Set([PERMALINK]),
  values:
    /^(U0(RITA|ANN|BOB|DEV)|pl-7k3qx9a2bc\|\d{1,2}(\|\d{1,4})?|run-4m8w2e6yhj(\|\d{1,3}(\|(f|\d)\|\d{1,2}|\|\d(\|\d)?)?)?)$/,
};
const faultsOf = (message: Parameters<typeof messageFaults>[0]) => messageFaults(message, allowed);

/** Places of the steps shown on a card, in reading order. */
function placesShown(blocks: readonly unknown[]): number[] {
  const lists = blocks.flatMap((block) => (block as { elements?: unknown[] }).elements ?? []);
  return lists.flatMap((list) => {
    const { type, indent, elements } = list as {
      type: string;
      indent?: number;
      elements: { elements: { text?: string; style?: { bold?: boolean } }[] }[];
    };
    if (type !== "rich_text_list" || indent !== 0) return [];
    const first = elements[0]?.elements[0];
    const place = /^(\d+)\. /.exec(first?.text ?? "")?.[1];
    return first?.style?.bold === true && place !== undefined ? [Number(place)] : [];
  });
}

function textOf(blocks: readonly unknown[]): string {
  return JSON.stringify(blocks);
}

const NONE_WAIT = { theirs: [], others: [] };

describe("the approval card", () => {
  test(
    "is within Slack's limits and free of live text for any plan",
    () => {
      fc.assert(
        fc.property(hostileRecord, hostileVerdict, (record, verdict) => {
          expect(faultsOf(planCard({ record, verdict, now: NOON }))).toEqual([]);
        }),
        { numRuns: CASES },
      );
    },
    patience(240_000),
  );

  test(
    "never hides a destructive step behind a safe one, and its counts add up",
    () => {
      fc.assert(
        fc.property(hostileRecord, hostileVerdict, (record, verdict) => {
          const card = planCard({ record, verdict, now: NOON });
          const shown = placesShown(card.blocks);
          const destructive = (place: number) => {
            const step = record.plan.steps[place - 1];
            return step !== undefined && isDestructive(step);
          };
          const hidden = record.plan.steps
            .map((_, index) => index + 1)
            .filter((place) => !shown.includes(place));
          expect(new Set(shown).size).toBe(shown.length);
          const firstSafe = shown.findIndex((place) => !destructive(place));
          expect(firstSafe === -1 ? [] : shown.slice(firstSafe).filter(destructive)).toEqual([]);
          if (hidden.some(destructive)) expect(shown.every(destructive)).toBe(true);
          if (hidden.length > 0) {
            expect(card.cut).toBe(true);
            expect(textOf(card.blocks)).toContain(`${hidden.length} more step`);
          }
        }),
        { numRuns: CASES },
      );
    },
    patience(240_000),
  );

  test(
    "shows the same plan for every reader and at every time, as its view text",
    () => {
      fc.assert(
        fc.property(hostileRecord, hostileVerdict, hostileVerdict, (record, one, other) => {
          const early = planCard({ record, verdict: one, now: NOON });
          const late = planCard({
            record: { ...record, votes: [] },
            verdict: other,
            now: record.approveBy + 1,
            lastNote: "late",
          });
          expect(late.viewText).toBe(early.viewText);
        }),
        { numRuns: CASES },
      );
    },
    patience(240_000),
  );
});

describe("every other rendering", () => {
  test(
    "of a plan is within the limits and free of live text",
    () => {
      fc.assert(
        fc.property(hostileRecord, hostileVerdict, hostileText, (record, verdict, text) => {
          const rejected: PlanRecord = { ...record, status: "rejected", verdict, decidedAt: NOON };
          const withdrawn: PlanRecord = {
            ...record,
            status: "withdrawn",
            withdrawnAt: NOON,
            withdrawnBy: text,
            reason: text,
          };
          const freeze = aFreeze({
            name: text,
            reason: text,
            next: { kind: "starts-if-approved-from", from: NOON },
          });
          const waiting = Array.from({ length: 3 }, () => ({ record, verdict, freeze }));
          const lists = {
            theirs: waiting,
            others: Array.from({ length: 30 }, () => waiting).flat(),
          };
          const askings = record.plan.steps.slice(0, 20).map((step) => ({
            kind: "question" as const,
            run: aRunView(record.plan),
            step,
            closesAt: NOON,
            couldAnswer: [text],
          }));
          const people = Array.from({ length: 150 }, (_, index) => ({
            userId: index % 2 === 0 ? "U0ANN" : text,
            say: index < 70 ? ("could" as const) : ("cannot" as const),
            detail: text,
          }));
          const approvers = someApprovers({
            verdict,
            people,
            freeze,
            notAsked: 7,
            unknown: { names: [text, text], remedy: text },
          });
          const messages = [
            planCard({ record, verdict, freeze, now: NOON }),
            planCard({ record: rejected, verdict, now: NOON }),
            planCard({ record: withdrawn, verdict, now: NOON }),
            showPlanMessage({ record, verdict, report: null, now: NOON }),
            whoCanApproveMessage({ record, approvers, now: NOON }),
            planReminderMessage({ record, verdict }),
            planWidenedMessage(record, { groups: Array(30).fill(text), users: [text, "U0ANN"] }),
            planReachMessage({
              record: { ...record, unreachableSince: NOON },
              verdict,
              to: "requester",
            }),
            privateReminderMessage({ record, verdict, widened: true, now: NOON }),
            bundleOutcomeMessage(
              [
                { kind: "approved" as const, met: false, verdict },
                { kind: "unread" as const, explanation: text },
                {
                  kind: "refused" as const,
                  refusal: { code: "not-an-approver" as const, groups: [text], whoCan: [text] },
                },
              ].map((end) => ({ planId: record.id, title: text, end })),
            ),
            outcomePrivateMessage({ record: rejected, verdict, report: null, freeze, now: NOON }),
            pendingMessage({ plans: lists, askings, viewerId: "U0ANN", now: NOON }),
          ];
          const views = [
            whoCanApproveView({ record, approvers, now: NOON }),
            rejectView({ record }),
            editView({ record }),
            homeView({
              waiting: lists,
              asked: askings,
              running: [],
              recent: [rejected, withdrawn],
              now: NOON,
            }),
          ];
          expect(messages.flatMap(faultsOf)).toEqual([]);
          expect(views.flatMap((view) => viewFaults(view, allowed))).toEqual([]);
        }),
        { numRuns: FEWER },
      );
    },
    patience(240_000),
  );

  test(
    "of a run is within the limits and free of live text",
    () => {
      fc.assert(
        fc.property(hostileReport, hostileText, (report, text) => {
          const failure = { category: "unknown" as const, message: text, code: text };
          const call = { phase: "forward" as const, stepId: report.plan.steps[0]?.id ?? "" };
          const messages = [
            runProgressMessage({ report, output: [{ call: text, text }], now: NOON + 60_000 }),
            runFinishedMessage({ report, logLink: PERMALINK }),
            runHeldMessage({
              report: { ...report, looksAgain: true },
              holder: { runId: "run-2", title: report.plan.title, permalink: PERMALINK },
            }),
            runQuestionMessage({ report, call, attempt: 1, failure, answered: null }),
            runQuestionMessage({
              report,
              call,
              attempt: 1,
              failure,
              answered: { answer: "give-up", byUserId: "U0ANN", at: NOON },
            }),
            runHeldMessage({
              report: {
                ...report,
                heldFor: report.plan.steps.map(({ id }) => id),
                heldUntil: NOON,
              },
            }),
          ];
          expect(messages.flatMap(faultsOf)).toEqual([]);
          expect(
            viewFaults(
              homeView({ waiting: NONE_WAIT, asked: [], running: [report], recent: [], now: NOON }),
              allowed,
            ),
          ).toEqual([]);
        }),
        { numRuns: FEWER },
      );
    },
    patience(240_000),
  );

  test(
    "of what a step asks people is within the limits and free of live text",
    () => {
      fc.assert(
        fc.property(hostileReport, hostileVerdict, hostileText, (report, verdict, text) => {
          const asked = { opening: 1, openedAt: NOON, closesAt: NOON + 60_000, stands: false };
          const votes = [
            { ...aVote("U0ANN", "approve", null), groups: [text], viewHash: null },
            { ...aVote("U0BOB", "reject", text), groups: [], viewHash: null },
          ];
          const faults = report.plan.steps.slice(0, 12).flatMap((step) => {
            const { approval, inquiry } = step;
            const approvals =
              approval === null
                ? []
                : [
                    null,
                    { outcome: "rejected" as const, counted: [], explanation: text, at: NOON },
                  ].map((end) =>
                    stepApprovalMessage({
                      report,
                      step,
                      approval,
                      asked: { ...asked, stepId: step.id, votes, end },
                      verdict,
                    }),
                  );
            if (inquiry === null) return approvals.flatMap(faultsOf);
            const answers = Object.fromEntries(inquiry.fields.map(({ name }) => [name, text]));
            const inquiries = [
              null,
              { kind: "answered" as const, answers, by: null, at: NOON },
              { kind: "left" as const, explanation: text, at: NOON },
            ].map((end) =>
              stepInquiryMessage({
                report,
                step,
                inquiry,
                asked: { ...asked, stepId: step.id, end },
              }),
            );
            const view = inquiryView(inquiry, { runId: report.runId, stepId: step.id, opening: 1 });
            return [
              ...[...approvals, ...inquiries].flatMap(faultsOf),
              ...viewFaults(view, allowed),
            ];
          });
          expect(faults).toEqual([]);
        }),
        { numRuns: FEWER },
      );
    },
    patience(240_000),
  );

  test(
    "of lists, refusals, problems and dry runs is within the limits and free of live text",
    () => {
      fc.assert(
        fc.property(
          fc.array(hostileText, { minLength: 1, maxLength: 60 }),
          hostilePlan,
          (texts, plan) => {
            const [text = ""] = texts;
            const messages = [
              problemsMessage({
                problems: texts.map((found) => ({
                  path: found,
                  found,
                  expected: found,
                  nearest: found,
                })),
                subject: "This plan",
              }),
              refusalMessage({ code: "playbook-not-found", found: text, nearest: text }),
              refusalMessage({ code: "self-approval", whoCan: ["U0ANN", ...texts] }),
              refusalMessage({
                code: "plan-invalid",
                problems: texts.map((found) => ({ path: "", found, expected: found })),
              }),
              historyMessage({
                filter: text,
                items: texts.map((title) => ({
                  planId: title,
                  runId: null,
                  title,
                  environment: title,
                  risk: title,
                  requesterId: title,
                  outcome: title,
                  emergency: true,
                  filedAt: NOON,
                  permalink: PERMALINK,
                })),
              }),
              operationsMessage({
                filter: text,
                operations: texts.map((name) => ({
                  name,
                  summary: name,
                  worstRisk: "modify",
                  example: { [name]: name, list: [name] },
                  environments: texts,
                })),
              }),
              playbooksMessage({
                filter: text,
                playbooks: texts.map((name) => ({
                  name,
                  summary: name,
                  inputs: { [name]: { type: "string", description: name, default: name } },
                })),
              }),
              helpMessage({
                environments: texts.map((name) => ({ name, operations: texts })),
                playbooks: texts.map((name) => ({ name, summary: name })),
                misunderstood: { word: text, nearest: text },
              }),
              checkpointsMessage({
                checkpoints: texts.map((name) => ({
                  name,
                  teamId: "T0ACME",
                  takenAt: NOON,
                  takenBy: { kind: "system", part: "engine" },
                  planId: name,
                  runId: null,
                  environment: name,
                  requestId: name,
                  captured: 1,
                  unread: 1,
                  permalink: PERMALINK,
                })),
              }),
              saidMessage({ text, mark: "done" }),
              outputMessage({ title: text, output: texts.join("\n"), logLink: null }),
              dryRunMessage({
                plan,
                steps: plan.steps.map((step, index) => ({
                  stepId: step.id,
                  summary: step.summary,
                  preview: index % 2 === 0 ? { wouldSucceed: null, lines: texts } : null,
                  note: text,
                  leftOut: index % 3 === 0,
                })),
              }),
            ];
            expect(messages.flatMap(faultsOf)).toEqual([]);
          },
        ),
        { numRuns: FEWER },
      );
    },
    patience(240_000),
  );

  test(
    "of a bundle card is within the limits and free of live text, with a box for each plan shown",
    () => {
      fc.assert(
        fc.property(hostileRecord, hostileVerdict, (record, verdict) => {
          const { requester } = aRecord();
          const plans = Array.from({ length: 11 }, () => ({ record, verdict, freeze: null }));
          const bundle = { requester, plans, apart: 2 };
          const view = bundleView({ bundle, place: null, now: NOON, sha256 });
          expect(viewFaults(view, allowed)).toEqual([]);
          const text = textOf(view.blocks);
          const boxes = text.split('"description"').length - 1;
          expect(boxes).toBeGreaterThanOrEqual(2);
          expect(text.split(`hash ${record.hash.slice(0, 12)}`).length - 1).toBe(boxes);
        }),
        { numRuns: FEW },
      );
    },
    patience(240_000),
  );

  test(
    "of the full plan is within a view's limits on every page",
    () => {
      fc.assert(
        fc.property(hostileRecord, anyPage, (record, page) => {
          // A page that does not exist is the nearest one.
          expect(viewFaults(fullPlanView({ record, page, now: NOON }), allowed)).toEqual([]);
        }),
        { numRuns: FEW },
      );
    },
    patience(240_000),
  );
});

test.each(
  [...HOSTILE_TEXTS, ...LONG_TEXTS].map((text) => [JSON.stringify(text).slice(0, 40), text]),
)("a title of %s makes no link, mention or button", (_, title) => {
  const record = aRecord({ plan: { ...aRecord().plan, title } });
  expect(
    faultsOf(
      planCard({
        record,
        verdict: {
          outcome: "waiting",
          by: null,
          tree: { name: "plan", status: "waiting", sentence: title, children: [] },
          counted: [],
          ignored: [],
          needed: 1,
          had: 0,
          couldApprove: [],
        },
        now: NOON,
      }),
    ),
  ).toEqual([]);
});
