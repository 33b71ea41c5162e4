// Checkpoints in conversation: taking one of what a plan manages, listing them, and asking for the way back to one.

import type { Checkpoint } from "#engine/checkpoint.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { restoreCheckpoint } from "#engine/restore-checkpoint.ts";
import { takeCheckpoint } from "#engine/take-checkpoint.ts";
import { checkpointsMessage } from "../messages/checkpoints-list.ts";
import type { Message } from "../messages/message.ts";
import { counted } from "../messages/plain.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { askerForCard } from "./ask-for-work.ts";

const MOST = 100;

export async function checkpoint(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  name: string,
): Promise<Answer> {
  const asker = askerOf(desk, requester, record.conversation);
  const result = await takeCheckpoint(desk.ports, asker, { planId: record.id, name });
  return result.ok ? said(takenWords(result.value), "done") : refusedAnswer(result.refusal);
}

function takenWords({ name, entries }: Checkpoint): string {
  const unread = entries.flatMap(({ stepId, state }) =>
    state.kind === "captured" ? [] : [`${stepId}: ${state.why}`],
  );
  const captured = counted(entries.length - unread.length, "state");
  const rest = unread.length === 0 ? "" : ` Not in it: ${unread.slice(0, 10).join(" ")}`;
  return `Checkpoint ${name} keeps ${captured}. To put them back, say restore ${name}.${rest}`;
}

export async function listCheckpoints({ ports, slack }: Desk): Promise<Message> {
  const checkpoints = await ports.checkpoints.list(slack.identity.teamId, MOST);
  return checkpointsMessage({ checkpoints });
}

/** Null: the plan's card is the answer. */
export async function restore(
  desk: Desk,
  requester: Requester,
  name: string,
): Promise<Answer | null> {
  const asker = await askerForCard(desk, requester);
  if (!asker.ok) return asker.refusal;
  const result = await restoreCheckpoint(desk.ports, asker.value, name);
  if (!result.ok) return refusedAnswer(result.refusal);
  if (result.value.kind === "filed") return null;
  const notes = result.value.notes.slice(0, 10).join(" ");
  return said(
    `Everything that checkpoint ${name} keeps is as it was, so there is nothing to put back.${notes === "" ? "" : ` ${notes}`}`,
    "done",
  );
}
