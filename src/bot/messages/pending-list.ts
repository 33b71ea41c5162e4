// What waits for people, for one reader: first what waits for them, with buttons to decide at once, then the rest, the
// oldest clock first. Plans for approval, and runs that ask for an approval or an answer.

import type { OpenAsking } from "#engine/open-askings.ts";
import type { Instant } from "#engine/time.ts";
import type { WaitingPlan, WaitingPlans } from "#engine/waiting-plans.ts";
import { timeLeft } from "./approvals.ts";
import { divider } from "./blocks.ts";
import { type Part, always, fitMessage } from "./budget.ts";
import { bundleBlocks, bundlesOf } from "./bundle-view.ts";
import { glassMark } from "./glass-mark.ts";
import { COMMAND } from "./identifiers.ts";
import { listed, rest } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier } from "./plain.ts";
import {
  type Piece,
  bold,
  bullets,
  code,
  lines,
  link,
  packRichText,
  richText,
  section,
  untrusted,
  words,
} from "./rich-text.ts";
import { waitingPlanBlocks, waitingPlanEntry } from "./waiting-plan.ts";

export type PendingInput = {
  readonly plans: WaitingPlans;
  readonly askings: readonly OpenAsking[];
  readonly viewerId: string;
  readonly now: Instant;
};

/** Shown whole, with buttons. */
const MOST_WHOLE = 5;
/** Of the reader's, whole or as a line: these always have room. */
const MOST_THEIRS = 15;

export function pendingMessage({ plans, askings, viewerId, now }: PendingInput): Message {
  const { theirs, others } = plans;
  const count = theirs.length + others.length;
  const title =
    count === 0
      ? "No plan waits for approval."
      : `${counted(count, "plan")} waiting for approval, ${theirs.length} of them for you`;
  const fitted = fitMessage([
    ...askingsPart(askings, viewerId, now),
    always([richText(lines([bold(title)]))]),
    always(bundleBlocks(bundlesOf(theirs))),
    theirsPart(theirs, now),
    always(theirs.length > 0 && others.length > 0 ? [richText(lines([bold("Not for you")]))] : []),
    listed(others, (plan) => waitingPlanEntry(plan, now), {
      priority: 2,
      noun: "plan",
      hint: `See one with ${COMMAND} show <id>.`,
      most: 25,
    }),
  ]);
  return { text: notificationText(title), blocks: fitted.blocks };
}

/** As many whole as fit; a line for each of the next. */
function theirsPart(theirs: readonly WaitingPlan[], now: Instant): Part {
  const whole = theirs
    .slice(0, MOST_WHOLE)
    .map((plan) => [...waitingPlanBlocks(plan, now), divider]);
  const drawn = theirs
    .slice(0, MOST_THEIRS)
    .map((plan) => waitingPlanEntry(plan, now, [bold("For you  ")]));
  return {
    items: whole.length,
    priority: 1,
    render: (shown) => [
      ...(shown > 0 ? [richText(lines([bold("For you")]))] : []),
      ...whole.slice(0, shown).flat(),
      ...packRichText(drawn.slice(shown)),
      ...rest(theirs.length - Math.max(drawn.length, shown), "plan", "App Home has those for you."),
    ],
  };
}

function askingsPart(
  askings: readonly OpenAsking[],
  viewerId: string,
  now: Instant,
): readonly Part[] {
  if (askings.length === 0) return [];
  const forThem = askings.filter(({ couldAnswer }) => couldAnswer.includes(viewerId));
  const sorted = [...forThem, ...askings.filter((asking) => !forThem.includes(asking))];
  const verb = askings.length === 1 ? "waits" : "wait";
  const title = `${counted(askings.length, "running step")} ${verb} for people, ${forThem.length} for you`;
  return [
    always([richText(lines([bold(title)]))]),
    listed(
      sorted,
      (asking) => [
        bullets([
          section(
            ...(forThem.includes(asking) ? [bold("For you  ")] : []),
            ...askingPieces(asking, now),
          ),
        ]),
      ],
      { priority: 1, noun: "step", hint: "", most: 15 },
    ),
  ];
}

/** What a running step waits for, in whose conversation it is answered. */
export function askingPieces({ kind, run, step, closesAt }: OpenAsking, now: Instant): Piece[] {
  const { permalink } = run.conversation;
  return [
    words(kind === "approval" ? "Approval of step " : "Answer for step "),
    code(identifier(step.id, 80).text),
    words(" of "),
    untrusted(run.plan.title, 120),
    ...glassMark(run.emergency),
    words(` · ${timeLeft(closesAt, now)}`),
    ...(permalink === null ? [] : [words(" · "), link(permalink, "conversation")]),
  ];
}
