// App Home: the plans that wait for this person, then those that wait for others, their running and recent work, and a
// few words of help.

import type { HomeView, KnownBlock, RichTextBlockElement } from "@slack/types";
import type { OpenAsking } from "#engine/open-askings.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { Instant } from "#engine/time.ts";
import type { WaitingPlan, WaitingPlans } from "#engine/waiting-plans.ts";
import { actions, button, divider, header } from "./blocks.ts";
import { type Part, always, fitView } from "./budget.ts";
import { bundleBlocks, bundlesOf } from "./bundle-view.ts";
import { ACTIONS, COMMAND } from "./identifiers.ts";
import { glassMark } from "./glass-mark.ts";
import { type Broken, openReviewPieces } from "./glass.ts";
import { listed, listedBlocks } from "./listed.ts";
import { askingPieces } from "./pending-list.ts";
import { outcomeWord } from "./plan-outcome.ts";
import { runPieces } from "./run-headline.ts";
import {
  type Piece,
  bold,
  bullets,
  code,
  lines,
  link,
  richText,
  riskPieces,
  section,
  time,
  untrusted,
  words,
} from "./rich-text.ts";
import { waitingPlanBlocks, waitingPlanEntry } from "./waiting-plan.ts";

export type HomeInput = {
  /** Plans that wait, those this person could approve apart. */
  readonly waiting: WaitingPlans;
  /** What runs ask that this person could answer, the first to close first. */
  readonly asked: readonly OpenAsking[];
  /** Broken glasses that this person could review, the oldest first. */
  readonly reviews?: readonly Broken[];
  readonly running: readonly RunReport[];
  readonly recent: readonly PlanRecord[];
  readonly now: Instant;
};

const HISTORY = `See ${COMMAND} history.`;

export function homeView({
  waiting,
  asked,
  running,
  recent,
  now,
  reviews = [],
}: HomeInput): HomeView {
  const blocks = fitView([
    always([
      header("Waiting for you"),
      ...none(waiting.theirs.length + asked.length, "No plan waits for your approval."),
    ]),
    listed(asked, (asking) => [bullets([section(...askingPieces(asking, now))])], {
      priority: 1,
      noun: "step",
      hint: `See ${COMMAND} pending.`,
      most: 10,
    }),
    always(bundleBlocks(bundlesOf(waiting.theirs))),
    listedBlocks(waiting.theirs, (plan) => [...waitingPlanBlocks(plan, now), divider], {
      priority: 1,
      noun: "plan",
      hint: `See ${COMMAND} pending.`,
      most: 10,
    }),
    ...reviewParts(reviews, now),
    ...othersParts(waiting.others, now),
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

function reviewParts(reviews: readonly Broken[], now: Instant): readonly Part[] {
  if (reviews.length === 0) return [];
  return [
    always([header("To review after a broken glass")]),
    listed(reviews, (record) => [bullets([section(...openReviewPieces(record, now))])], {
      priority: 1,
      noun: "review",
      hint: `See ${COMMAND} review.`,
      most: 10,
    }),
  ];
}

function othersParts(others: readonly WaitingPlan[], now: Instant): readonly Part[] {
  if (others.length === 0) return [];
  const hint = `See ${COMMAND} pending.`;
  return [
    always([header("Waiting for others")]),
    listed(others, (plan) => waitingPlanEntry(plan, now), {
      priority: 4,
      noun: "plan",
      hint,
      most: 10,
    }),
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
