// Why a step-up, a sign-in for one or a passkey is refused, and the words for it. Part of every refusal there is.

/** `detail`: a complete sentence without anything that a browser sent. */
export type StepUpRefusal =
  /** The plan's policy asks for a passkey, and none signed this vote. */
  | { readonly code: "step-up-needed"; readonly planId: string }
  /** The policy asks for a passkey, and this program has no address at which one could be used. */
  | { readonly code: "step-up-not-set-up" }
  /** Nothing has this token: mistyped, removed, or replaced by a newer link. */
  | { readonly code: "step-up-unknown" }
  | { readonly code: "step-up-expired" }
  | { readonly code: "step-up-used" }
  /** The browser has no session, or one that has ended. */
  | { readonly code: "step-up-session-over" }
  /** Slack answered a sign-in that was not begun here, or answered one again. */
  | { readonly code: "step-up-state-unknown" }
  | { readonly code: "step-up-sign-in-failed"; readonly detail: string }
  /** `meant`: whom the link is for. */
  | { readonly code: "step-up-wrong-account"; readonly meant: string }
  | { readonly code: "step-up-challenge-unknown" }
  | { readonly code: "passkey-refused"; readonly detail: string }
  | { readonly code: "passkey-unknown" }
  | { readonly code: "passkey-exists" };

export function explainStepUpRefusal(refusal: StepUpRefusal): string {
  switch (refusal.code) {
    case "step-up-needed":
      return `Plan ${refusal.planId} is approved with a passkey, so this approval does not count by itself. Press Approve on its card, or say approve in its thread: a link that is good for a few minutes comes to you alone.`;
    case "step-up-not-set-up":
      return "This plan is approved with a passkey, and passkeys are not set up here. An operator must set public_url in the configuration, and SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.";
    case "step-up-unknown":
      return "This link is not known here. It may be incomplete, or a newer one took its place: use the newest one, or press Approve in Slack again.";
    case "step-up-expired":
      return "This link was good for five minutes, which are over. Press Approve in Slack again for a new one.";
    case "step-up-used":
      return "This link has been used. What came of it is in the plan's thread in Slack.";
    case "step-up-session-over":
      return "This browser is not signed in for an approval, or the time for it is over. Open the newest link from Slack, or press Approve there again.";
    case "step-up-state-unknown":
      return "Slack's answer does not belong to a sign-in that was begun in this browser, so nobody was signed in. Open the link from Slack again.";
    case "step-up-sign-in-failed":
      return `The sign-in with Slack did not succeed: ${refusal.detail} Open the link from Slack again.`;
    case "step-up-wrong-account":
      return `You are signed in to Slack as somebody else than @${refusal.meant}, for whom this link is. Nothing was approved. Switch to that account in Slack, or press Approve there as yourself.`;
    case "step-up-challenge-unknown":
      return "The passkey answered a question that was not asked here, or was asked too long ago. Try again on this page.";
    case "passkey-refused":
      return `The passkey was not accepted: ${refusal.detail} Nothing was approved.`;
    case "passkey-exists":
      return "You have a passkey here already, so no other is registered. Use that one. If it is lost, ask an operator to remove it.";
    case "passkey-unknown":
      return "This passkey is not one of yours that are known here. Use the one you registered, or ask an operator to remove a lost one.";
  }
}
