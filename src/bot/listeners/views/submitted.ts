// Who submitted a modal about which plan, and where the answer belongs: the plan's own thread.

import type { Context, SlackViewAction } from "@slack/bolt";
import type { PlanRecord } from "#engine/plan.ts";
import { parsePlanValue } from "../../messages/identifiers.ts";
import type { Desk, Requester } from "../../requester.ts";
import { requestIdOf } from "../request-id.ts";

export type Submitted = {
  readonly requester: Requester;
  /** Null: the plan the modal was about is not ours. */
  readonly plan: { readonly record: PlanRecord; readonly version: number } | null;
};

export async function submittedBy({ ports, slack }: Desk, body: SlackViewAction, context: Context): Promise<Submitted> {
  const ref = parsePlanValue(body.view.private_metadata);
  const record = ref === null ? null : await ports.plans.get(ref.planId);
  const ours = record?.conversation.teamId === slack.identity.teamId ? record : null;
  const place =
    ours === null
      ? { channelId: body.user.id, threadTs: null }
      : { channelId: ours.conversation.channelId, threadTs: ours.conversation.threadTs };
  return {
    requester: {
      requestId: requestIdOf(context),
      userId: body.user.id,
      entry: "modal",
      place,
      planThreadTs: place.threadTs,
      words: `submitted ${body.view.callback_id}`,
    },
    plan: ours === null || ref === null ? null : { record: ours, version: ref.version },
  };
}
