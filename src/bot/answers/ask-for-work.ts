// New work: a plan, a playbook or one operation is filed, or tried dry. The card is the answer to a filing.

import { filePlan } from "#engine/file-plan.ts";
import { previewPlan } from "#engine/preview-plan.ts";
import type { PlanRequest } from "#engine/compile-plan.ts";
import type { Conversation } from "#engine/identity.ts";
import { DirectoryUnavailable } from "#engine/identity.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { Refusal } from "#engine/refusal.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import type { Asker } from "#engine/use-case-ports.ts";
import type { Wish } from "../command-language/command.ts";
import { dryRunMessage } from "../messages/dry-run.ts";
import { problemsMessage } from "../messages/problems.ts";
import { samePlanMessage } from "../messages/same-plan.ts";
import type { ToldProblem } from "../messages/problems.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { placeProblems } from "#yaml/place-problems.ts";
import { readYaml } from "#yaml/read-yaml.ts";

/** Null: the plan's card is the answer. The same plan that waits already is answered with where it is. */
export async function askForWork(
  desk: Desk,
  requester: Requester,
  wish: Wish,
): Promise<Answer | null> {
  const request = requestOf(wish);
  if (!request.ok) return request.refusal;
  const asker = await askerForCard(desk, requester);
  if (!asker.ok) return asker.refusal;
  const result = await filePlan(desk.ports, asker.value, request.value);
  if (!result.ok) return refusedWish(wish, result.refusal);
  const { sameAs } = result.value;
  return sameAs === null
    ? null
    : { message: samePlanMessage(sameAs, requester.userId), to: "asker" };
}

export async function dryRun(desk: Desk, requester: Requester, wish: Wish): Promise<Answer> {
  const request = requestOf(wish);
  if (!request.ok) return request.refusal;
  const result = await previewPlan(desk.ports, askerOf(desk, requester), request.value);
  return result.ok
    ? { message: dryRunMessage(result.value), to: "everyone" }
    : refusedWish(wish, result.refusal);
}

/** Mistakes in a plan somebody wrote are told with their lines. */
export function refusedWish(wish: Wish, refusal: Refusal): Answer {
  if (wish.kind !== "source" || refusal.code !== "plan-invalid") return refusedAnswer(refusal);
  return wrongSource(placeProblems(wish.text, refusal.problems));
}

function wrongSource(problems: readonly ToldProblem[]): Answer {
  return { message: problemsMessage({ problems, subject: "This plan" }), to: "asker" };
}

/** The filed plan as it stands, shown to everyone in its thread. */
export async function dryRunOf(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
): Promise<Answer> {
  const result = await previewPlan(desk.ports, askerOf(desk, requester, record.conversation), {
    planId: record.id,
  });
  if (!result.ok) return refusedAnswer(result.refusal);
  const { channelId, threadTs } = record.conversation;
  return { message: dryRunMessage(result.value), to: "everyone", place: { channelId, threadTs } };
}

export function requestOf(wish: Wish): Result<PlanRequest, Answer> {
  if (wish.kind !== "source") return accept(wish);
  const value = readYaml(wish.text);
  if (value.ok) return accept({ kind: "source", value: value.value, text: wish.text });
  return refuse(wrongSource(placeProblems(wish.text, value.refusal)));
}

/** A filed plan's own source, as a request for the same plan. */
export function storedRequest({ id, source: text, plan }: PlanRecord) {
  const value = readYaml(text);
  if (!value.ok) throw new Error(`the stored source of plan ${id} can't be read`);
  return { kind: "source", value: value.value, text, playbook: plan.playbook } as const;
}

/** Who asks, in the conversation that a new plan's card will stand in; or why there can be none. */
export async function askerForCard(
  desk: Desk,
  requester: Requester,
): Promise<Result<Asker, Answer>> {
  const absent = await botIsAbsent(desk, requester);
  if (absent !== null) return refuse(absent);
  const asker = askerOf(desk, requester);
  return accept({ ...asker, conversation: await withPermalink(desk, asker.conversation) });
}

/** A card can't be posted where the bot is not, so the person hears it before anything is filed. */
async function botIsAbsent({ ports }: Desk, { place }: Requester): Promise<Answer | null> {
  if (/^[DUW]/.test(place.channelId)) return null;
  try {
    const { isMember } = await ports.directory.channel(place.channelId);
    return isMember
      ? null
      : said(
          "I am not in this channel, so I could not post the plan's card. Invite me with /invite @Countersign, then ask again.",
          "warning",
        );
  } catch (error) {
    // Filing asks the same and refuses with the reason.
    if (error instanceof DirectoryUnavailable) return null;
    throw error;
  }
}

/** Links the plan to the message it was asked for in. Without an answer the card's own link is used instead. */
async function withPermalink(
  { slack, log }: Desk,
  conversation: Conversation,
): Promise<Conversation> {
  const { channelId, threadTs } = conversation;
  if (threadTs === null) return conversation;
  try {
    const { permalink } = await slack.client.chat.getPermalink({
      channel: channelId,
      message_ts: threadTs,
    });
    return { ...conversation, permalink: permalink ?? null };
  } catch (error) {
    log.warn({ err: error, channelId }, "Slack gave no permalink for a request");
    return conversation;
  }
}
