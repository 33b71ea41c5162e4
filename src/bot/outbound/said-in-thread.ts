// Something said in the thread of a plan or of its run, once that thread stands. Knows no kind of notice.

import type { Conversation } from "#engine/identity.ts";
import { reportRun } from "#engine/run-report.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { Instant } from "#engine/time.ts";
import type { BotPorts } from "../bot-ports.ts";
import type { Message } from "../messages/message.ts";
import { NOTHING } from "./outgoing.ts";
import type { Outgoing } from "./outgoing.ts";

/** A message that is never edited. */
export function saidOnce(
  conversation: Conversation,
  message: Message,
  notBefore: Instant,
): Outgoing {
  const { channelId, threadTs } = conversation;
  if (threadTs === null) return { kind: "later" };
  return {
    kind: "channel",
    subject: null,
    channelId,
    threadTs,
    message,
    notBefore,
    opensThreadOf: null,
  };
}

/** What `render` makes of the run; null: nothing any more. It is edited ever after when it has a `subject`. */
export async function saidOfRun(
  ports: BotPorts,
  runId: string,
  now: Instant,
  render: (
    report: RunReport,
  ) => Promise<{ readonly subject: string | null; readonly message: Message } | null>,
): Promise<Outgoing> {
  const view = await ports.runs.view(runId);
  if (view === null) return NOTHING;
  // The run was queued before its card stood: the plan knows the thread that the card opened.
  const record = await ports.plans.get(view.planId);
  const conversation = record?.conversation ?? view.conversation;
  if (conversation.threadTs === null) return { kind: "later" };
  const rendered = await render(reportRun({ ...view, conversation }, now));
  if (rendered === null) return NOTHING;
  const { channelId, threadTs } = conversation;
  return {
    kind: "channel",
    ...rendered,
    channelId,
    threadTs,
    notBefore: view.queuedAt,
    opensThreadOf: null,
  };
}
