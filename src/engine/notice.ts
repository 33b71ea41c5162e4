// What people should be shown, as intents without text. The bot renders a notice from the database when it
// sends it, so a late message shows the newest state and repeated notices coalesce into one.

import type { AuditHead } from "./audit-event.ts";
import type { JsonObject } from "./json.ts";
import type { CallRef } from "./run.ts";
import type { Instant } from "./time.ts";

export type Notice =
  /** Post the plan's approval card, or bring the posted one up to date. */
  | { readonly kind: "plan-card"; readonly planId: string }
  /** Post or edit the one progress message of a run. */
  | { readonly kind: "run-progress"; readonly runId: string }
  /** Post the final message of a run. */
  | { readonly kind: "run-finished"; readonly runId: string }
  /** Ask the thread what happened to an attempt whose outcome is unknown. */
  | {
      readonly kind: "run-question";
      readonly runId: string;
      readonly call: CallRef;
      readonly attempt: number;
    }
  /** Post, or bring up to date, what a step asks: for an approval of its own, or for an answer. `opening` is 1-based. */
  | {
      readonly kind: "step-approval" | "step-inquiry";
      readonly runId: string;
      readonly stepId: string;
      readonly opening: number;
    }
  /** Say in the thread that a run is held, and the way forward. */
  | { readonly kind: "run-held"; readonly runId: string }
  /** Say in the thread that a target's open circuit breaker holds steps of a run back, or no longer does. */
  | {
      readonly kind: "breaker-open";
      readonly runId: string;
      readonly target: string;
      /** Since when it is open: one message for each opening. */
      readonly openedAt: Instant;
    }
  /** Post in the thread what an edit changed, for those who had voted. */
  | {
      readonly kind: "plan-diff";
      readonly planId: string;
      readonly fromVersion: number;
      readonly toVersion: number;
    }
  /** Say in the thread of a waiting plan that somebody else asks for the same: once for each person. */
  | { readonly kind: "plan-wanted"; readonly planId: string; readonly userId: string }
  /** Say in the thread that somebody broke the glass, and later how the review went. */
  | { readonly kind: "glass-broken"; readonly planId: string }
  /** The same to somebody who was passed over, or for whom the plan was made. */
  | { readonly kind: "glass-broken-private"; readonly planId: string; readonly userId: string }
  /** Say in the thread what a review found, or that it is overdue. */
  | { readonly kind: "glass-reviewed" | "review-overdue"; readonly planId: string }
  /** Remind those who could approve. */
  | {
      readonly kind: "plan-reminder";
      readonly planId: string;
      /** Those it is for; absent: everyone who could approve. */
      readonly people?: readonly string[];
    }
  /** Tell one person who could approve, privately, that the plan waits for them. */
  | {
      readonly kind: "reminder-private";
      readonly planId: string;
      readonly userId: string;
      /** They may decide only since it has waited so long. */
      readonly widened?: true;
    }
  /** Say in the thread that more people may approve now. */
  | { readonly kind: "plan-widened"; readonly planId: string }
  /** Say in the thread, and to the requester, that too few people are left who could approve, or enough again. */
  | { readonly kind: "plan-reach"; readonly planId: string }
  | { readonly kind: "reach-private"; readonly planId: string; readonly userId: string }
  /** Tell the requester privately how a plan or run ended. */
  | { readonly kind: "outcome-private"; readonly planId: string; readonly userId: string }
  /**
   * Give a person the link at which they approve a plan with a passkey. The link is made when it is sent, so that
   * its token is stored nowhere.
   */
  | {
      readonly kind: "step-up-link";
      readonly planId: string;
      readonly planVersion: number;
      readonly viewHash: string | null;
      readonly viewFormat: number | null;
      readonly userId: string;
      /** Where they asked; a person's id for a direct message. */
      readonly channelId: string;
      readonly threadTs: string | null;
    }
  /** Tell a person privately what came of the link made for them: their approval counts, or was refused. */
  | {
      readonly kind: "step-up-outcome";
      readonly planId: string;
      readonly userId: string;
      /** The refusal's code and sentence; null: approved. */
      readonly refused: { readonly code: string; readonly sentence: string } | null;
    }
  /** Tell a person privately that a passkey was registered for them. */
  | {
      readonly kind: "passkey-registered";
      readonly teamId: string;
      readonly userId: string;
      /** SHA-256 of the credential id. */
      readonly passkey: string;
    }
  /** Post the heads of the audit log as they were then; `fileError`: they are in no file, and why. */
  | {
      readonly kind: "audit-heads";
      readonly at: Instant;
      readonly channelId: string;
      readonly heads: readonly AuditHead[];
      readonly fileError?: string;
    }
  /** Answer a request: `message` was made by the bot. With `userId` only that person sees it. */
  | {
      readonly kind: "reply";
      /** Slack's id of the request answered, so that working on it twice answers once. */
      readonly replyId: string;
      readonly channelId: string;
      readonly threadTs: string | null;
      readonly userId: string | null;
      readonly message: JsonObject;
    }
  /** Publish a person's App Home. */
  | { readonly kind: "home"; readonly teamId: string; readonly userId: string };

/** The key under which waiting notices coalesce. */
export function noticeKey(notice: Notice): string {
  switch (notice.kind) {
    case "plan-card":
    case "glass-broken":
    case "glass-reviewed":
    case "review-overdue":
    case "plan-reminder":
    case "plan-widened":
    case "plan-reach":
      return `${notice.kind}:${notice.planId}`;
    case "run-progress":
    case "run-finished":
    case "run-held":
      return `${notice.kind}:${notice.runId}`;
    case "run-question":
      return `${notice.kind}:${notice.runId}:${callKey(notice.call)}:${notice.attempt}`;
    case "breaker-open":
      return `${notice.kind}:${notice.runId}:${notice.openedAt}:${notice.target}`;
    case "step-approval":
    case "step-inquiry":
      return `${notice.kind}:${notice.runId}:${notice.stepId}:${notice.opening}`;
    case "plan-diff":
      return `${notice.kind}:${notice.planId}:${notice.toVersion}`;
    case "plan-wanted":
    case "glass-broken-private":
    case "outcome-private":
    case "reminder-private":
    case "reach-private":
      return `${notice.kind}:${notice.planId}:${notice.userId}`;
    case "step-up-link":
    case "step-up-outcome":
      return `${notice.kind}:${notice.planId}:${notice.userId}`;
    case "passkey-registered":
      return `${notice.kind}:${notice.teamId}:${notice.passkey}`;
    case "audit-heads":
      return `${notice.kind}:${notice.at}`;
    case "reply":
      return `${notice.kind}:${notice.replyId}`;
    case "home":
      return `${notice.kind}:${notice.teamId}:${notice.userId}`;
  }
}

/** A call's name inside its run, e.g. `stop`, `stop/after/0` or `stop/rollback/0`. */
export function callKey(call: CallRef): string {
  return call.phase === "forward" ? call.stepId : `${call.stepId}/${call.phase}/${call.index}`;
}

/** The step whose call has this `callKey`: ids hold no slash. */
export function stepIdOf(key: string): string {
  const end = key.indexOf("/");
  return end === -1 ? key : key.slice(0, end);
}

/** A notice waiting in the outbox. */
export type OutboxItem = {
  readonly id: number;
  readonly key: string;
  /** Grows when the same key is noted again; an item is removed only at the version that was sent. */
  readonly version: number;
  readonly notice: Notice;
  /** Tries so far; a try without an answer may have been delivered. */
  readonly tries: number;
  readonly dueAt: Instant;
};
