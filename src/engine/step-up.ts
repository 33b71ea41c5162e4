// A step-up: one person's way from a private link to a passkey's signature over one version of one plan. Every move
// of it is here; a link is opened by its token, a browser's session and the proof by digests and ids of their own.
//
//   issued -> signing-in                 the link was opened and Slack is asked who this is
//   signing-in -> returned               Slack sent the browser back with the state it was given, which is spent
//   returned -> signed-in                Slack named the person whom the link is for
//   signed-in -> signed-in               a challenge was made, or taken for the one answer it has
//   signed-in -> proven                  a passkey signed the challenge made for this plan's version
//   proven -> spent                      the vote was cast; final
//   issued, signing-in, returned, signed-in -> signing-in   opened again, while the link may be opened

import type { JsonObject } from "./json.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import type { StepUpRefusal } from "./step-up-refusal.ts";
import type { Instant } from "./time.ts";

/** How long a link can be opened, in milliseconds. */
export const LINK_MS = 5 * 60_000;
/** How long a browser's session lasts from the sign-in on: enough to make a first passkey. */
export const SESSION_MS = 5 * 60_000;
/** How long a passkey may take to answer a challenge. */
export const CHALLENGE_MS = 2 * 60_000;

/** What exactly is proven, and by whom. A rejection needs no proof. */
export type StepUpAct = {
  readonly teamId: string;
  readonly userId: string;
  readonly planId: string;
  readonly planVersion: number;
  readonly planHash: string;
  /** Of the card on which the person clicked, and how it was drawn; null for words. */
  readonly viewHash: string | null;
  readonly viewFormat: number | null;
  readonly choice: "approve";
};

/** What a passkey is asked to sign, and for what. */
export type ChallengePurpose = "register" | "approve";
export type Challenge = {
  readonly purpose: ChallengePurpose;
  /** SHA-256 of the challenge, which is nowhere else than in the browser. */
  readonly digest: string;
  readonly until: Instant;
};

/** The signed assertion, so that anybody with the passkey's public key can check it again. All base 64 URL. */
export type Assertion = {
  /** With the act it makes the challenge: see `challengeDocument`. */
  readonly salt: string;
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
};

export type StepUpProof = {
  readonly id: string;
  /** SHA-256 of the passkey's credential id. */
  readonly passkey: string;
  readonly assertion: Assertion;
  readonly at: Instant;
};

type Issued = StepUpAct & {
  /** SHA-256 of the link's token. */
  readonly link: string;
  readonly issuedAt: Instant;
  readonly openBy: Instant;
};
/** Digests of what only the browser and Slack know. */
type Session = { readonly session: string; readonly until: Instant };

export type IssuedStepUp = Issued & { readonly status: "issued" };
export type SigningInStepUp = Issued &
  Session & { readonly status: "signing-in"; readonly state: string; readonly nonce: string };
export type ReturnedStepUp = Issued &
  Session & { readonly status: "returned"; readonly nonce: string };
export type SignedInStepUp = Issued &
  Session & { readonly status: "signed-in"; readonly challenge: Challenge | null };
export type ProvenStepUp = Issued &
  Session & { readonly status: "proven"; readonly proof: StepUpProof };
export type SpentStepUp = Issued &
  Session & { readonly status: "spent"; readonly proof: StepUpProof; readonly spentAt: Instant };

export type StepUp =
  | IssuedStepUp
  | SigningInStepUp
  | ReturnedStepUp
  | SignedInStepUp
  | ProvenStepUp
  | SpentStepUp;

type Move<T extends StepUp> = Result<T, StepUpRefusal>;

/** @param link SHA-256 of the token in the link. */
export function issueStepUp(act: StepUpAct, link: string, now: Instant): IssuedStepUp {
  return { status: "issued", ...act, link, issuedAt: now, openBy: now + LINK_MS };
}

/** The link was opened in a browser; all three are digests of fresh random values. */
export function beginSignIn(
  stepUp: StepUp,
  given: { readonly session: string; readonly state: string; readonly nonce: string },
  now: Instant,
): Move<SigningInStepUp> {
  const open = openable(stepUp, now);
  if (!open.ok) return open;
  return accept({ ...open.value, status: "signing-in", ...given, until: now + SESSION_MS });
}

/** Why this link can't be opened any more; else what it is for. */
export function openable(stepUp: StepUp, now: Instant): Result<Issued, StepUpRefusal> {
  if (stepUp.status === "proven" || stepUp.status === "spent")
    return refuse({ code: "step-up-used" });
  if (now >= stepUp.openBy) return refuse({ code: "step-up-expired" });
  return accept(issuedOf(stepUp));
}

/** Slack sent the browser back. The state counts once, whatever comes of it. */
export function returnFromSlack(stepUp: StepUp, state: string, now: Instant): Move<ReturnedStepUp> {
  if (stepUp.status !== "signing-in" || stepUp.state !== state)
    return refuse({ code: "step-up-state-unknown" });
  if (now >= stepUp.until) return refuse({ code: "step-up-session-over" });
  const { session, nonce, until } = stepUp;
  return accept({ ...issuedOf(stepUp), status: "returned", session, nonce, until });
}

/** Whom Slack named, in answer to which nonce. */
export type SignedInAs = {
  readonly teamId: string;
  readonly userId: string;
  /** SHA-256 of the nonce in Slack's answer. */
  readonly nonce: string;
};

/** @param session of a new session: one known before the sign-in must not become the one after it. */
export function signIn(
  stepUp: StepUp,
  as: SignedInAs,
  session: string,
  now: Instant,
): Move<SignedInStepUp> {
  if (stepUp.status !== "returned" || stepUp.nonce !== as.nonce)
    return refuse({ code: "step-up-state-unknown" });
  if (now >= stepUp.until) return refuse({ code: "step-up-session-over" });
  if (as.teamId !== stepUp.teamId || as.userId !== stepUp.userId)
    return refuse({ code: "step-up-wrong-account", meant: stepUp.userId });
  return accept({
    ...issuedOf(stepUp),
    status: "signed-in",
    session,
    challenge: null,
    until: now + SESSION_MS,
  });
}

/** The person whose session this is, signed in and in time. */
export function signedIn(stepUp: StepUp, now: Instant): Move<SignedInStepUp> {
  if (stepUp.status === "proven" || stepUp.status === "spent")
    return refuse({ code: "step-up-used" });
  if (stepUp.status !== "signed-in" || now >= stepUp.until)
    return refuse({ code: "step-up-session-over" });
  return accept(stepUp);
}

/** A new challenge takes the place of one that was never answered. */
export function challenge(
  stepUp: StepUp,
  { purpose, digest }: { readonly purpose: ChallengePurpose; readonly digest: string },
  now: Instant,
): Move<SignedInStepUp> {
  const session = signedIn(stepUp, now);
  if (!session.ok) return session;
  return accept({
    ...session.value,
    challenge: { purpose, digest, until: Math.min(now + CHALLENGE_MS, session.value.until) },
  });
}

/** Takes the challenge for its one answer, before that is looked at: a wrong answer spends it, too. */
export function takeChallenge(
  stepUp: StepUp,
  { purpose, digest }: { readonly purpose: ChallengePurpose; readonly digest: string },
  now: Instant,
): Move<SignedInStepUp> {
  const session = signedIn(stepUp, now);
  if (!session.ok) return session;
  const { challenge: made } = session.value;
  if (made === null || made.purpose !== purpose || made.digest !== digest || now >= made.until)
    return refuse({ code: "step-up-challenge-unknown" });
  return accept({ ...session.value, challenge: null });
}

/** The passkey's signature over the challenge was checked. */
export function prove(stepUp: StepUp, proof: StepUpProof): Move<ProvenStepUp> {
  const session = signedIn(stepUp, proof.at);
  if (!session.ok) return session;
  const { session: digest, until } = session.value;
  return accept({ ...issuedOf(session.value), status: "proven", session: digest, until, proof });
}

/** A proof is good for one vote: it is spent before the vote is decided, whatever comes of that. */
export function spend(stepUp: StepUp, now: Instant): Move<SpentStepUp> {
  if (stepUp.status !== "proven") return refuse({ code: "step-up-used" });
  if (now >= stepUp.until) return refuse({ code: "step-up-session-over" });
  const { session, until, proof } = stepUp;
  return accept({ ...issuedOf(stepUp), status: "spent", session, until, proof, spentAt: now });
}

/** Whether what was proven is this act and no other. */
export function isOf(
  proven: StepUpAct,
  act: Omit<StepUpAct, "choice"> & { readonly choice: "approve" | "reject" },
): boolean {
  return (
    proven.teamId === act.teamId &&
    proven.userId === act.userId &&
    proven.planId === act.planId &&
    proven.planVersion === act.planVersion &&
    proven.planHash === act.planHash &&
    proven.viewHash === act.viewHash &&
    proven.viewFormat === act.viewFormat &&
    proven.choice === act.choice
  );
}

function actOf(stepUp: StepUpAct): StepUpAct {
  const { teamId, userId, planId, planVersion, planHash, viewHash, viewFormat, choice } = stepUp;
  return { teamId, userId, planId, planVersion, planHash, viewHash, viewFormat, choice };
}

/** When nothing of it counts any more. */
export function overAt(stepUp: StepUp): Instant {
  return stepUp.status === "issued" ? stepUp.openBy : Math.max(stepUp.openBy, stepUp.until);
}

/** What the challenge's 32 bytes are the SHA-256 of, as canonical JSON: the signature is one over the act. */
export function challengeDocument(
  act: StepUpAct,
  purpose: ChallengePurpose,
  salt: string,
): JsonObject {
  return { countersign: "step-up", purpose, salt, ...actOf(act) };
}

function issuedOf(stepUp: StepUp): Issued {
  const { link, issuedAt, openBy } = stepUp;
  return { ...actOf(stepUp), link, issuedAt, openBy };
}
