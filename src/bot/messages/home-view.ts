// App Home: the plans that wait for this person, their running and recent work, and a few words of help.

import type { HomeView, KnownBlock, RichTextBlockElement } from "@slack/types";
import type { OpenAsking } from "#engine/open-askings.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import { timeLeft } from "./approvals.ts";
import { actions, button, divider, header } from "./blocks.ts";
import { always, fitView } from "./budget.ts";
import { ACTIONS, COMMAND, planValue } from "./identifiers.ts";
import { glassMark } from "./glass-mark.ts";
import { listed, listedBlocks } from "./listed.ts";
import { identifier } from "./plain.ts";
import { type WaitingPlan, askingPieces, oldestClockFirst } from "./pending-list.ts";
import { approveButton, planSteps } from "./plan-card.ts";
import { outcomeWord } from "./plan-outcome.ts";
import { runPieces } from "./run-headline.ts";
import type { RunReport } from "#engine/run-report.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  bullets,
  code,
  lines,
  link,
  person,
  richText,
  riskPieces,
  section,
  time,
  untrusted,
  words,
} from "./rich-text.ts";

export type HomeInput = {
  /** Plans this person could approve, in any order. */
  readonly waiting: readonly WaitingPlan[];
  /** What runs ask that this person could answer, the first to close first. */
  readonly asked: readonly OpenAsking[];
  readonly running: readonly RunReport[];
  readonly recent: readonly PlanRecord[];
  readonly now: Instant;
};

/** Of a plan whose card hides some as well: then an approval needs the full plan opened first. */
const STEPS = 5;
const HISTORY = `See ${COMMAND} history.`;

export function homeView({ waiting, asked, running, recent, now }: HomeInput): HomeView {
  const blocks = fitView([
    always([
      header("Waiting for you"),
      ...none(waiting.length + asked.length, "No plan waits for your approval."),
    ]),
    listed(asked, (asking) => [bullets([section(...askingPieces(asking, now))])], {
      priority: 1,
      noun: "step",
      hint: `See ${COMMAND} pending.`,
      most: 10,
    }),
    listedBlocks(oldestClockFirst(waiting), (plan) => waitingBlocks(plan, now), {
      priority: 1,
      noun: "plan",
      hint: `See ${COMMAND} pending.`,
      most: 10,
    }),
    always([header("Your running work"), ...none(running.length, "Nothing of yours is running.")]),
    listed(running, runningEntry, { priority: 2, noun: "run", hint: HISTORY, most: 10 }),
    always([
      header("Your recent work"),
      ...none(recent.length, "You have not asked for anything yet."),
    ]),
    listed(recent, (record) => recentEntry(record, now), {
      priority: 3,
      noun: "plan",
      hint: HISTORY,
      most: 10,
    }),
    always([
      divider,
      richText(
        lines(
          [
            bold("Ask for a change  "),
            code(`${COMMAND} plan`),
            words(", "),
            code(`${COMMAND} run <playbook>`),
            words(" or "),
            code(`${COMMAND} <operation>`),
            words(" in a channel."),
          ],
          [words("Everything you may do: "), code(`${COMMAND} help`)],
        ),
      ),
      actions(button({ action: ACTIONS.homeRefresh, text: "Refresh" })),
    ]),
  ]).blocks;
  return { type: "home", blocks };
}

function waitingBlocks({ record, verdict }: WaitingPlan, now: Instant): KnownBlock[] {
  const { plan, conversation } = record;
  const value = planValue({ planId: record.id, version: record.version });
  return [
    richText(
      lines(
        [boldUntrusted(plan.title, 150)],
        [
          ...riskPieces(plan.risk),
          words(" in "),
          bold(identifier(plan.environment).text),
          words(" · asked for by "),
          person(record.requester.userId),
          words(` · ${verdict.had} of ${verdict.needed} approvals`),
        ],
        [
          bold("Approve by "),
          time(record.approveBy),
          words(` (${timeLeft(record.approveBy, now)})`),
        ],
      ),
    ),
    ...planSteps(record, STEPS),
    actions(
      approveButton(record),
      button({ action: ACTIONS.reject, text: "Reject", value }),
      button({ action: ACTIONS.fullPlan, text: "Full plan", value }),
      ...(conversation.permalink === null
        ? []
        : [
            button({
              action: ACTIONS.homeOpenThread,
              text: "Open conversation",
              value,
              url: conversation.permalink,
            }),
          ]),
    ),
    divider,
  ];
}

function runningEntry(report: RunReport): RichTextBlockElement[] {
  return [bullets([section(...runPieces(report), ...conversationLink(report))])];
}

function none(count: number, empty: string): KnownBlock[] {
  return count > 0 ? [] : [richText(section(words(empty)))];
}

function recentEntry(record: PlanRecord, now: Instant): RichTextBlockElement[] {
  const about = [
    bold(outcomeWord(record, now)),
    ...glassMark(record.emergency !== null),
    words("  "),
    untrusted(record.plan.title, 120),
    words(" · "),
    ...riskPieces(record.plan.risk),
    words(" · "),
    time(record.filedAt),
  ];
  return [bullets([section(...about, ...conversationLink(record))])];
}

function conversationLink({ conversation }: Pick<PlanRecord, "conversation">): Piece[] {
  return conversation.permalink === null
    ? []
    : [words(" · "), link(conversation.permalink, "conversation")];
}
