// One believable sample of every message and view, for the checks that look at them as Slack would.

import type { Delegation } from "#engine/delegation.ts";
import type { View } from "@slack/types";
import type { CheckpointSummary } from "#engine/checkpoint.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { RunReport } from "#engine/run-report.ts";
import { auditHeadsMessage } from "#bot/messages/audit-heads.ts";
import { breakerOpenMessage } from "#bot/messages/breaker-open.ts";
import { bundleOutcomeMessage } from "#bot/messages/bundle-outcome.ts";
import { bundlesOf, bundleView } from "#bot/messages/bundle-view.ts";
import { checkpointsMessage } from "#bot/messages/checkpoints-list.ts";
import {
  delegatedMessage,
  delegationsMessage,
  takenBackMessage,
  toldMessage,
} from "#bot/messages/delegations.ts";
import { dryRunMessage } from "#bot/messages/dry-run.ts";
import { editView } from "#bot/messages/edit-view.ts";
import { fullPlanView } from "#bot/messages/full-plan-view.ts";
import { helpMessage } from "#bot/messages/help.ts";
import {
  glassAskedMessage,
  glassBrokenMessage,
  glassBrokenPrivately,
  glassReviewedMessage,
  openReviewsMessage,
  reviewOverdueMessage,
} from "#bot/messages/glass.ts";
import { breakGlassView } from "#bot/messages/glass-view.ts";
import { historyMessage } from "#bot/messages/history-list.ts";
import { homeView } from "#bot/messages/home-view.ts";
import { CALLBACKS, INPUTS } from "#bot/messages/identifiers.ts";
import { inquiryView } from "#bot/messages/inquiry-view.ts";
import type { Message } from "#bot/messages/message.ts";
import { operationsMessage } from "#bot/messages/operations-list.ts";
import { outcomePrivateMessage } from "#bot/messages/outcome-private.ts";
import { pendingMessage } from "#bot/messages/pending-list.ts";
import { planCard } from "#bot/messages/plan-card.ts";
import { planReachMessage } from "#bot/messages/plan-reach.ts";
import { planWidenedMessage } from "#bot/messages/plan-widened.ts";
import { privateReminderMessage } from "#bot/messages/reminder-private.ts";
import { planDiffMessage } from "#bot/messages/plan-diff.ts";
import { playbooksMessage } from "#bot/messages/playbooks-list.ts";
import { problemsMessage } from "#bot/messages/problems.ts";
import { reasonView } from "#bot/messages/reason-view.ts";
import { refusalMessage, refusalView } from "#bot/messages/refusal-message.ts";
import { rejectView } from "#bot/messages/reject-view.ts";
import { planReminderMessage } from "#bot/messages/reminder.ts";
import { runFinishedMessage } from "#bot/messages/run-finished.ts";
import { runHeldMessage } from "#bot/messages/run-held.ts";
import { runProgressMessage } from "#bot/messages/run-progress.ts";
import { runQuestionMessage } from "#bot/messages/run-question.ts";
import { planWantedMessage, samePlanMessage } from "#bot/messages/same-plan.ts";
import { outputMessage, saidMessage, saidView } from "#bot/messages/said.ts";
import { showPlanMessage } from "#bot/messages/show-plan.ts";
import { stepApprovalMessage } from "#bot/messages/step-approval.ts";
import { stepInquiryMessage } from "#bot/messages/step-inquiry.ts";
import { whoCanApproveMessage, whoCanApproveView } from "#bot/messages/who-can-approve.ts";
import { sha256 } from "./engine-world.ts";
import { aField, anApproval, anInquiry } from "./asking-run.ts";
import {
  NOON,
  PERMALINK,
  aFreeze,
  aPlan,
  aRecord,
  aReport,
  aRunView,
  aStep,
  aStepReport,
  aVerdict,
  aVote,
  restartSteps,
  someApprovers,
} from "./plan-records.ts";

const now = NOON;
const record = aRecord();
const verdict = aVerdict();
const approved: PlanRecord = {
  ...record,
  status: "approved",
  verdict,
  decidedAt: now,
  startBy: now + 60_000,
  runId: "run-4m8w2e6yhj",
};
const rejected: PlanRecord = {
  ...record,
  status: "rejected",
  verdict,
  decidedAt: now,
  votes: [aVote("U0BOB", "reject", "Not during the launch. Please wait until Monday.")],
};
const withdrawn: PlanRecord = {
  ...record,
  status: "withdrawn",
  withdrawnAt: now,
  withdrawnBy: "U0RITA",
  reason: null,
};
const expired: PlanRecord = { ...record, status: "expired", clock: "approve-by", expiredAt: now };

const broken = {
  ...approved,
  emergency: {
    userId: "U0BOB",
    reason: "The shop is down and nobody else is awake.",
    at: now,
    reviewBy: now + 604_800_000,
    remindedAt: null,
    review: null,
  },
};
const reviewed = {
  ...broken,
  emergency: {
    ...broken.emergency,
    review: { userId: "U0ANN", note: "It was right: the pool was empty.", at: now },
  },
};

const large = aRecord({
  plan: aPlan({
    title: "Patch every host",
    steps: Array.from({ length: 120 }, (_, index) =>
      aStep({
        id: `patch[${index}]`,
        uses: "shell.run",
        summary: `Run apt-get upgrade on host-${index + 1}.internal`,
        risk: index % 40 === 39 ? "destructive" : "modify",
        stage: Math.floor(index / 10),
      }),
    ),
  }),
});

const running: RunReport = aReport({
  steps: [
    aStepReport("drain", { status: "succeeded", attempt: 1, startedAt: now, endedAt: now + 800 }),
    aStepReport("stop", {
      status: "running",
      attempt: 2,
      startedAt: now + 1000,
      failure: { category: "network", code: "ECONNRESET", message: "The connection was cut" },
    }),
    aStepReport("start"),
    aStepReport("health"),
  ],
});
const rolledBack: RunReport = aReport({
  status: "rolled-back",
  endedAt: now + 180_000,
  elapsedMs: 179_000,
  percent: 100,
  reason: "Step start failed: InsufficientInstanceCapacity",
  steps: [
    aStepReport("drain", { status: "rolled-back", attempt: 1, startedAt: now, endedAt: now + 800 }),
    aStepReport("stop", {
      status: "rolled-back",
      attempt: 1,
      startedAt: now + 1000,
      endedAt: now + 64_000,
    }),
    aStepReport("start", {
      status: "failed",
      attempt: 3,
      startedAt: now + 65_000,
      endedAt: now + 170_000,
      failure: {
        category: "resource",
        code: "InsufficientInstanceCapacity",
        message: "We currently do not have sufficient capacity in the zone",
      },
    }),
    aStepReport("health", { status: "skipped", reason: "an earlier step failed" }),
  ],
});
const left: RunReport = {
  ...rolledBack,
  status: "failed",
  leftovers: [
    "Step drain could not be taken back: POST https://lb.internal/api/undrain by hand, then check the pool.",
  ],
};
const held: RunReport = aReport({
  status: "held",
  startedAt: null,
  elapsedMs: 0,
  heldReasons: [
    "@U0ANN is no longer in the group sre, so one approval is missing.",
    "The state of i-0abc12345678 is not the one recorded when the plan was filed.",
  ],
});
const approval = anApproval({ message: "Traffic is drained. Stop the instances?" });
const inquiry = anInquiry({
  message: "Which change is this for, and what is the load balancer's token?",
  fields: [
    aField("ticket", "text", { label: "Ticket", pattern: "OPS-[0-9]+" }),
    aField("speed", "choice", { label: "Speed", options: ["slow", "fast"], default: "slow" }),
    aField("watcher", "user", { label: "Who watches?", required: false }),
    aField("token", "secret", { label: "Token", min: 8 }),
  ],
});
const colors = anInquiry({
  message: "Which side serves now?",
  fields: [aField("side", "choice", { label: "Side", options: ["blue", "green"] })],
});
const [drain = aStep({ id: "drain" }), stop = aStep({ id: "stop" })] = restartSteps;
const gated = { ...stop, approval };
const asking = aReport({
  status: "waiting-approval",
  plan: aPlan({ steps: [{ ...drain, inquiry }, gated, ...restartSteps.slice(2)] }),
});
const asked = { opening: 1, openedAt: now, closesAt: now + 3_600_000, stands: false, end: null };
const votes = [{ ...aVote("U0ANN", "approve", null), groups: ["sre"], viewHash: null }];
const token = "secret:answer/run-4m8w2e6yhj/drain/token/0000000000000001";
const answered = {
  kind: "answered" as const,
  answers: { ticket: "OPS-42", speed: "slow", watcher: "U0BOB", token },
  by: { kind: "person" as const, teamId: "T0ACME", userId: "U0RITA" },
  at: now,
};
const failedHold = aReport({
  ...running,
  status: "held",
  heldFor: ["stop", "start"],
  heldUntil: now + 86_400_000,
  heldReasons: [
    'Step "stop" failed: the connection was cut.',
    'Step "start" failed: InsufficientInstanceCapacity.',
  ],
});
const failure = {
  category: "unknown" as const,
  code: "ETIMEDOUT",
  message: "The connection was cut after the request had been sent",
};
const question = {
  report: { ...running, status: "waiting-answer" as const },
  call: { phase: "forward" as const, stepId: "stop" },
  attempt: 2,
  failure,
};
const output = [
  {
    call: "stop",
    text: "i-0abc12345678 stopping\ni-0def12345678 stopping\ni-0fed12345678 stopped\n",
  },
];
const waiting = [
  { record, verdict, freeze: aFreeze() },
  { record: large, verdict, freeze: null },
];
const lists = { theirs: waiting, others: waiting };
const gentle = [
  ["pl-5n2c8w1z4d", "Drain the API pool"],
  ["pl-6p3d9x2y5f", "Raise the read limit of the search replicas"],
].map(([id = "", title = ""]) => {
  const plan = aPlan({ title, steps: restartSteps.slice(0, 1) });
  return {
    record: aRecord({ id, plan }),
    verdict: aVerdict({ had: 0, counted: [] }),
    freeze: null,
  };
});
const askings = [
  {
    kind: "question" as const,
    run: aRunView(asking.plan),
    step: drain,
    closesAt: now + 60_000,
    couldAnswer: ["U0RITA"],
  },
  {
    kind: "approval" as const,
    run: aRunView(asking.plan),
    step: gated,
    closesAt: now + 90_000,
    couldAnswer: ["U0BOB"],
  },
];
const taken = {
  teamId: "T0ACME",
  takenAt: now,
  planId: record.id,
  environment: "production",
  requestId: "r1",
  permalink: PERMALINK,
};
const checkpoints: readonly CheckpointSummary[] = [
  {
    ...taken,
    name: "before-lunch",
    takenBy: { kind: "person", teamId: "T0ACME", userId: "U0RITA" },
    runId: null,
    captured: 3,
    unread: 1,
  },
  {
    ...taken,
    name: "auto/run-4m8w2e6yhj/1",
    takenBy: { kind: "system", part: "engine" },
    runId: "run-4m8w2e6yhj",
    captured: 2,
    unread: 0,
  },
];
const delegation: Delegation = {
  id: "dg-7k3qx9a2bc",
  teamId: "T0ACME",
  fromUserId: "U0ANN",
  toUserId: "U0BOB",
  until: now + 86_400_000,
  createdAt: now,
  revokedAt: null,
  requestId: "r1",
};
const edited = aRecord({ version: 2, editors: ["U0DEV"] });
const after = aPlan({
  title: "Restart the API fleet, slowly",
  steps: [
    ...restartSteps.slice(0, 3),
    aStep({ id: "purge", summary: "Delete the cache", risk: "destructive" }),
  ],
});

export const sampleMessages: Readonly<Record<string, Message>> = {
  card: planCard({ record, verdict, now }),
  "card, large": planCard({ record: large, verdict, now }),
  "card, edited": planCard({
    record: edited,
    verdict: aVerdict({ had: 0, counted: [] }),
    now,
    lastNote: "version 1 was edited",
  }),
  "card, approved": planCard({ record: approved, verdict, now }),
  "card, approved in a freeze": planCard({
    record: approved,
    verdict,
    now,
    freeze: aFreeze({ approved: true }),
  }),
  "card, rejected": planCard({ record: rejected, verdict, now }),
  "card, withdrawn": planCard({ record: withdrawn, verdict, now }),
  "card, expired": planCard({ record: expired, verdict, now }),
  diff: planDiffMessage({
    record: edited,
    fromVersion: 1,
    before: aPlan(),
    after,
    editorId: "U0DEV",
    votesVoided: ["U0ANN"],
  }),
  "dry run": dryRunMessage({
    plan: record.plan,
    steps: restartSteps.map((step, index) => ({
      stepId: step.id,
      summary: step.summary,
      preview:
        index === 3
          ? null
          : {
              wouldSucceed: index !== 1,
              lines:
                index === 1 ? ["UnauthorizedOperation: not allowed to stop i-0def12345678"] : [],
            },
      note: index === 3 ? "Its input is computed when the step runs." : null,
      leftOut: false,
    })),
  }),
  "who can approve": whoCanApproveMessage({ record, approvers: someApprovers({ verdict }), now }),
  progress: runProgressMessage({ report: running, output, now: now + 95_000 }),
  finished: runFinishedMessage({
    report: {
      ...rolledBack,
      status: "completed",
      reason: null,
      steps: rolledBack.steps.map((step) => ({ ...step, status: "succeeded", failure: null })),
    },
    logLink: null,
  }),
  "rolled back": runFinishedMessage({ report: rolledBack, logLink: null }),
  leftovers: runFinishedMessage({ report: left, logLink: null, checkpoints }),
  checkpoints: checkpointsMessage({ checkpoints }),
  "reminder, private": privateReminderMessage({
    record: aRecord(),
    verdict: aVerdict(),
    widened: false,
    now,
  }),
  "widened, private": privateReminderMessage({
    record: aRecord(),
    verdict: aVerdict(),
    widened: true,
    now,
  }),
  widened: planWidenedMessage(aRecord(), { groups: ["leads"], users: ["U0BOSS"] }),
  unreachable: planReachMessage({
    record: aRecord({ unreachableSince: now }),
    verdict: aVerdict(),
    to: "requester",
  }),
  "reachable again": planReachMessage({ record: aRecord(), verdict: aVerdict(), to: "thread" }),
  delegations: delegationsMessage([delegation, { ...delegation, fromUserId: "U0CAT" }]),
  "no delegation": delegationsMessage([]),
  "delegate set": delegatedMessage(delegation, { ...delegation, toUserId: "U0DAN" }),
  "delegate told": toldMessage(delegation),
  "delegate removed": takenBackMessage(delegation, "giver"),
  "delegate relieved": takenBackMessage(delegation, "delegate"),
  "card, rollback": planCard({
    record: aRecord({
      origin: {
        kind: "rollback",
        runId: "run-4m8w2e6yhj",
        permalink: PERMALINK,
        notes: ["Step health stays as it is: it has no rollback."],
      },
    }),
    verdict,
    now,
  }),
  "heads of the audit log": auditHeadsMessage({
    at: now,
    heads: [{ teamId: "T0SAMPLE", seq: 12, hash: "ab".repeat(32) }],
    fileError: "ENOSPC",
  }),
  "heads of many chains": auditHeadsMessage({
    at: now,
    heads: Array.from({ length: 200 }, (_, index) => ({
      teamId: `T0SAMPLE${index}`,
      seq: 12,
      hash: "ab".repeat(32),
    })),
    fileError: null,
  }),
  "card, replay": planCard({
    record: aRecord({
      origin: {
        kind: "replay",
        planId: "pl-4m8w2e6yhj",
        ofRun: "run-4m8w2e6yhj",
        filedAt: now,
        permalink: PERMALINK,
        notes: ["Step stop: timeoutMs was 300000, is 600000."],
      },
    }),
    verdict,
    now,
  }),
  "breaker open": breakerOpenMessage({
    report: {
      ...running,
      steps: running.steps.map((step) =>
        step.stepId === "start"
          ? {
              ...step,
              delay: { target: "ec2:default:eu-west-1", until: now + 30_000, openedAt: now },
            }
          : step,
      ),
    },
    target: "ec2:default:eu-west-1",
    openedAt: now,
    trouble: { calls: 12, failures: 9, withinMs: 60_000 },
    approvers: ["U0ANN", "U0BOB"],
    overriddenBy: null,
  }),
  question: runQuestionMessage({ ...question, answered: null }),
  "question, answered": runQuestionMessage({
    ...question,
    answered: { answer: "it-happened", byUserId: "U0BOB", at: now },
  }),
  held: runHeldMessage({ report: held, people: ["U0ANN"] }),
  "held, behind another run": runHeldMessage({
    report: { ...held, looksAgain: true, waitsFor: "run-2", heldUntil: now + 86_400_000 },
    holder: { runId: "run-2", title: "Move the database", permalink: null },
  }),
  "held, failed": runHeldMessage({ report: failedHold }),
  "step approval": stepApprovalMessage({
    report: asking,
    step: gated,
    approval,
    asked: { ...asked, stepId: "stop", votes },
    verdict,
  }),
  "step approval, rejected": stepApprovalMessage({
    report: asking,
    step: gated,
    approval,
    asked: {
      ...asked,
      stepId: "stop",
      votes: [{ ...aVote("U0BOB", "reject", "Not yet."), groups: ["sre"], viewHash: null }],
      end: { outcome: "rejected", counted: [], explanation: "@U0BOB rejected it.", at: now },
    },
    verdict: null,
  }),
  "step question": stepInquiryMessage({
    report: asking,
    step: drain,
    inquiry,
    asked: { ...asked, stepId: "drain" },
  }),
  "step question, choice": stepInquiryMessage({
    report: asking,
    step: drain,
    inquiry: colors,
    asked: { ...asked, stepId: "drain" },
  }),
  "step question, answered": stepInquiryMessage({
    report: asking,
    step: drain,
    inquiry,
    asked: { ...asked, stepId: "drain", end: answered },
  }),
  "same plan, somebody else's": samePlanMessage(record, "U0DEV"),
  "same plan, their own": samePlanMessage(record, "U0RITA"),
  "same plan, in its thread": planWantedMessage("U0DEV"),
  "glass asked for": glassAskedMessage(record, "The shop is down."),
  "glass broken": glassBrokenMessage(broken),
  "glass broken, privately": glassBrokenPrivately(broken, "U0ANN"),
  "glass reviewed": glassReviewedMessage(reviewed),
  "review overdue": reviewOverdueMessage(broken, ["U0ANN"]),
  "open reviews": openReviewsMessage([broken], now),
  "card of a broken glass": planCard({ record: broken, verdict, now }),
  "card of a withdrawn broken glass": planCard({
    record: { ...withdrawn, emergency: reviewed.emergency },
    verdict,
    now,
  }),
  reminder: planReminderMessage({ record, verdict }),
  "private outcome": outcomePrivateMessage({ record: rejected, verdict, report: null, now }),
  show: showPlanMessage({ record: approved, verdict, report: running, now }),
  pending: pendingMessage({ plans: lists, askings, viewerId: "U0BOB", now }),
  "pending, some together": pendingMessage({
    plans: { theirs: [...gentle, ...waiting], others: [] },
    askings: [],
    viewerId: "U0BOB",
    now,
  }),
  "approved together": bundleOutcomeMessage([
    {
      planId: "pl-5n2c8w1z4d",
      title: "Drain the API pool",
      end: { kind: "approved", met: true, verdict },
    },
    {
      planId: "pl-6p3d9x2y5f",
      title: "Raise the read limit",
      end: { kind: "approved", met: false, verdict },
    },
    {
      planId: record.id,
      title: record.plan.title,
      end: { kind: "refused", refusal: { code: "stale-version", seen: 1, current: 2 } },
    },
  ]),
  history: historyMessage({
    filter: "environment=production",
    items: ["completed", "rolled-back", "rejected"].map((outcome) => ({
      planId: record.id,
      runId: null,
      title: record.plan.title,
      environment: "production",
      risk: "destructive",
      requesterId: "U0RITA",
      outcome,
      emergency: outcome === "completed",
      filedAt: now,
      permalink: record.conversation.permalink,
    })),
  }),
  operations: operationsMessage({
    filter: null,
    operations: [
      {
        name: "ec2.stop_instances",
        summary: "Stop running instances.",
        worstRisk: "destructive",
        example: { region: "eu-west-1", instance_ids: ["i-0abc12345678"] },
        environments: ["staging", "production"],
      },
    ],
  }),
  playbooks: playbooksMessage({
    filter: null,
    playbooks: [
      {
        name: "restart-fleet",
        summary: "Restart a fleet with health checks",
        inputs: {
          fleet: { type: "string", description: "Which fleet" },
          batch: { type: "integer", description: "Hosts at once", default: 3, min: 1 },
        },
      },
    ],
  }),
  help: helpMessage({
    environments: [
      { name: "staging", operations: ["ec2.describe_instances", "ec2.stop_instances"] },
    ],
    playbooks: [{ name: "restart-fleet", summary: "Restart a fleet with health checks" }],
    misunderstood: { word: "pln", nearest: "plan" },
  }),
  problems: problemsMessage({
    subject: "This plan",
    problems: [
      {
        path: "steps[1].uses",
        found: "ec2.stop_instance",
        expected: "the name of an operation",
        nearest: "ec2.stop_instances",
      },
    ],
  }),
  refusal: refusalMessage({ code: "self-approval", whoCan: ["U0ANN", "U0BOB"] }),
  said: saidMessage({
    text: "Pause was asked for. What runs now is finished first.",
    mark: "waiting",
  }),
  output: outputMessage({ title: "stop", output: "i-0abc12345678 stopped\n", logLink: null }),
};

export const sampleViews: Readonly<Record<string, View>> = {
  "full plan": fullPlanView({ record, page: 1, now }),
  "full plan, large": fullPlanView({ record: large, page: 2, now }),
  reject: rejectView({ record }),
  "break glass": breakGlassView({ record, reason: "The shop is down." }),
  edit: editView({ record }),
  ...Object.fromEntries(
    bundlesOf([...gentle, ...waiting]).map((bundle) => [
      "approve together",
      bundleView({ bundle, place: null, now, sha256 }),
    ]),
  ),
  "who can approve": whoCanApproveView({ record, approvers: someApprovers({ verdict }), now }),
  refusal: refusalView({ code: "expired", clock: "approve-by" }),
  said: saidView({ title: "Edited", text: "The plan is at version 2 now.", mark: "done" }),
  "step question": inquiryView(inquiry, { runId: asking.runId, stepId: "drain", opening: 1 }),
  "skip a step": reasonView({
    callback: CALLBACKS.skipStep,
    title: "Leave a step out",
    submit: "Skip",
    metadata: "run-4m8w2e6yhj|1",
    stepId: "stop",
    effect: "The run goes on without it.",
    input: INPUTS.skipReason,
  }),
  home: homeView({
    waiting: lists,
    asked: askings,
    running: [running],
    recent: [rejected, approved],
    now,
  }),
  "home, empty": homeView({
    waiting: { theirs: [], others: [] },
    asked: [],
    running: [],
    recent: [],
    now,
  }),
};
