// From a waiting notice to what is sent, read from the database at the moment of sending: a late message shows
// the newest state. Sends nothing.

import { approvalOf } from "#engine/asked-approval.ts";
import type { ApprovalEnd } from "#engine/asked-approval.ts";
import { inquiryOf } from "#engine/asked-inquiry.ts";
import { glassPolicyOf } from "#engine/break-glass.ts";
import { stepVerdictOf } from "#engine/decide-step-approval.ts";
import { freezeOf } from "#engine/freeze-of-plan.ts";
import { verdictOf } from "#engine/explain-policy.ts";
import type { Conversation } from "#engine/identity.ts";
import { noticeKey } from "#engine/notice.ts";
import type { Notice } from "#engine/notice.ts";
import { issueStepUpLink } from "#engine/issue-step-up.ts";
import { openAskings } from "#engine/open-askings.ts";
import { openTargets } from "#engine/open-targets.ts";
import { approversOf } from "#engine/plan-powers.ts";
import { reviewersOf } from "#engine/review-glass.ts";
import { reportRun } from "#engine/run-report.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { Instant } from "#engine/time.ts";
import { waitingPlans } from "#engine/waiting-plans.ts";
import type { BotPorts } from "../bot-ports.ts";
import { auditHeadsMessage } from "../messages/audit-heads.ts";
import { breakerOpenMessage } from "../messages/breaker-open.ts";
import {
  glassBrokenMessage,
  glassBrokenPrivately,
  glassReviewedMessage,
  isBroken,
  type Broken,
  reviewOverdueMessage,
} from "../messages/glass.ts";
import { homeView } from "../messages/home-view.ts";
import { subjects } from "../messages/identifiers.ts";
import type { Message } from "../messages/message.ts";
import { outcomePrivateMessage } from "../messages/outcome-private.ts";
import { planCard } from "../messages/plan-card.ts";
import { planDiffMessage } from "../messages/plan-diff.ts";
import {
  passkeyRegisteredMessage,
  stepUpLinkMessage,
  stepUpOutcomeMessage,
} from "../messages/step-up-link.ts";
import { privateReminderMessage } from "../messages/reminder-private.ts";
import { planReachMessage } from "../messages/plan-reach.ts";
import { planWidenedMessage } from "../messages/plan-widened.ts";
import { planReminderMessage } from "../messages/reminder.ts";
import { refusalMessage } from "../messages/refusal-message.ts";
import { planWantedMessage } from "../messages/same-plan.ts";
import { runFinishedMessage } from "../messages/run-finished.ts";
import { runHeldMessage } from "../messages/run-held.ts";
import type { Holder } from "../messages/run-held.ts";
import { runProgressMessage } from "../messages/run-progress.ts";
import { runQuestionMessage } from "../messages/run-question.ts";
import { stepApprovalMessage } from "../messages/step-approval.ts";
import { stepInquiryMessage } from "../messages/step-inquiry.ts";
import type { Outgoing } from "./outgoing.ts";
import { estimateOf, restOf } from "./estimates.ts";
import { overriderOf } from "./breaker-override.ts";
import { answerGiven, openFailure } from "./question-state.ts";
import { fullLog } from "./full-log.ts";

const TAIL_LINES = 12;
const HOME_RUNS = 50;
const HOME_REVIEWS = 20;

type NoticeOf<K extends Notice["kind"]> = Extract<Notice, { kind: K }>;
type Renderer<K extends Notice["kind"]> = (
  ports: BotPorts,
  notice: NoticeOf<K>,
  now: Instant,
) => Promise<Outgoing>;

/** Reads what the notice is about and renders it. Rejects when a store or the directory can't be asked. */
export function renderNotice(ports: BotPorts, notice: Notice, now: Instant): Promise<Outgoing> {
  const render = RENDERERS[notice.kind] as Renderer<Notice["kind"]>;
  return render(ports, notice, now);
}

const AGAIN = "The step was tried again and asks once more.";
const ASKED_AGAIN = (at: Instant): ApprovalEnd => ({
  outcome: "left",
  counted: [],
  explanation: AGAIN,
  at,
});

const RENDERERS: { readonly [K in Notice["kind"]]: Renderer<K> } = {
  "plan-card": async (ports, { planId }, now) => {
    const record = await ports.plans.get(planId);
    if (record === null) return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    return {
      kind: "channel",
      subject: subjects.planCard(planId),
      channelId: record.conversation.channelId,
      threadTs: threadOfCard(
        record.conversation,
        await ports.outbox.messageRef(subjects.planCard(planId)),
      ),
      message: planCard({
        record,
        verdict,
        now,
        mayBreakGlass: glassPolicyOf(ports, record) !== null,
        freeze: freezeOf(ports, record, now),
        estimate: await estimateOf(ports.timings, record.plan),
        openTargets: openTargets(record.plan, ports.registry, await ports.breakers.list()),
      }),
      notBefore: record.filedAt,
      opensThreadOf:
        record.conversation.threadTs === null || record.conversation.permalink === null
          ? planId
          : null,
    };
  },

  "glass-broken": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    if (record === null || !isBroken(record)) return NOTHING;
    const said = once(record.conversation, glassBrokenMessage(record), record.emergency.at);
    return said.kind === "channel" ? { ...said, subject: subjects.glassBroken(planId) } : said;
  },

  "glass-broken-private": async (ports, { planId, userId }) => {
    const record = await ports.plans.get(planId);
    if (record === null || !isBroken(record)) return NOTHING;
    const message = glassBrokenPrivately(record, userId);
    return { kind: "direct", userId, message, notBefore: record.emergency.at };
  },

  "glass-reviewed": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    const review = record?.emergency?.review ?? null;
    if (record === null || !isBroken(record) || review === null) return NOTHING;
    return once(record.conversation, glassReviewedMessage(record), review.at);
  },

  "review-overdue": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    if (record === null || !isBroken(record) || record.emergency.review !== null) return NOTHING;
    const message = reviewOverdueMessage(record, await reviewersOf(ports, record));
    return once(record.conversation, message, record.emergency.reviewBy);
  },

  "plan-widened": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval" || record.rule.widen === null) return NOTHING;
    return once(record.conversation, planWidenedMessage(record, record.rule.widen), record.begunAt);
  },

  "plan-reach": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval") return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    const message = planReachMessage({ record, verdict, to: "thread" });
    return once(record.conversation, message, record.begunAt);
  },

  "reach-private": async (ports, { planId, userId }) => {
    const record = await ports.plans.get(planId);
    // In a direct message with the requester the thread has told it already.
    if (record?.status !== "awaiting-approval" || record.conversation.channelId.startsWith("D"))
      return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    const message = planReachMessage({ record, verdict, to: "requester" });
    return { kind: "direct", userId, message, notBefore: record.begunAt };
  },

  "reminder-private": async (ports, { planId, userId, widened = false }, now) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval") return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    // They have voted meanwhile, or may not any more.
    if (!verdict.couldApprove.includes(userId)) return NOTHING;
    const message = privateReminderMessage({ record, verdict, widened, now });
    return { kind: "direct", userId, message, notBefore: record.filedAt };
  },

  "plan-reminder": async (ports, { planId, people }) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval") return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    return once(
      record.conversation,
      planReminderMessage({ record, verdict, people: people ?? verdict.couldApprove }),
      record.filedAt,
    );
  },

  "plan-wanted": async (ports, { planId, userId }) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval") return NOTHING;
    const said = once(record.conversation, planWantedMessage(userId), record.filedAt);
    // Whoever asks a third time is not announced again: their message is looked up by its subject.
    return said.kind === "channel" ? { ...said, subject: `plan-wanted:${planId}:${userId}` } : said;
  },

  "plan-diff": async (ports, { planId, fromVersion, toVersion }) => {
    const [record, before, after] = await Promise.all([
      ports.plans.get(planId),
      ports.plans.version(planId, fromVersion),
      ports.plans.version(planId, toVersion),
    ]);
    if (record === null || before === null || after === null) return NOTHING;
    const votesVoided = await votersOf(ports, record.conversation.teamId, planId, fromVersion);
    const message = planDiffMessage({
      record,
      fromVersion,
      before: before.plan,
      after: after.plan,
      editorId: after.authorId,
      votesVoided,
    });
    return once(record.conversation, message, after.at);
  },

  "run-progress": async (ports, { runId }, now) =>
    ofRun(ports, runId, now, async (report) => ({
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
    ofRun(ports, runId, now, async (report) => {
      if (report.status !== "held") return null;
      const people = await peopleOfPlan(ports, report.planId);
      const holder = await holderOf(ports, report);
      return { subject: null, message: runHeldMessage({ report, people, holder }) };
    }),

  "step-approval": async (ports, { runId, stepId, opening }, now) => {
    const view = await ports.runs.view(runId);
    const asked = view === null ? null : approvalOf(view.events, stepId, now);
    const step = view?.plan.steps.find(({ id }) => id === stepId);
    const record = view === null ? null : await ports.plans.get(view.planId);
    const approval = step?.approval ?? null;
    if (asked === null || step === undefined || approval === null || record === null)
      return NOTHING;
    // An earlier asking is over: its card says so, and the newest has one of its own.
    const shown = asked.opening === opening ? asked : { ...asked, opening, end: ASKED_AGAIN(now) };
    const verdict =
      shown.end === null
        ? await stepVerdictOf(ports, { record, asked: approval, approval: shown }, "cached")
        : null;
    return ofRun(ports, runId, now, async (report) => ({
      subject: subjects.stepApproval(runId, stepId, opening),
      message: stepApprovalMessage({ report, step, approval, asked: shown, verdict }),
    }));
  },

  "step-inquiry": async (ports, { runId, stepId, opening }, now) => {
    const view = await ports.runs.view(runId);
    const asked = view === null ? null : inquiryOf(view.events, stepId, now);
    const step = view?.plan.steps.find(({ id }) => id === stepId);
    const inquiry = step?.inquiry ?? null;
    if (asked === null || step === undefined || inquiry === null) return NOTHING;
    const shown =
      asked.opening === opening
        ? asked
        : { ...asked, opening, end: { kind: "left", explanation: AGAIN, at: now } as const };
    return ofRun(ports, runId, now, async (report) => ({
      subject: subjects.stepInquiry(runId, stepId, opening),
      message: stepInquiryMessage({ report, step, inquiry, asked: shown }),
    }));
  },

  "breaker-open": async (ports, { runId, target, openedAt }, now) => {
    const stored = (await ports.breakers.get(target))?.breaker;
    const same = stored !== undefined && stored.status !== "closed" && stored.openedAt === openedAt;
    return ofRun(ports, runId, now, async (report) => {
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
    return ofRun(ports, runId, now, async (report) => ({
      subject: subjects.runQuestion(runId, call, attempt),
      message: runQuestionMessage({ report, call, attempt, failure, answered }),
    }));
  },

  "run-finished": async (ports, { runId }, now) => {
    const checkpoints = await ports.checkpoints.ofRun(runId);
    const place = await ofRun(ports, runId, now, async (report) => ({
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

  "outcome-private": async (ports, { planId, userId }, now) => {
    const record = await ports.plans.get(planId);
    // In a direct message with the requester the thread has told it already.
    if (record === null || record.conversation.channelId.startsWith("D")) return NOTHING;
    const [view, verdict] = await Promise.all([
      ports.runs.byPlan(planId),
      verdictOf(ports, record, "cached"),
    ]);
    const report = view === null ? null : reportRun(view, now);
    return {
      kind: "direct",
      userId,
      message: outcomePrivateMessage({
        record,
        verdict,
        report,
        now,
        freeze: freezeOf(ports, record, now),
      }),
      notBefore: record.filedAt,
    };
  },

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

  "audit-heads": async (_ports, { at, channelId, heads, fileError }) => ({
    kind: "channel",
    subject: null,
    channelId,
    threadTs: null,
    message: auditHeadsMessage({ at, heads, fileError: fileError ?? null }),
    notBefore: at,
    opensThreadOf: null,
  }),

  "passkey-registered": async (ports, { teamId, userId, passkey }, now) => {
    const known = (await ports.stepUps.passkeys(teamId, userId)).find(
      ({ digest }) => digest === passkey,
    );
    if (known === undefined) return NOTHING;
    const message = passkeyRegisteredMessage(known);
    return { kind: "direct", userId, message, notBefore: Math.min(now, known.registeredAt) };
  },

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

  home: async (ports, { teamId, userId }, now) => {
    const [waiting, active, recent, askings, reviews] = await Promise.all([
      waitingPlans(ports, { teamId, userId }),
      ports.runs.activeOf(teamId, userId, HOME_RUNS),
      ports.plans.recentOf(teamId, userId, 10),
      openAskings(ports, teamId),
      reviewsOf(ports, teamId, userId),
    ]);
    const running = active.map((view) => reportRun(view, now));
    const asked = askings.filter(({ couldAnswer }) => couldAnswer.includes(userId));
    return {
      kind: "home",
      userId,
      view: homeView({ waiting, asked, reviews, running, recent, now }),
    };
  },
};

const NOTHING: Outgoing = { kind: "nothing" };
/** How far back a lost answer to a reply is looked for. */
const REPLY_AGE_MS = 3_600_000;

/** A slash command has no thread: its card stands in the channel and becomes the thread's first message. */
function threadOfCard(
  { threadTs }: Conversation,
  posted: { readonly ts: string } | null,
): string | null {
  return threadTs === null || threadTs === posted?.ts ? null : threadTs;
}

function once(conversation: Conversation, message: Message, notBefore: Instant): Outgoing {
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

async function ofRun(
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

/** Open reviews of others that this person could close, as far as the directory knows. */
async function reviewsOf(
  ports: BotPorts,
  teamId: string,
  userId: string,
): Promise<readonly Broken[]> {
  const open = (await ports.plans.openReviews(teamId)).filter(isBroken).slice(0, HOME_REVIEWS);
  const asked = await Promise.all(
    open.map(async (record) => ({ record, people: await reviewersOf(ports, record) })),
  );
  return asked.filter(({ people }) => people.includes(userId)).map(({ record }) => record);
}

/** Who had voted on a version: their votes left the record when it was edited, and stay in the audit log. */
async function votersOf(
  ports: BotPorts,
  teamId: string,
  planId: string,
  version: number,
): Promise<readonly string[]> {
  const voters = new Set<string>();
  for await (const row of ports.audit.rows({ teamId, planId, limit: 10_000 })) {
    if (row.kind !== "vote.cast") continue;
    const vote = JSON.parse(row.data) as { readonly version?: number };
    if (vote.version === version) voters.add(row.actor.replace(/^person:/, ""));
  }
  return [...voters];
}

/** The key under which a message of this notice is found again in Slack. */
export function deliveryKey(notice: Notice, itemId: number, subject: string | null): string {
  return subject ?? `${noticeKey(notice)}#${itemId}`;
}

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
