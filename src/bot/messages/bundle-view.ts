// The bundle card: several plans of one requester in one window, each drawn as on its own card, to be approved at one
// signature. What would not be seen whole here, or destroys, is not in it.

import type { KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import type { Person } from "#engine/identity.ts";
import type { Instant, Sha256 } from "#engine/time.ts";
import { apartBecause } from "#engine/vote-together.ts";
import type { WaitingPlan } from "#engine/waiting-plans.ts";
import { actions, button, divider, modal } from "./blocks.ts";
import { always, fitView } from "./budget.ts";
import {
  ACTIONS,
  CALLBACKS,
  INPUTS,
  bundleMetadata,
  parseShownValue,
  shownValue,
} from "./identifiers.ts";
import type { BundleRef, ShownRef } from "./identifiers.ts";
import { listedBlocks } from "./listed.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import { picturedCard } from "./plan-picture.ts";
import { bold, isUserId, lines, person, richText, riskWord, words } from "./rich-text.ts";
import type { ViewValues } from "./view-values.ts";
import { pictureBlocks } from "./waiting-plan.ts";

/** Slack shows at most ten boxes. */
export const MOST_TOGETHER = 10;

/** Plans of one requester that wait for the reader. */
export type Bundle = {
  readonly requester: Person;
  /** Those that can be approved together, the oldest clock first. */
  readonly plans: readonly WaitingPlan[];
  /** How many of theirs have to be approved by themselves. */
  readonly apart: number;
};

/** @param theirs what the reader could approve. Only bundles of two and more. */
export function bundlesOf(theirs: readonly WaitingPlan[]): readonly Bundle[] {
  const byRequester = Map.groupBy(theirs, ({ record }) => record.requester.userId);
  return [...byRequester].flatMap(([requesterId, plans]): Bundle[] => {
    const fit = plans.filter(
      ({ record }) => apartBecause(record, requesterId) === null && !picturedCard(record).cut,
    );
    const requester = fit[0]?.record.requester;
    return requester === undefined || fit.length < 2 || !isUserId(requesterId)
      ? []
      : [{ requester, plans: fit, apart: plans.length - fit.length }];
  });
}

const MOST_BUNDLES = 3;

/** The buttons that open bundle cards, for lists of what waits. */
export function bundleBlocks(bundles: readonly Bundle[]): readonly KnownBlock[] {
  return bundles.slice(0, MOST_BUNDLES).flatMap(({ requester, plans }) => [
    richText(
      lines([
        words(`${counted(plans.length, "plan")} of `),
        person(requester.userId),
        words(" can be approved together: they destroy nothing."),
      ]),
    ),
    actions(
      button({
        action: ACTIONS.bundleOpen,
        text: `Read and approve ${Math.min(plans.length, MOST_TOGETHER)} together`,
        value: requester.userId,
      }),
    ),
  ]);
}

export type BundleViewInput = {
  readonly bundle: Bundle;
  /** Where the answer belongs; null: to the reader directly. */
  readonly place: BundleRef["place"];
  readonly now: Instant;
  readonly sha256: Sha256;
};

export function bundleView({ bundle, place, now, sha256 }: BundleViewInput): ModalView {
  const { requester, plans, apart } = bundle;
  const numbered = plans.map((plan, index) => ({ ...plan, nth: index + 1 }));
  const list = listedBlocks(numbered, (plan) => planBlocks(plan, plans.length, now), {
    priority: 1,
    noun: "plan",
    hint: "Decide on these first, then open the window again.",
    most: MOST_TOGETHER,
  });
  const first = intro(requester.userId, apart);
  const boxes = plans.slice(0, MOST_TOGETHER).map((plan, index) => boxOf(plan, index + 1, sha256));
  const shown = fitView([always([first, tickBlock(boxes)]), list]).shown[1] ?? 0;
  return modal({
    callback: CALLBACKS.bundle,
    title: "Approve together",
    close: "Back",
    submit: "Approve ticked",
    metadata: bundleMetadata({ requesterId: requester.userId, place }),
    blocks: [first, ...list.render(shown), divider, tickBlock(boxes.slice(0, shown))],
  });
}

function intro(requesterId: string, apart: number): KnownBlock {
  return richText(
    lines(
      [
        words("Asked for by "),
        person(requesterId),
        words(". Read each plan, then tick below the ones that you approve. "),
        words("Each approval is recorded by itself, for the version shown here, "),
        words(
          "and a plan starts as soon as its quorum is met. Closing this window changes nothing.",
        ),
      ],
      apart === 0
        ? []
        : [
            bold(`${counted(apart, "more plan")} of theirs`),
            words(" must be approved alone: destructive, with a passkey, or too long for a card."),
          ],
    ),
  );
}

function planBlocks(
  plan: WaitingPlan & { readonly nth: number },
  of: number,
  now: Instant,
): KnownBlock[] {
  return [
    divider,
    richText(lines([bold(`Plan ${plan.nth} of ${of}`)])),
    ...pictureBlocks(plan, now),
  ];
}

const OPTION_TEXT = 75;

function boxOf({ record }: WaitingPlan, nth: number, sha256: Sha256): PlainTextOption {
  const { id, plan, version, hash } = record;
  return {
    text: plain(`${nth}. ${oneLine(plan.title, OPTION_TEXT - 5).text}`),
    description: plain(`${riskWord(plan.risk)} · ${identifier(plan.environment, 30).text} · ${id}`),
    value: shownValue({
      planId: id,
      version,
      hash,
      viewHash: sha256(picturedCard(record).viewText),
    }),
  };
}

/** One box for each plan that is shown, and for no other. None is ticked beforehand: each tick is a decision. */
function tickBlock(boxes: readonly PlainTextOption[]): KnownBlock {
  const { blockId, actionId } = INPUTS.bundlePlans;
  return {
    type: "input",
    block_id: blockId,
    label: plain("I approve"),
    element: { type: "checkboxes", action_id: actionId, options: [...boxes] },
  };
}

function plain(text: string) {
  return { type: "plain_text" as const, text, emoji: false };
}

/** The plans ticked; null for a box that is none of ours. */
export function readTicked(values: ViewValues): readonly (ShownRef | null)[] {
  const { blockId, actionId } = INPUTS.bundlePlans;
  const ticked = values[blockId]?.[actionId]?.selected_options ?? [];
  return ticked.map(({ value }) => parseShownValue(value ?? undefined));
}
