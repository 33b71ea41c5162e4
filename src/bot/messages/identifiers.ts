// Every name Slack sends back to us: the command, shortcuts, actions, view callbacks and input blocks, and the
// values buttons carry. A value holds opaque ids only; what a click means is read from the database.

import { callKey } from "#engine/notice.ts";
import type { CallRef, UnknownAnswer } from "#engine/run.ts";
import { isUserId } from "./rich-text.ts";

export const COMMAND = "/ops";

/** Message shortcut "Plan this change": the message's text becomes the request. */
export const SHORTCUTS = { planFromMessage: "plan_from_message" } as const;

export const ACTIONS = {
  approve: "plan_approve",
  reject: "plan_reject",
  edit: "plan_edit",
  dryRun: "plan_dry_run",
  fullPlan: "plan_full",
  /** Turns the page inside the full plan's modal. One id per direction: ids are unique within a block. */
  fullPlanPrevious: "plan_full_page_previous",
  fullPlanNext: "plan_full_page_next",
  whoCanApprove: "plan_who",
  nudge: "plan_nudge",
  breakGlass: "plan_break_glass",
  pause: "run_pause",
  resume: "run_resume",
  cancel: "run_cancel",
  rollback: "run_rollback",
  askAgain: "run_ask_again",
  editHeld: "run_edit",
  withdrawHeld: "run_withdraw",
  overrideBreaker: "run_override_breaker",
  retryStep: "run_retry_step",
  skipStep: "run_skip_step",
  stepApprove: "step_approve",
  stepReject: "step_reject",
  inquiryOpen: "step_answer",
  answerHappened: "run_answer_happened",
  answerDidNotHappen: "run_answer_did_not_happen",
  answerTryAgain: "run_answer_try_again",
  answerGiveUp: "run_answer_give_up",
  /** Its value is the requester's user id. */
  bundleOpen: "bundle_open",
  /** A button that only opens a URL; Slack still sends the click, which is acknowledged and ignored. */
  openConversation: "home_open_thread",
  homeRefresh: "home_refresh",
} as const;
export type ActionId = (typeof ACTIONS)[keyof typeof ACTIONS];

/** A choice offered as buttons: one id each, because ids are unique within a block. */
export const CHOICE_ACTIONS = [0, 1, 2, 3, 4].map((nth) => `step_choose_${nth}`);

export const CALLBACKS = {
  stepReject: "step_reject_view",
  inquiry: "step_inquiry_view",
  skipStep: "run_skip_view",
  fullPlan: "plan_full_view",
  reject: "plan_reject_view",
  edit: "plan_edit_view",
  breakGlass: "plan_break_glass_view",
  /** The edited plan is filed as another one, in the place of one whose run is held. */
  editHeld: "plan_edit_held_view",
  whoCanApprove: "plan_who_view",
  bundle: "bundle_view",
  notice: "notice_view",
} as const;

/** Input blocks of our modals. An edit's source is split over blocks `plan_source_0`, `plan_source_1`, ... */
export const INPUTS = {
  bundlePlans: { blockId: "bundle_plans", actionId: "plans" },
  rejectReason: { blockId: "reject_reason", actionId: "reason" },
  glassReason: { blockId: "glass_reason", actionId: "reason" },
  glassConfirm: { blockId: "glass_confirm", actionId: "alone" },
  skipReason: { blockId: "skip_reason", actionId: "reason" },
  /** Fields of an inquiry; a secret's block is told apart before anything is recorded. */
  inquiryField: { blockPrefix: "field_", secretPrefix: "secret_", actionId: "answer" },
  editSource: { blockPrefix: "plan_source_", actionId: "source" },
} as const;

/** Which plan version a button or modal speaks of. */
export type PlanRef = { readonly planId: string; readonly version: number };

export function planValue({ planId, version }: PlanRef): string {
  return `${planId}|${version}`;
}

/** Null for anything that is not one of our plan values. */
export function parsePlanValue(value: string | undefined): PlanRef | null {
  const match = /^(pl-[0-9a-z]{1,40})\|([1-9]\d{0,6})$/.exec(value ?? "");
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { planId: match[1], version: Number(match[2]) };
}

/** A plan, and why its glass is to be broken, as the person wrote it. The reason carries no authority. */
type GlassRef = PlanRef & { readonly reason: string };

export function glassValue({ reason, ...ref }: GlassRef): string {
  return `${planValue(ref)}|${reason}`;
}

export function parseGlassValue(value: string | undefined): GlassRef | null {
  const [, ref, reason = ""] = /^([^|]*\|[^|]*)(?:\|([^]*))?$/.exec(value ?? "") ?? [];
  const plan = parsePlanValue(ref);
  return plan === null ? null : { ...plan, reason };
}

/**
 * A plan version with the hashes of what was shown of it, for a tick box. They grant nothing: a vote is refused where the
 * plan or its picture is another one by then.
 */
export type ShownRef = PlanRef & { readonly hash: string; readonly viewHash: string };

/** Slack takes 150 characters there: the digests are in base64. */
export function shownValue({ hash, viewHash, ...plan }: ShownRef): string {
  return [planValue(plan), hexToBase64(hash), hexToBase64(viewHash)].join("|");
}

/** Null for anything that is not one of our values. */
export function parseShownValue(value: string | undefined): ShownRef | null {
  const match = /^([^|]{1,50}\|\d{1,7})\|([\w-]{43})\|([\w-]{43})$/.exec(value ?? "");
  const plan = parsePlanValue(match?.[1]);
  const [, , hash, viewHash] = match ?? [];
  return plan === null || hash === undefined || viewHash === undefined
    ? null
    : { ...plan, hash: base64ToHex(hash), viewHash: base64ToHex(viewHash) };
}

function hexToBase64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64url");
}

function base64ToHex(text: string): string {
  return Buffer.from(text, "base64url").toString("hex");
}

/** Whose plans a bundle card shows, and where its answer belongs; null: to the reader directly. */
export type BundleRef = {
  readonly requesterId: string;
  readonly place: { readonly channelId: string; readonly threadTs: string | null } | null;
};

export function bundleMetadata({ requesterId, place }: BundleRef): string {
  return [requesterId, place?.channelId ?? "", place?.threadTs ?? ""].join("|");
}

/** Null for anything that is not ours. */
export function parseBundleMetadata(value: string): BundleRef | null {
  const match = /^([^|]+)\|([A-Z0-9]{3,30})?\|(\d{1,20}\.\d{1,10})?$/.exec(value);
  const [, requesterId, channelId, threadTs] = match ?? [];
  if (requesterId === undefined || !isUserId(requesterId)) return null;
  const place = channelId === undefined ? null : { channelId, threadTs: threadTs ?? null };
  return { requesterId, place };
}

/** A page of the full plan, 1-based. */
export type PlanPageRef = PlanRef & { readonly page: number };

export function planPageValue(ref: PlanPageRef): string {
  return `${planValue(ref)}|${ref.page}`;
}

export function parsePlanPageValue(value: string | undefined): PlanPageRef | null {
  const cut = value?.lastIndexOf("|") ?? -1;
  const plan = parsePlanValue(value?.slice(0, cut));
  const page = /^[1-9]\d{0,5}$/.exec(value?.slice(cut + 1) ?? "");
  return plan === null || page === null ? null : { ...plan, page: Number(page[0]) };
}

/** A run button's value is the run's id. */
export function parseRunValue(value: string | undefined): string | null {
  return /^run-[0-9a-z]{1,40}$/.test(value ?? "") ? (value ?? null) : null;
}

/** Which opening of a breaker a button is about: one that a step met. Its target is read from the run. */
export type OpeningRef = {
  readonly runId: string;
  readonly stepIndex: number;
  readonly openedAt: number;
};

export function openingValue({ runId, stepIndex, openedAt }: OpeningRef): string {
  return `${runId}|${stepIndex}|${openedAt}`;
}

export function parseOpeningValue(value: string | undefined): OpeningRef | null {
  const match = /^(run-[0-9a-z]{1,40})\|(\d{1,6})\|(\d{1,16})$/.exec(value ?? "");
  if (match === null) return null;
  const [, runId = "", stepIndex, openedAt] = match;
  return { runId, stepIndex: Number(stepIndex), openedAt: Number(openedAt) };
}

/** What a step asks, and which of its askings. The step is named by its place in the plan. */
export type AskingRef = {
  readonly runId: string;
  readonly stepIndex: number;
  readonly opening: number;
};

export function askingValue({ runId, stepIndex, opening }: AskingRef): string {
  return `${runId}|${stepIndex}|${opening}`;
}

export function parseAskingValue(value: string | undefined): AskingRef | null {
  const match = /^(run-[0-9a-z]{1,40})\|(\d{1,6})\|([1-9]\d{0,6})(?:\|\d)?$/.exec(value ?? "");
  if (match === null) return null;
  const [, runId = "", stepIndex, opening] = match;
  return { runId, stepIndex: Number(stepIndex), opening: Number(opening) };
}

/** One option of a choice offered as buttons. */
export function choiceValue(ref: AskingRef, option: number): string {
  return `${askingValue(ref)}|${option}`;
}

export function parseChoiceValue(
  value: string | undefined,
): (AskingRef & { readonly option: number }) | null {
  const ref = parseAskingValue(value);
  const option = /\|\d+\|\d+\|(\d)$/.exec(value ?? "")?.[1];
  return ref === null || option === undefined ? null : { ...ref, option: Number(option) };
}

/** A step of a run, for the buttons of a held run. */
export function stepValue(runId: string, stepIndex: number): string {
  return `${runId}|${stepIndex}`;
}

export function parseStepValue(
  value: string | undefined,
): { readonly runId: string; readonly stepIndex: number } | null {
  const match = /^(run-[0-9a-z]{1,40})\|(\d{1,6})$/.exec(value ?? "");
  return match?.[1] === undefined ? null : { runId: match[1], stepIndex: Number(match[2]) };
}

/** Which attempt a question is about. The step is named by its place in the plan, so the value stays short. */
export type QuestionRef = {
  readonly runId: string;
  readonly stepIndex: number;
  /** Which rollback call; null: the step itself. */
  readonly rollbackIndex: number | null;
  readonly attempt: number;
};

export function questionValue(ref: QuestionRef): string {
  return [ref.runId, ref.stepIndex, ref.rollbackIndex ?? "f", ref.attempt].join("|");
}

export function parseQuestionValue(value: string | undefined): QuestionRef | null {
  const match = /^(run-[0-9a-z]{1,40})\|(\d{1,6})\|(f|\d{1,6})\|([1-9]\d{0,6})$/.exec(value ?? "");
  if (match === null) return null;
  const [, runId = "", stepIndex, rollback, attempt] = match;
  return {
    runId,
    stepIndex: Number(stepIndex),
    rollbackIndex: rollback === "f" ? null : Number(rollback),
    attempt: Number(attempt),
  };
}

/** The call a question is about, or null when the plan has no such step. */
export function questionCall(
  ref: QuestionRef,
  steps: readonly { readonly id: string }[],
): CallRef | null {
  const step = steps[ref.stepIndex];
  if (step === undefined) return null;
  return ref.rollbackIndex === null
    ? { phase: "forward", stepId: step.id }
    : { phase: "rollback", stepId: step.id, index: ref.rollbackIndex };
}

export const ANSWER_ACTIONS: Readonly<Record<UnknownAnswer, ActionId>> = {
  "it-happened": ACTIONS.answerHappened,
  "it-did-not-happen": ACTIONS.answerDidNotHappen,
  "try-again": ACTIONS.answerTryAgain,
  "give-up": ACTIONS.answerGiveUp,
};

/** Where a message was posted is kept under its subject, the same as the notice's key. */
export const subjects = {
  planCard: (planId: string) => `plan-card:${planId}`,
  glassBroken: (planId: string) => `glass-broken:${planId}`,
  runProgress: (runId: string) => `run-progress:${runId}`,
  runQuestion: (runId: string, call: CallRef, attempt: number) =>
    `run-question:${runId}:${callKey(call)}:${attempt}`,
  stepApproval: (runId: string, stepId: string, opening: number) =>
    `step-approval:${runId}:${stepId}:${opening}`,
  stepInquiry: (runId: string, stepId: string, opening: number) =>
    `step-inquiry:${runId}:${stepId}:${opening}`,
  breakerOpen: (runId: string, target: string, openedAt: number) =>
    `breaker-open:${runId}:${openedAt}:${target}`,
} as const;
