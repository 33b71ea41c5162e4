// Who may look: full members of the workspace, in channels that are served. Asking for changes and deciding
// are checked by the engine's own use cases, live; this is for everything that only shows something.

import { audited } from "#engine/audited-use-case.ts";
import type { Refusal } from "#engine/refusal.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { channelRefusal } from "#engine/rights-to-ask.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";

/** Null when the person may look here; else the refusal, which is in the audit log. */
export async function lookRefusal(
  desk: Desk,
  requester: Requester,
  attempted: string,
): Promise<Refusal | null> {
  const asker = askerOf(desk, requester);
  const result = await audited(desk.ports, asker, { attempted, planId: null, runId: null }, () =>
    mayLook(desk, requester),
  );
  return result.ok ? null : result.refusal;
}

async function mayLook(
  { ports, slack }: Desk,
  { userId, place }: Requester,
): Promise<Result<null, Refusal>> {
  const standing = await ports.directory.standing(slack.identity.teamId, userId, "cached");
  if (standing.kind === "refused") return refuse({ code: "not-a-member", reason: standing.reason });
  // A direct message with the bot is seen by this person alone, who was just found to be a member.
  if (/^[DUW]/.test(place.channelId)) return accept(null);
  const channel = await ports.directory.channel(place.channelId, "cached");
  const refusal = channelRefusal(
    ports.policy,
    { id: place.channelId, shared: channel.shared },
    null,
  );
  return refusal === null ? accept(null) : refuse(refusal);
}
