// The private link at which a plan is approved with a passkey, what came of it, and that a passkey was registered.
// Sends nothing.

import { issueStepUpLink } from "#engine/issue-step-up.ts";
import { refusalMessage } from "../messages/refusal-message.ts";
import {
  passkeyRegisteredMessage,
  stepUpLinkMessage,
  stepUpOutcomeMessage,
} from "../messages/step-up-link.ts";
import { REPLY_AGE_MS } from "./complete-notices.ts";
import type { NoticeRenderers } from "./notice-renderer.ts";
import { NOTHING } from "./outgoing.ts";

export const stepUpNotices: NoticeRenderers<
  "step-up-link" | "step-up-outcome" | "passkey-registered"
> = {
  // Made when it is sent: a late link is good for as long as a prompt one, and its token is stored nowhere.
  "step-up-link": async (ports, notice, now) => {
    const { channelId, threadTs, userId } = notice;
    const made = await issueStepUpLink(ports, notice);
    const address = await ports.publicUrl();
    const message =
      made.ok && address !== null
        ? stepUpLinkMessage({ ...made.value, url: `${address}/step-up/${made.value.token}` })
        : refusalMessage(made.ok ? { code: "step-up-not-set-up" } : made.refusal);
    return /^[UW]/.test(channelId) || channelId.startsWith("D")
      ? { kind: "direct", userId, message, notBefore: now }
      : { kind: "private", channelId, threadTs, userId, message };
  },

  "step-up-outcome": async (ports, { planId, userId, refused }, now) => {
    const record = await ports.plans.get(planId);
    if (record === null) return NOTHING;
    const message = stepUpOutcomeMessage({ record, userId, refused });
    return { kind: "direct", userId, message, notBefore: now - REPLY_AGE_MS };
  },

  "passkey-registered": async (ports, { teamId, userId, passkey }, now) => {
    const known = (await ports.stepUps.passkeys(teamId, userId)).find(
      ({ digest }) => digest === passkey,
    );
    if (known === undefined) return NOTHING;
    const message = passkeyRegisteredMessage(known);
    return { kind: "direct", userId, message, notBefore: Math.min(now, known.registeredAt) };
  },
};
