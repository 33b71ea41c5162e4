// Notices that bring along all they say: an answer to a request, the heads of the audit log. Reads nothing, sends
// nothing.

import { auditHeadsMessage } from "../messages/audit-heads.ts";
import type { Message } from "../messages/message.ts";
import type { NoticeRenderers } from "./notice-renderer.ts";

/** How far back a lost answer to a reply is looked for. */
export const REPLY_AGE_MS = 3_600_000;

export const completeNotices: NoticeRenderers<"reply" | "audit-heads"> = {
  reply: async (_ports, { replyId, channelId, threadTs, userId, message }, now) => {
    const said = message as unknown as Message;
    if (/^[UW]/.test(channelId))
      return { kind: "direct", userId: channelId, message: said, notBefore: now - REPLY_AGE_MS };
    if (userId !== null && !channelId.startsWith("D"))
      return { kind: "private", channelId, threadTs, userId, message: said };
    return {
      kind: "channel",
      subject: `reply:${replyId}`,
      channelId,
      threadTs,
      message: said,
      notBefore: now - REPLY_AGE_MS,
      opensThreadOf: null,
    };
  },

  "audit-heads": async (_ports, { at, channelId, heads, fileError }) => ({
    kind: "channel",
    subject: null,
    channelId,
    threadTs: null,
    message: auditHeadsMessage({ at, heads, fileError: fileError ?? null }),
    notBefore: at,
    opensThreadOf: null,
  }),
};
