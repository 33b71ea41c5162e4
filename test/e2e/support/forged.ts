// Requests as an attacker would send them: a click of somebody, made from one that was seen.

import type { Acknowledgement } from "#playground/delivery.ts";
import { isRecord, recordAt } from "#playground/json-value.ts";
import type { JsonRecord } from "#playground/json-value.ts";
import { signRequest } from "#playground/signing.ts";
import type { Workspace } from "./workspace.ts";

export type Click = { readonly body: string; readonly url: string };

/** The last click as Slack sent it, changed and under a trigger of its own, so that it counts as new. */
export function clickLike(
  { slack }: Workspace,
  change: (payload: JsonRecord) => JsonRecord,
): Click {
  const record = slack.deliveries().findLast(({ delivery }) => delivery.type === "interactive");
  if (record?.request === undefined) throw new Error("nothing was clicked over HTTP");
  const payload = { ...record.delivery.payload, trigger_id: `1.2.${crypto.randomUUID()}` };
  const body = new URLSearchParams({ payload: JSON.stringify(change(payload)) }).toString();
  return { body, url: record.request.url };
}

/** The same click by somebody else. */
export function by(userId: string) {
  return (payload: JsonRecord): JsonRecord => ({
    ...payload,
    user: { ...recordAt(payload, "user"), id: userId },
  });
}

/** The same click from another workspace. */
export function fromTeam(teamId: string) {
  return (payload: JsonRecord): JsonRecord => {
    const user = recordAt(payload, "user");
    return {
      ...payload,
      team: { ...recordAt(payload, "team"), id: teamId },
      user: isRecord(user) ? { ...user, team_id: teamId } : user,
    };
  };
}

/** Sends it signed in some way; everything that is left out is as Slack does it. */
export function send(
  { slack }: Workspace,
  { body, url }: Click,
  signed: { readonly secret?: string; readonly ageSeconds?: number; readonly over?: string } = {},
): Promise<Acknowledgement> {
  const headers = signRequest({
    secret: signed.secret ?? slack.credentials.signingSecret,
    body: signed.over ?? body,
    timestampSeconds: Math.floor(Date.now() / 1000) - (signed.ageSeconds ?? 0),
  });
  return slack.sendRaw({
    url,
    body,
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  });
}
