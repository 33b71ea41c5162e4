// A run's progress, what holds it back, what it asks after an attempt whose outcome nobody knows, and its end.
// Sends nothing.

import { verdictOf } from "#engine/explain-policy.ts";
import { approversOf } from "#engine/plan-powers.ts";
import { reportRun } from "#engine/run-report.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { BotPorts } from "../bot-ports.ts";
import { breakerOpenMessage } from "../messages/breaker-open.ts";
import { subjects } from "../messages/identifiers.ts";
import { runFinishedMessage } from "../messages/run-finished.ts";
import { runHeldMessage } from "../messages/run-held.ts";
import type { Holder } from "../messages/run-held.ts";
import { runProgressMessage } from "../messages/run-progress.ts";
import { runQuestionMessage } from "../messages/run-question.ts";
import { overriderOf } from "./breaker-override.ts";
import { restOf } from "./estimates.ts";
import { fullLog } from "./full-log.ts";
import type { NoticeRenderers } from "./notice-renderer.ts";
import { NOTHING } from "./outgoing.ts";
import { answerGiven, openFailure } from "./question-state.ts";
import { saidOfRun } from "./said-in-thread.ts";

const TAIL_LINES = 12;

export const runNotices: NoticeRenderers<
  "run-progress" | "run-held" | "breaker-open" | "run-question" | "run-finished"
> = {
  "run-progress": async (ports, { runId }, now) =>
    saidOfRun(ports, runId, now, async (report) => ({
      subject: subjects.runProgress(runId),
      message: runProgressMessage({
        report,
        output: await ports.runs.outputTail(runId, TAIL_LINES),
        now,
        rest: await restOf(ports.timings, report, now),
        wait: report.status === "queued" ? await ports.runs.lockWait(runId) : null,
      }),
    })),

  "run-held": async (ports, { runId }, now) =>
    saidOfRun(ports, runId, now, async (report) => {
      if (report.status !== "held") return null;
      const people = await peopleOfPlan(ports, report.planId);
      const holder = await holderOf(ports, report);
      return { subject: null, message: runHeldMessage({ report, people, holder }) };
    }),

  "breaker-open": async (ports, { runId, target, openedAt }, now) => {
    const stored = (await ports.breakers.get(target))?.breaker;
    const same = stored !== undefined && stored.status !== "closed" && stored.openedAt === openedAt;
    return saidOfRun(ports, runId, now, async (report) => {
      const record = await ports.plans.get(report.planId);
      const view = await ports.runs.view(runId);
      return {
        subject: subjects.breakerOpen(runId, target, openedAt),
        message: breakerOpenMessage({
          report,
          target,
          openedAt,
          trouble: same ? stored.trouble : null,
          approvers: record === null ? null : await approversOf(ports, record),
          overriddenBy: overriderOf(view?.events ?? [], target),
        }),
      };
    });
  },

  "run-question": async (ports, { runId, call, attempt }, now) => {
    const view = await ports.runs.view(runId);
    const failure = view === null ? null : openFailure(view.events, call, attempt);
    if (view === null || failure === null) return NOTHING;
    const answered = answerGiven(view.events, call, attempt);
    return saidOfRun(ports, runId, now, async (report) => ({
      subject: subjects.runQuestion(runId, call, attempt),
      message: runQuestionMessage({ report, call, attempt, failure, answered }),
    }));
  },

  "run-finished": async (ports, { runId }, now) => {
    const checkpoints = await ports.checkpoints.ofRun(runId);
    const place = await saidOfRun(ports, runId, now, async (report) => ({
      subject: `run-finished:${runId}`,
      message: runFinishedMessage({ report, logLink: null, checkpoints }),
    }));
    if (place.kind !== "channel" || place.subject === null) return place;
    const view = await ports.runs.view(runId);
    if (view === null) return NOTHING;
    const report = reportRun(view, now);
    const { subject, channelId, threadTs, notBefore } = place;
    return {
      kind: "finished",
      subject,
      channelId,
      threadTs,
      notBefore,
      message: (logLink) => runFinishedMessage({ report, logLink, checkpoints }),
      log: fullLog(runId, await ports.runs.output(runId)),
    };
  },
};

/** Where the run is talked about that has what this one waits for. */
async function holderOf(ports: BotPorts, { waitsFor }: RunReport): Promise<Holder | null> {
  const view = waitsFor === null ? null : await ports.runs.view(waitsFor);
  if (view === null) return null;
  const { runId, plan, conversation } = view;
  return { runId, title: plan.title, permalink: conversation.permalink };
}

/** Those whom the reasons of a held run may mention: voters, and whoever could still approve. */
async function peopleOfPlan(ports: BotPorts, planId: string): Promise<readonly string[]> {
  const record = await ports.plans.get(planId);
  if (record === null) return [];
  const voters = record.votes.map(({ userId }) => userId);
  return [...voters, ...(await verdictOf(ports, record, "cached")).couldApprove];
}
