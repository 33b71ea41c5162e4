import { describe, expect, test } from "vitest";
import {
  beginSignIn,
  challenge,
  challengeDocument,
  CHALLENGE_MS,
  isOf,
  issueStepUp,
  LINK_MS,
  openable,
  overAt,
  prove,
  returnFromSlack,
  SESSION_MS,
  signIn,
  spend,
  takeChallenge,
} from "./step-up.ts";
import type { StepUp, StepUpAct, StepUpProof } from "./step-up.ts";
import type { Result } from "./result.ts";

const NOW = 1_000_000;
const act: StepUpAct = {
  teamId: "T0ACME",
  userId: "U0ANN",
  planId: "pl-1",
  planVersion: 2,
  planHash: "hash-2",
  viewHash: "view-2",
  viewFormat: 1,
  choice: "approve",
};
const proof = (at = NOW): StepUpProof => ({
  id: "pf-1",
  passkey: "digest",
  assertion: { salt: "s", authenticatorData: "a", clientDataJSON: "c", signature: "x" },
  at,
});

function moved<T>(move: Result<T, { readonly code: string }>): T {
  if (!move.ok) throw new Error(move.refusal.code);
  return move.value;
}
const codeOf = (move: Result<unknown, { readonly code: string }>) =>
  move.ok ? "accepted" : move.refusal.code;

const issued = issueStepUp(act, "link", NOW);
const signingIn = moved(
  beginSignIn(issued, { session: "before", state: "state", nonce: "nonce" }, NOW),
);
const returned = moved(returnFromSlack(signingIn, "state", NOW));
const ann = { teamId: "T0ACME", userId: "U0ANN", nonce: "nonce" };
const signedIn = moved(signIn(returned, ann, "after", NOW));
const asked = moved(challenge(signedIn, { purpose: "approve", digest: "challenge" }, NOW));
const proven = moved(prove(signedIn, proof()));
const spent = moved(spend(proven, NOW));
const every: Readonly<Record<StepUp["status"], StepUp>> = {
  issued,
  "signing-in": signingIn,
  returned,
  "signed-in": signedIn,
  proven,
  spent,
};

type Moves = Readonly<Record<string, (stepUp: StepUp) => Result<unknown, { code: string }>>>;
const moves: Moves = {
  open: (stepUp) => openable(stepUp, NOW),
  "begin to sign in": (stepUp) =>
    beginSignIn(stepUp, { session: "new", state: "new", nonce: "new" }, NOW),
  return: (stepUp) => returnFromSlack(stepUp, "state", NOW),
  "sign in": (stepUp) => signIn(stepUp, ann, "new", NOW),
  challenge: (stepUp) => challenge(stepUp, { purpose: "approve", digest: "d" }, NOW),
  prove: (stepUp) => prove(stepUp, proof()),
  spend: (stepUp) => spend(stepUp, NOW),
};

describe("a step-up", () => {
  // Statuses in which each move is accepted; every other pair is refused.
  test.each([
    ["open", ["issued", "signing-in", "returned", "signed-in"]],
    ["begin to sign in", ["issued", "signing-in", "returned", "signed-in"]],
    ["return", ["signing-in"]],
    ["sign in", ["returned"]],
    ["challenge", ["signed-in"]],
    ["prove", ["signed-in"]],
    ["spend", ["proven"]],
  ])("can %s from %j and from nothing else", (name, from) => {
    const accepted = Object.entries(every)
      .filter(([, stepUp]) => moves[name]?.(stepUp).ok)
      .map(([status]) => status);
    expect(accepted).toEqual(from);
  });

  test("keeps what it is for through every move", () => {
    for (const stepUp of Object.values(every)) expect(isOf(stepUp, act)).toBe(true);
  });

  test("is for this person, plan, version, hash, view and choice alone", () => {
    for (const other of [
      { teamId: "T0OTHER" },
      { userId: "U0BOB" },
      { planId: "pl-2" },
      { planVersion: 3 },
      { planHash: "hash-3" },
      { viewHash: null },
    ])
      expect(isOf(proven, { ...act, ...other })).toBe(false);
  });

  test("has a link that is good for five minutes", () => {
    expect(codeOf(openable(issued, NOW + LINK_MS - 1))).toBe("accepted");
    expect(codeOf(openable(issued, NOW + LINK_MS))).toBe("step-up-expired");
    const wish = { session: "s", state: "t", nonce: "n" };
    expect(codeOf(beginSignIn(issued, wish, NOW + LINK_MS))).toBe("step-up-expired");
  });

  test("gives a browser that began in time five minutes of its own", () => {
    const last = NOW + LINK_MS - 1;
    const late = moved(beginSignIn(issued, { session: "s", state: "t", nonce: "nonce" }, last));
    const back = moved(returnFromSlack(late, "t", last + SESSION_MS - 1));
    expect(codeOf(returnFromSlack(late, "t", last + SESSION_MS))).toBe("step-up-session-over");
    expect(codeOf(signIn(back, ann, "after", last + SESSION_MS))).toBe("step-up-session-over");
    expect(overAt(late)).toBe(last + SESSION_MS);
  });

  test("takes Slack's answer to its own state, once, and to its own nonce", () => {
    expect(codeOf(returnFromSlack(signingIn, "another", NOW))).toBe("step-up-state-unknown");
    expect(codeOf(returnFromSlack(returned, "state", NOW))).toBe("step-up-state-unknown");
    expect(codeOf(signIn(returned, { ...ann, nonce: "another" }, "after", NOW))).toBe(
      "step-up-state-unknown",
    );
  });

  test("is of the person whom Slack names, in this workspace", () => {
    expect(codeOf(signIn(returned, { ...ann, userId: "U0EVE" }, "after", NOW))).toBe(
      "step-up-wrong-account",
    );
    expect(codeOf(signIn(returned, { ...ann, teamId: "T0EVIL" }, "after", NOW))).toBe(
      "step-up-wrong-account",
    );
  });

  test("goes on in a session that was not known before the sign-in", () => {
    expect(signingIn.session).toBe("before");
    expect(signedIn.session).toBe("after");
  });

  test("opened again begins again: the earlier session and its state are gone", () => {
    const again = moved(beginSignIn(signedIn, { session: "b", state: "t", nonce: "n" }, NOW));
    expect(codeOf(returnFromSlack(again, "state", NOW))).toBe("step-up-state-unknown");
    expect(again.session).toBe("b");
  });

  test.each([
    ["for something else", { purpose: "register", digest: "challenge" }, NOW],
    ["to another challenge", { purpose: "approve", digest: "other" }, NOW],
    ["too late", { purpose: "approve", digest: "challenge" }, NOW + CHALLENGE_MS],
  ] as const)("refuses an answer %s", (_, answer, at) => {
    expect(codeOf(takeChallenge(asked, answer, at))).toBe("step-up-challenge-unknown");
  });

  test("takes one answer to a challenge", () => {
    const answer = { purpose: "approve", digest: "challenge" } as const;
    const taken = moved(takeChallenge(asked, answer, NOW));
    expect(codeOf(takeChallenge(taken, answer, NOW))).toBe("step-up-challenge-unknown");
  });

  test("asks nothing that outlasts the session", () => {
    const end = signedIn.until;
    const made = moved(challenge(signedIn, { purpose: "approve", digest: "d" }, end - 10));
    expect(made.challenge?.until).toBe(end);
    expect(codeOf(challenge(signedIn, { purpose: "approve", digest: "d" }, end))).toBe(
      "step-up-session-over",
    );
  });

  test("has one proof, which is spent once and in time", () => {
    expect(codeOf(spend(spent, NOW))).toBe("step-up-used");
    expect(codeOf(spend(proven, proven.until))).toBe("step-up-session-over");
    expect(codeOf(prove(proven, proof()))).toBe("step-up-used");
  });

  test("has a passkey sign all of what it is for", () => {
    const document = challengeDocument(act, "approve", "salt");
    expect(document).toMatchObject({ ...act, purpose: "approve", salt: "salt" });
    expect(Object.keys(document)).toHaveLength(Object.keys(act).length + 3);
  });
});
