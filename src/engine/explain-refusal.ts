// The one place that puts a refusal into words: what was wrong, and what to do now. People are written
// `@<user id>`, channels `#<channel id>`, and rendered by the bot.

import type { PlanStatus, Problem } from "./plan.ts";
import type { Refusal, RefusedStanding } from "./refusal.ts";
import { explainStepUpRefusal } from "./step-up-refusal.ts";
import { formatInstant } from "./time.ts";
import type { VerdictNode } from "./verdict.ts";
import type { Apart } from "./vote-together.ts";

const APART: Readonly<Record<Apart, string>> = {
  destructive: "This plan is destructive",
  passkey: "This plan is approved with a passkey",
  "other-requester": "This plan is another requester's",
};

/** The refusal in complete plain sentences: what is wrong, then what to do. No mark-up. */
export function explainRefusal(refusal: Refusal): string {
  switch (refusal.code) {
    case "not-a-member":
      return standingSentence(refusal.reason);
    case "channel-not-allowed":
      return refusal.environment === null
        ? "Countersign is not set up for this channel. Ask in a channel that is listed under channels.allow in its configuration."
        : `Plans for ${refusal.environment} cannot be asked for in this channel. Ask in a channel that is listed for ${refusal.environment} in the configuration.`;
    case "channel-shared":
      return "This channel is shared with another organization, so nothing can be asked for here. Use an internal channel, or have an operator allow this one by name.";
    case "unknown-environment":
      return `There is no environment ${refusal.found}.${didYouMean(refusal.nearest)}`;
    case "operation-not-allowed":
      return `@${refusal.userId} may not ask for ${refusal.operation} in ${refusal.environment}. Ask somebody who may, or have an operator add the permission to the configuration.`;
    case "operation-not-here":
      return `@${refusal.userId} may ask for ${refusal.operation} in ${refusal.environment}, but not in this channel. Ask in ${refusal.channelIds.map((channelId) => `#${channelId}`).join(" or ")}.`;
    case "operation-not-permitted":
      return `Step ${refusal.stepId} cannot use ${refusal.operation}: ${refusal.sentence}`;
    case "profile-not-allowed":
      return `You may not use the credentials profile ${refusal.profile} for ${refusal.operation} in ${refusal.environment}. Leave the profile out, or have an operator add it to your permission.`;
    case "plan-invalid":
      return `The plan has ${counted(refusal.problems.length, "mistake")}: ${problemsText(refusal.problems)}`;
    case "secret-found":
      return `There seems to be ${refusal.what} at ${refusal.path}. What is asked for is stored and shown to everyone in the channel: have the secret named in the configuration and write secret:<name> in its place, or use a credentials profile (docs/secrets.md). And replace that secret, because it has been posted in Slack.`;
    case "playbook-not-found":
      return `There is no playbook ${refusal.found}.${didYouMean(refusal.nearest)} The list is at /ops playbooks.`;
    case "operation-not-found":
      return `There is no operation ${refusal.found}.${didYouMean(refusal.nearest)} The list is at /ops operations.`;
    case "forbidden":
      return `The policy ${refusal.policy} does not allow this: ${refusal.reason} Change the plan, or have an operator change the policy.`;
    case "policy-error":
      return `The policy ${refusal.policy} could not be worked out for this plan, so it was not accepted: ${refusal.error}. Have an operator correct it; countersign policy test shows what it does.`;
    case "frozen":
      return `${refusal.environment} is frozen until ${formatInstant(refusal.until)} (${refusal.name}: ${refusal.reason}), and this plan's approval would have run out before that. Ask again when it is over.`;
    case "quorum-unreachable":
      return `This plan could never get its approvals, so it was not accepted. ${treeSentences(refusal.tree)} Have an operator widen the approvers, or let somebody else ask.`;
    case "too-many-pending":
      return `You have ${counted(refusal.pending, "plan")} waiting for approval, and ${refusal.limit} is the most. Withdraw one, or wait for a decision.`;
    case "plan-not-found":
      return `There is no plan ${refusal.planId} here. /ops pending lists those that wait.`;
    case "run-not-found":
      return `There is no run ${refusal.runId} here. /ops history lists them.`;
    case "already-decided":
      return `${decidedSentence(refusal.status, refusal.byUserIds)} Nothing was changed by this.`;
    case "superseded":
      return `Plan ${refusal.byPlanId} was filed in the place of ${refusal.planId} already. Look at that one.`;
    case "stale-version":
      return `You were looking at version ${refusal.seen}, but the plan was edited and is at version ${refusal.current} now. Read the new version and decide again.`;
    case "hash-changed":
      return "The plan is not the one that was shown to you. Read it again and decide again.";
    case "said-otherwise-since":
      return `You have said something else about this ${refusal.about} since, and that counts.`;
    case "not-together":
      return `${APART[refusal.why]}, so it cannot be approved together with others. Approve it by itself, on its card or with /ops show ${refusal.planId}.`;
    case "expired":
      return refusal.clock === "approve-by"
        ? "The time to approve this plan has run out. Ask for it again if it is still wanted."
        : "The time to start this approved plan has run out. Ask for it again if it is still wanted.";
    case "self-approval":
      return `You asked for this plan, so you cannot decide on it.${whoCanSentence(refusal.whoCan)} You can withdraw it.`;
    case "editor-approval":
      return `You edited this plan, so you cannot decide on it.${whoCanSentence(refusal.whoCan)}`;
    case "not-an-approver":
      return `You are not one of its approvers${refusal.groups.length === 0 ? "" : ` (${refusal.groups.join(", ")})`}.${whoCanSentence(refusal.whoCan)}`;
    case "reason-missing":
      return REASON_MISSING[refusal.of ?? "plan"];
    case "glass-not-yours":
      return refusal.whoCan.length === 0
        ? `Nobody may break the glass in ${refusal.environment}: the configuration names nobody under break_glass.`
        : `You may not break the glass in ${refusal.environment}.${whoCanSentence(refusal.whoCan)}`;
    case "glass-frozen":
      return `${refusal.environment} is frozen until ${formatInstant(refusal.until)} (${refusal.name}: ${refusal.reason}), and this freeze holds for a broken glass, too.`;
    case "glass-passkey":
      return `Plan ${refusal.planId} is approved with a passkey, and nobody may break the glass for such a plan here: the configuration does not say without_passkey under break_glass.`;
    case "review-open":
      return `You broke the glass for plan ${refusal.planId} on ${formatInstant(refusal.at)}, and its review is still open. Before you can do it again, somebody else who could approve that plan must look at it and say what they found: /ops review ${refusal.planId} and what was found.`;
    case "nothing-to-review":
      return `Nobody broke the glass for plan ${refusal.planId}, so there is nothing to review. /ops review lists what is open.`;
    case "already-reviewed":
      return `The broken glass of plan ${refusal.planId} was already reviewed by @${refusal.userId}.`;
    case "own-glass":
      return `You broke the glass, so somebody else must look at what came of it.${whoCanSentence(refusal.whoCan)}`;
    case "self-review":
      return `You asked for this plan, so somebody else must look at what came of it.${whoCanSentence(refusal.whoCan)}`;
    case "review-too-early":
      return `The run of plan ${refusal.planId} is ${refusal.status}. Look at it once it has ended.`;
    case "not-yours":
      return `You may not ${refusal.attempted}.${whoCanSentence(refusal.whoCan)}`;
    case "nothing-changed":
      return "The new version says the same as the current one, so nothing was changed and the votes stand.";
    case "nudged-lately":
      return `Those who could approve were reminded lately. They can be reminded again from ${formatInstant(refusal.again)} on.`;
    case "run-ended":
      return `The run has ended (${refusal.status}), so there is nothing left to control.`;
    case "no-such-question":
      return "The run does not ask this any more. Look at its newest message.";
    case "step-not-found":
      return `The plan has no step ${refusal.found.slice(0, 60)}.${refusal.nearest === null ? ` It has ${refusal.known.slice(0, 10).join(", ")}.` : didYouMean(refusal.nearest)}`;
    case "step-approval-not-open":
      return `Step ${refusal.stepId} does not wait for an approval. The run's newest message says where it stands.`;
    case "step-without-run":
      return `Step ${refusal.stepId} cannot be approved by itself: ${withoutRun(refusal.status)}, so nothing was approved.${refusal.status === "awaiting-approval" ? ` To approve all of plan ${refusal.planId}, write approve without a step.` : ""}`;
    case "step-approval-closed":
      return `${stepDecided(refusal)} Nothing was changed by this.`;
    case "step-approval-stale":
      return `This vote was given before step ${refusal.stepId} asked what it asks now, so it does not count. Look at its newest card and decide there.`;
    case "inquiry-not-open":
      return `Step ${refusal.stepId} asks nothing. The run's newest message says where it stands.`;
    case "inquiry-closed":
      return `${inquiryEnd(refusal)} Nothing was changed by this.`;
    case "inquiry-stale":
      return `Step ${refusal.stepId} has asked again since, so this would have answered an earlier question. Answer its newest message.`;
    case "answer-invalid":
      return `The answer was not taken. ${refusal.problems.map(({ field, sentence }) => `${field}: ${sentence}`).join(" ")}`;
    case "no-secret-key":
      return `Step ${refusal.stepId} asks for a secret, which cannot be kept here: ${refusal.sentence}`;
    case "run-not-held":
      return `The run is ${refusal.status}, not held by a failed step, so there is nothing to try again.`;
    case "step-not-failed":
      return `Step ${refusal.stepId} is ${refusal.status}, and only a failed step that the run is held for can be tried again.`;
    case "step-has-begun":
      return `Step ${refusal.stepId} is ${refusal.status}. Only a step that has not begun, that waits, or that failed and holds the run can be left out.`;
    case "retry-needs-person":
      return `The run is held because ${refusal.heldFor.slice(0, 10).join(", ")} failed, and going on would try that again. That is for people who are known by name: say retry (or skip and why) in the run's thread in Slack.`;
    case "self-skip":
      return `You asked for this plan, so somebody else must say that a step may be left out.${whoCanSentence(refusal.whoCan)}`;
    case "self-override":
      return `You asked for this plan, so somebody else must say that it may go on against an open circuit breaker.${whoCanSentence(refusal.whoCan)}`;
    case "breaker-not-in-the-way":
      return breakerSentence(refusal);
    case "run-not-ended":
      return `Run ${refusal.runId} has not ended (${refusal.status}). Once it has, what it did can be taken back by a plan.`;
    case "replay-too-early":
      return `Plan ${refusal.planId} is not over (${refusal.status.replaceAll("-", " ")}). It can be filed again once it is.`;
    case "replay-of-way-back":
      return `Plan ${refusal.planId} was made from what was recorded at that time, so it is not filed again as it was. Ask for ${refusal.of} once more: that looks at how things are now.`;
    case "replay-gone":
      return `Plan ${refusal.planId} cannot be filed again, because it refers to what is not there any more or is not allowed any more. ${problemsText(refusal.problems)} File a new plan that says what is wanted now.`;
    case "run-detached":
      return `What run ${refusal.runId} did is no longer in the audit log: its month was taken off. The file of that month says it; take it back by a plan written by hand.`;
    case "nothing-to-take-back":
      return `Run ${refusal.runId} left nothing that can be taken back.${moreText(refusal.stays)}`;
    case "already-rolled-back":
      return refusal.byPlanId === null
        ? `Run ${refusal.runId} has taken back what it did itself.`
        : `What run ${refusal.runId} did was taken back by plan ${refusal.byPlanId}. To take that back, say rollback and the id of that plan's run.`;
    case "rollback-pending":
      return `Plan ${refusal.planId} is under way to take run ${refusal.runId} back. Decide on that one, or have it withdrawn, before another is made.`;
    case "world-moved-on":
      return `What run ${refusal.runId} left is not as it left it, so it is not taken back by itself:${moreText(refusal.differences.map(differenceSentence))} Look at what changed it. If it should go back all the same, put it back to that state first, or ask for the steps you want as a plan of their own.`;
    case "state-unreadable":
      return `Whether anything has changed meanwhile could not be told, so no plan was made:${moreText(refusal.unread)} Try again when its target answers.`;
    case "checkpoint-name-invalid":
      return `A checkpoint cannot be called ${refusal.found.slice(0, 60)}. Use letters, digits, dots, dashes and underscores, at most 60, with a letter or digit first.`;
    case "checkpoint-exists":
      return `There is a checkpoint ${refusal.name} already, taken ${formatInstant(refusal.takenAt)} by ${refusal.takenBy === null ? "Countersign" : `@${refusal.takenBy}`}. Checkpoints are never written over: choose another name.`;
    case "checkpoint-not-found":
      return `There is no checkpoint ${refusal.found.slice(0, 80)}.${didYouMean(refusal.nearest)} The list is at /ops checkpoints.`;
    case "nothing-to-capture":
      return `Nothing that plan ${refusal.planId} manages could be captured, so there is no checkpoint.${moreText(refusal.why)}`;
    case "delegate-self":
      return "You have your own say already. Name the person who is to decide in your place.";
    case "delegate-not-a-member":
      return `@${refusal.userId} cannot decide in your place: ${DELEGATE_BARRED[refusal.reason]}. Name a full member of this workspace.`;
    case "delegation-time":
      return refusal.why === "past"
        ? `${formatInstant(refusal.until)} is over already. Name a moment that is to come.`
        : `A delegation lasts 30 days at most, and ${formatInstant(refusal.until)} is later than that. Name an earlier end; it can be made again then.`;
    case "no-delegation":
      return "You have no delegate, so there is nothing to take back. /ops delegations lists who decides for whom.";
    case "step-up-needed":
    case "step-up-not-set-up":
    case "step-up-unknown":
    case "step-up-expired":
    case "step-up-used":
    case "step-up-session-over":
    case "step-up-state-unknown":
    case "step-up-sign-in-failed":
    case "step-up-wrong-account":
    case "step-up-challenge-unknown":
    case "passkey-refused":
    case "passkey-unknown":
    case "passkey-exists":
      return explainStepUpRefusal(refusal);
    case "directory-unavailable":
      return `Slack could not be asked who is who, so nothing was decided (${refusal.detail}). ${wayOut(refusal.remedy ?? null)}`;
  }
}

/** What to do about what could not be asked. @param remedy of an operator; null: waiting may help. */
export function wayOut(remedy: string | null): string {
  return remedy ?? "Try again in a minute.";
}

function breakerSentence({
  found,
  known,
}: Extract<Refusal, { code: "breaker-not-in-the-way" }>): string {
  if (known.length === 0)
    return "No open circuit breaker holds this run back. Its newest message says where it stands.";
  const targets = known.slice(0, 10).join(", ");
  return found === null
    ? `More than one open circuit breaker holds this run back: say which one to override, of ${targets}.`
    : `No open circuit breaker of ${found.slice(0, 100)} holds this run back. Those that do: ${targets}.`;
}

const REASON_MISSING = {
  plan: "Say why you reject the plan, so that the requester knows what to change.",
  step: "Say why you reject the step, so that the requester knows what to change.",
  skip: "Say why the step may be left out: the reason stays in the log.",
  glass: "Say why you act without the approvals: everyone who is passed over is told.",
  review: "Say what you found: it is shown in the thread and stays in the log.",
} as const;

function stepDecided({
  stepId,
  outcome,
  byUserIds,
}: Extract<Refusal, { code: "step-approval-closed" }>): string {
  const by = byUserIds.length === 0 ? "" : ` by ${peopleText(byUserIds)}`;
  switch (outcome) {
    case "approved":
      return `Step ${stepId} was already approved${by}.`;
    case "approved-by-timeout":
      return `Step ${stepId} went on by itself when the time to decide was over, as the policy allows.`;
    case "rejected":
      return `Step ${stepId} was already rejected${by}.`;
    case "expired":
      return `The time to approve step ${stepId} has run out.`;
    case "left":
      return `The run no longer waits for an approval of step ${stepId}.`;
  }
}

function inquiryEnd({
  stepId,
  how,
  byUserIds,
}: Extract<Refusal, { code: "inquiry-closed" }>): string {
  switch (how) {
    case "answered":
      return byUserIds.length === 0
        ? `The time to answer step ${stepId} was over, and its defaults stand.`
        : `What step ${stepId} asks was already answered by ${peopleText(byUserIds)}.`;
    case "expired":
      return `The time to answer step ${stepId} has run out.`;
    case "left":
      return `The run no longer waits for an answer for step ${stepId}.`;
  }
}

/** The first few sentences, each after a space, and how many more there are. */
function moreText(sentences: readonly string[]): string {
  const shown = sentences.slice(0, 8).map((sentence) => ` ${sentence}`);
  const more = sentences.length - shown.length;
  return `${shown.join("")}${more > 0 ? ` And ${more} more.` : ""}`;
}

function differenceSentence(
  difference: Extract<Refusal, { code: "world-moved-on" }>["differences"][number],
): string {
  const { stepId, path, was, is } = difference;
  return `${path === "" ? "the state" : path} after step ${stepId} was ${was}, now it is ${is}.`;
}

const DELEGATE_BARRED: Readonly<Record<RefusedStanding, string>> = {
  guest: "they are a guest",
  stranger: "they are from another organization",
  bot: "they are a bot",
  deactivated: "their account is deactivated",
  "other-workspace": "they are in another workspace",
  "not-found": "Slack does not know them",
};

function standingSentence(reason: RefusedStanding): string {
  switch (reason) {
    case "guest":
      return "Guests cannot ask for changes or decide on them. Ask a full member of the workspace.";
    case "stranger":
      return "People from another organization cannot ask for changes or decide on them. Ask a full member of this workspace.";
    case "bot":
      return "Bots cannot ask for changes or decide on them.";
    case "deactivated":
      return "This account is deactivated, so it cannot ask for changes or decide on them.";
    case "other-workspace":
      return "This Countersign serves another Slack workspace. Ask there.";
    case "not-found":
      return "Slack does not know this person, so nothing was done.";
  }
}

function decidedSentence(status: PlanStatus, byUserIds: readonly string[]): string {
  const by = byUserIds.length === 0 ? "" : ` by ${peopleText(byUserIds)}`;
  switch (status) {
    case "awaiting-approval":
      return "The plan still waits for approval.";
    case "approved":
      return `The plan was already approved${by}.`;
    case "spent":
      return `The plan was already approved${by} and has been started.`;
    case "rejected":
      return `The plan was already rejected${by}.`;
    case "expired":
      return "The plan has already expired.";
    case "withdrawn":
      return `The plan was already withdrawn${by}.`;
  }
}

function withoutRun(status: PlanStatus): string {
  return status === "awaiting-approval"
    ? "its plan still waits for approval and has no run yet"
    : `its plan is ${status} and has no run`;
}

function problemsText(problems: readonly Problem[]): string {
  const more = problems.length > 10 ? ` And ${problems.length - 10} more.` : "";
  return `${problems.slice(0, 10).map(problemSentence).join(" ")}${more}`;
}

/** One problem as a sentence: where, found, expected, nearest. */
export function problemSentence(problem: Problem): string {
  const where = problem.path === "" ? "" : `${problem.path}: `;
  const nearest = problem.nearest === undefined ? "" : ` Did you mean ${problem.nearest}?`;
  return `${where}found ${problem.found}, expected ${problem.expected}.${nearest}`;
}

function treeSentences(node: VerdictNode): string {
  const below = node.children.filter((child) => child.status === "unreachable");
  return below.length === 0 ? node.sentence : below.map(treeSentences).join(" ");
}

function whoCanSentence(userIds: readonly string[]): string {
  if (userIds.length === 0) return "";
  const shown = userIds.slice(0, 10);
  const more = userIds.length > shown.length ? ` or ${userIds.length - shown.length} more` : "";
  return ` ${peopleText(shown, "or")}${more} can.`;
}

/** `@U1`, `@U1 and @U2`, `@U1, @U2 and @U3`. */
export function peopleText(userIds: readonly string[], conjunction: "and" | "or" = "and"): string {
  const names = userIds.map((userId) => `@${userId}`);
  const last = names.at(-1) ?? "nobody";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}

function didYouMean(nearest: string | null): string {
  return nearest === null ? "" : ` Did you mean ${nearest}?`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
