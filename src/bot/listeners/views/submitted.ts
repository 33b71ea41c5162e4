// Who submitted a modal about which plan, and where the answer belongs: beside the plan's card.

import type { Context, SlackViewAction } from "@slack/bolt";
import type { PlanRecord } from "#engine/plan.ts";
import type { BotPorts } from "../../bot-ports.ts";
import { parsePlanValue, subjects } from "../../messages/identifiers.ts";
import type { Desk, Place, Requester } from "../../requester.ts";
import { recordedOf } from "../recorded-request.ts";

export type Submitted = {
  readonly requester: Requester;
  /** Null: the plan the modal was about is not ours. */
  readonly plan: { readonly record: PlanRecord; readonly version: number } | null;
};

export async function submittedBy(
  { ports, slack }: Desk,
  body: SlackViewAction,
  context: Context,
): Promise<Submitted> {
  const ref = parsePlanValue(body.view.private_metadata);
  const record = ref === null ? null : await ports.plans.get(ref.planId);
  const ours = record?.conversation.teamId === slack.identity.teamId ? record : null;
  const place =
    ours === null ? { channelId: body.user.id, threadTs: null } : await besideCard(ports, ours);
  return {
    requester: modalRequester(body, context, place),
    plan: ours === null || ref === null ? null : { record: ours, version: ref.version },
  };
}

export function modalRequester(body: SlackViewAction, context: Context, place: Place): Requester {
  return {
    ...recordedOf(context),
    userId: body.user.id,
    entry: "modal",
    place,
    planThreadTs: place.threadTs,
    words: `submitted ${body.view.callback_id}`,
  };
}

/** Where the person looks: a card that stands in the channel itself is answered there, not in the thread below it. */
export async function besideCard(
  { outbox }: BotPorts,
  { id, conversation }: PlanRecord,
): Promise<Place> {
  const { channelId, threadTs } = conversation;
  const card = await outbox.messageRef(subjects.planCard(id));
  return { channelId, threadTs: threadTs === card?.ts ? null : threadTs };
}
