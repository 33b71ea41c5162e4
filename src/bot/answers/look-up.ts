// Answers that only show something: help, lists, one plan, the history, who may approve. Changes nothing.

import type { HistoryFilter } from "#engine/audit-event.ts";
import { explainApprovers } from "#engine/explain-approvers.ts";
import { verdictOf } from "#engine/explain-policy.ts";
import { freezeOf } from "#engine/freeze-of-plan.ts";
import { openAskings } from "#engine/open-askings.ts";
import { openTargets } from "#engine/open-targets.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { reportRun } from "#engine/run-report.ts";
import type { Instant } from "#engine/time.ts";
import { waitingPlans } from "#engine/waiting-plans.ts";
import type { HistoryWords, Moment } from "../command-language/history-words.ts";
import { helpMessage } from "../messages/help.ts";
import { historyMessage } from "../messages/history-list.ts";
import type { Message } from "../messages/message.ts";
import { operationsMessage } from "../messages/operations-list.ts";
import { pendingMessage } from "../messages/pending-list.ts";
import { playbooksMessage } from "../messages/playbooks-list.ts";
import { showPlanMessage } from "../messages/show-plan.ts";
import { whoCanApproveMessage } from "../messages/who-can-approve.ts";
import { estimateOf } from "../outbound/estimates.ts";
import type { Desk, Requester } from "../requester.ts";
import { allowedOperations } from "./allowed-operations.ts";
import { runOf, waitOf } from "./find-plan.ts";

const HISTORY_ITEMS = 20;

export async function help(
  desk: Desk,
  asking: Pick<Requester, "userId" | "place">,
  misunderstood: { readonly word: string; readonly nearest: string | null } | null,
): Promise<Message> {
  return helpMessage({
    environments: await allowedOperations(desk, asking),
    playbooks: desk.ports.playbooks.map(({ name, summary }) => ({ name, summary })),
    misunderstood,
  });
}

export async function operations(
  desk: Desk,
  asking: Pick<Requester, "userId" | "place">,
  filter: string | null,
): Promise<Message> {
  const allowed = await allowedOperations(desk, asking);
  const listed = desk.ports.registry
    .list()
    .map(({ name, summary, worstRisk, example }) => ({
      name,
      summary,
      worstRisk,
      example,
      environments: allowed
        .filter((here) => here.operations.includes(name))
        .map((here) => here.name),
    }))
    .filter(
      ({ name, summary, environments }) =>
        environments.length > 0 && matches(filter, `${name} ${summary}`),
    );
  return operationsMessage({ operations: listed, filter });
}

export function playbooks({ ports }: Desk, filter: string | null): Message {
  const listed = ports.playbooks.filter(({ name, summary }) =>
    matches(filter, `${name} ${summary}`),
  );
  return playbooksMessage({ playbooks: listed, filter });
}

export async function pending({ ports, slack }: Desk, userId: string): Promise<Message> {
  const { teamId } = slack.identity;
  const [plans, askings] = await Promise.all([
    waitingPlans(ports, { teamId, userId }),
    openAskings(ports, teamId),
  ]);
  return pendingMessage({ plans, askings, viewerId: userId, now: ports.clock.now() });
}

export async function show(desk: Desk, record: PlanRecord): Promise<Message> {
  const now = desk.ports.clock.now();
  const [view, verdict] = await Promise.all([
    runOf(desk, record),
    verdictOf(desk.ports, record, "cached"),
  ]);
  return showPlanMessage({
    record,
    verdict,
    report: view === null ? null : reportRun(view, now),
    now,
    wait: await waitOf(desk, view),
    freeze: freezeOf(desk.ports, record, now),
    estimate: await estimateOf(desk.ports.timings, record.plan),
    openTargets: openTargets(record.plan, desk.ports.registry, await desk.ports.breakers.list()),
  });
}

export async function whoCanApprove(
  { ports }: Desk,
  record: PlanRecord,
  viewerId: string,
): Promise<Message> {
  const approvers = await explainApprovers(ports, record, viewerId);
  return whoCanApproveMessage({ record, approvers, now: ports.clock.now() });
}

export async function history(
  { ports, slack }: Desk,
  userId: string,
  words: HistoryWords,
  typed: string,
): Promise<Message> {
  const { person, since, until, limit, ...same } = words;
  const now = ports.clock.now();
  const filter: HistoryFilter = {
    ...same,
    teamId: slack.identity.teamId,
    limit: limit ?? HISTORY_ITEMS,
    ...(person !== undefined && { person: person === "me" ? userId : person }),
    ...(since !== undefined && { since: instantOf(since, now) }),
    ...(until !== undefined && { until: instantOf(until, now) }),
  };
  return historyMessage({
    items: await ports.audit.history(filter),
    filter: typed === "" ? null : typed,
  });
}

function instantOf(moment: Moment, now: Instant): Instant {
  return "agoMs" in moment ? now - moment.agoMs : moment.at;
}

function matches(filter: string | null, text: string): boolean {
  return filter === null || text.toLowerCase().includes(filter.toLowerCase());
}
