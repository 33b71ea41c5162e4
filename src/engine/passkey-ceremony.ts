// The two questions a passkey is asked: to be registered, and to sign an approval. A challenge is made of fresh
// randomness and of what is approved, so the signature is one over that; it is answered once, right or wrong.

import { canonicalJson } from "./canonical-json.ts";
import { castVote } from "./cast-vote.ts";
import type { JsonObject } from "./json.ts";
import type { NewPasskey, Passkey } from "./passkey.ts";
import type { PlanRecord } from "./plan.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { challenge, challengeDocument, prove, takeChallenge } from "./step-up.ts";
import type {
  ChallengePurpose,
  ProvenStepUp,
  SignedInStepUp,
  StepUpAct,
  StepUpProof,
} from "./step-up.ts";
import { kept, recorded, standingOfSession } from "./step-up-session.ts";
import type { StepUpPorts } from "./step-up-session.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";
import { outcomeOf } from "./vote-proof.ts";

/** For the browser: what its authenticator is given, and the salt to send back with its answer. */
export type Question = { readonly options: JsonObject; readonly salt: string };
export type PasskeyAnswer = {
  readonly salt: string;
  /** As the browser sent it, untrusted. */
  readonly response: unknown;
};

/** Base 64 URL of the 32 bytes that a passkey signs for this act. */
function challengeOf(
  { sha256 }: Pick<EnginePorts, "sha256">,
  act: StepUpAct,
  purpose: ChallengePurpose,
  salt: string,
): string {
  return base64Url(sha256(canonicalJson(challengeDocument(act, purpose, salt))));
}

/** Only the first: somebody who has a passkey uses it, and an operator removes a lost one. */
export async function askToRegister(
  ports: StepUpPorts,
  session: string,
): Promise<Result<Question, Refusal>> {
  const open = await openSession(ports, session);
  if (!open.ok) return open;
  const { stepUp, passkeys } = open.value;
  if (passkeys.length > 0) return recorded(ports, stepUp, stepUp, { code: "passkey-exists" });
  const made = await makeChallenge(ports, session, stepUp, "register");
  if (!made.ok) return made;
  const { teamId, userId } = stepUp;
  const { person } = await ports.directory.standing(teamId, userId, "cached");
  const options = await ports.passkeyCheck.registrationOptions({
    challenge: made.value.challenge,
    person,
    known: passkeys,
  });
  return accept({ options, salt: made.value.salt });
}

export async function registerPasskey(
  ports: StepUpPorts,
  session: string,
  answer: PasskeyAnswer,
): Promise<Result<Passkey, Refusal>> {
  const open = await openSession(ports, session);
  if (!open.ok) return open;
  const { stepUp, passkeys } = open.value;
  const refused = (refusal: Refusal) => recorded(ports, stepUp, stepUp, refusal);
  if (passkeys.length > 0) return refused({ code: "passkey-exists" });
  const taken = await answered(ports, session, stepUp, "register", answer.salt);
  if (!taken.ok) return refused(taken.refusal);
  const verified = await ports.passkeyCheck.verifyRegistration(answer.response, taken.value);
  if (!verified.ok) return refused({ code: "passkey-refused", detail: verified.refusal });
  const passkey = newPasskey(ports, stepUp, verified.value);
  const added = await ports.stepUps.addPasskey(passkey, toldOf(passkey));
  return added === "added" ? accept(passkey) : refused({ code: "passkey-exists" });
}

export async function askToApprove(
  ports: StepUpPorts,
  session: string,
): Promise<Result<Question, Refusal>> {
  const open = await openSession(ports, session);
  if (!open.ok) return open;
  const { stepUp, passkeys } = open.value;
  if (passkeys.length === 0) return refuse({ code: "passkey-unknown" });
  const made = await makeChallenge(ports, session, stepUp, "approve");
  if (!made.ok) return made;
  const options = await ports.passkeyCheck.assertionOptions({
    challenge: made.value.challenge,
    known: passkeys,
  });
  return accept({ options, salt: made.value.salt });
}

/** Checks the signature and casts the vote that it is for. The vote is decided like one from every other path. */
export async function approveWithPasskey(
  ports: StepUpPorts,
  session: string,
  answer: PasskeyAnswer,
): Promise<Result<{ readonly record: PlanRecord; readonly verdict: Verdict }, Refusal>> {
  const open = await openSession(ports, session);
  if (!open.ok) return open;
  const { stepUp, passkeys, record } = open.value;
  const taken = await answered(ports, session, stepUp, "approve", answer.salt);
  if (!taken.ok) return recorded(ports, stepUp, stepUp, taken.refusal);
  const signed = await signatureOf(ports, passkeys, { ...answer, challenge: taken.value });
  if (!signed.ok) return recorded(ports, stepUp, stepUp, signed.refusal);
  const proof: StepUpProof = { id: ports.ids.next("pf"), ...signed.value, at: ports.clock.now() };
  const key = { session: ports.sha256(session) };
  const proven = await ports.stepUps.change(key, (current) => kept(prove(current, proof)));
  if (proven === null) return refuse({ code: "step-up-session-over" });
  if (!proven.ok) return recorded(ports, stepUp, stepUp, proven.refusal);
  return voteWith(ports, record, proven.value);
}

async function voteWith(ports: StepUpPorts, { conversation }: PlanRecord, proven: ProvenStepUp) {
  const { teamId, userId, planId, planVersion, viewHash, viewFormat, choice } = proven;
  const proofId = proven.proof.id;
  const asker = {
    teamId,
    userId,
    conversation,
    requestId: requestIdOf(proven),
    entry: "web",
  } as const;
  const seen = { viewHash, ...(viewFormat !== null && { viewFormat }) };
  const vote = { planId, planVersion, choice, reason: null, ...seen, proofId };
  const voted = await castVote(ports, asker, vote);
  if (voted.ok) return voted;
  // Refused before the proof was looked at: nobody has told the person yet.
  const left = await ports.stepUps.find({ proof: proofId });
  if (left?.status === "proven") {
    const words = { code: voted.refusal.code, sentence: explainRefusal(voted.refusal) };
    await ports.stepUps.tell({ events: [], notices: [outcomeOf(proven, words)] });
  }
  return voted;
}

/** What the request of a proven vote is called: the same proof again is the same request. */
export function requestIdOf({ proof }: { readonly proof: StepUpProof }): string {
  return `step-up:${proof.id}`;
}

async function openSession(ports: StepUpPorts, session: string) {
  const standing = await standingOfSession(ports, session);
  if (!standing.ok) return standing;
  return standing.value.kind === "open"
    ? accept(standing.value)
    : refuse({ code: "step-up-used" } as const);
}

async function makeChallenge(
  ports: StepUpPorts,
  session: string,
  act: StepUpAct,
  purpose: ChallengePurpose,
): Promise<Result<{ readonly challenge: string; readonly salt: string }, Refusal>> {
  const salt = ports.ids.token();
  const made = challengeOf(ports, act, purpose, salt);
  const wish = { purpose, digest: ports.sha256(made) };
  const key = { session: ports.sha256(session) };
  const now = ports.clock.now();
  const asked = await ports.stepUps.change(key, (current) => kept(challenge(current, wish, now)));
  if (asked === null) return refuse({ code: "step-up-session-over" });
  return asked.ok ? accept({ challenge: made, salt }) : asked;
}

/** The challenge that was asked, taken for this answer. */
async function answered(
  ports: StepUpPorts,
  session: string,
  stepUp: SignedInStepUp,
  purpose: ChallengePurpose,
  salt: string,
): Promise<Result<string, Refusal>> {
  const asked = challengeOf(ports, stepUp, purpose, salt.slice(0, 100));
  const answer = { purpose, digest: ports.sha256(asked) };
  const key = { session: ports.sha256(session) };
  const now = ports.clock.now();
  const taken = await ports.stepUps.change(key, (current) =>
    kept(takeChallenge(current, answer, now)),
  );
  if (taken === null) return refuse({ code: "step-up-session-over" });
  return taken.ok ? accept(asked) : taken;
}

async function signatureOf(
  ports: StepUpPorts,
  passkeys: readonly Passkey[],
  answer: PasskeyAnswer & { readonly challenge: string },
): Promise<Result<Pick<StepUpProof, "passkey" | "assertion">, Refusal>> {
  const credentialId = ports.passkeyCheck.credentialIdOf(answer.response);
  const passkey = passkeys.find((one) => one.credentialId === credentialId);
  if (passkey === undefined) return refuse({ code: "passkey-unknown" });
  const { response, challenge: asked, salt } = answer;
  const verified = await ports.passkeyCheck.verifyAssertion(response, asked, passkey);
  if (!verified.ok) return refuse({ code: "passkey-refused", detail: verified.refusal });
  const { counter, assertion } = verified.value;
  const { teamId, digest } = passkey;
  const used = await ports.stepUps.usePasskey(teamId, digest, counter, ports.clock.now());
  if (used === "unknown") return refuse({ code: "passkey-unknown" });
  if (used === "behind")
    return refuse({
      code: "passkey-refused",
      detail:
        "it counts fewer uses than were seen, as a copy of it would; tell your operators, who can remove it.",
    });
  return accept({ passkey: digest, assertion: { ...assertion, salt } });
}

function newPasskey(ports: StepUpPorts, { teamId, userId }: StepUpAct, made: NewPasskey): Passkey {
  const digest = ports.sha256(made.credentialId);
  return { teamId, userId, digest, ...made, registeredAt: ports.clock.now(), usedAt: null };
}

function toldOf(passkey: Passkey): Parameters<EnginePorts["stepUps"]["addPasskey"]>[1] {
  const { teamId, userId, digest, publicKey, synced, registeredAt } = passkey;
  return {
    events: [
      {
        at: registeredAt,
        teamId,
        actor: { kind: "person", teamId, userId },
        conversation: null,
        planId: null,
        runId: null,
        event: { kind: "passkey.registered", passkey: digest, publicKey, synced, entry: "web" },
      },
    ],
    notices: [{ kind: "passkey-registered", teamId, userId, passkey: digest }],
  };
}

const BASE_64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** From hexadecimal: the engine has no encoder of its own. */
function base64Url(hex: string): string {
  const bits = Array.from(hex, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"));
  const sextets = bits.join("").match(/.{1,6}/g) ?? [];
  return sextets
    .map((sextet) => BASE_64_URL.charAt(Number.parseInt(sextet.padEnd(6, "0"), 2)))
    .join("");
}
