// The rules every store of step-ups and passkeys keeps.

import { expect, test } from "vitest";
import type { Notice } from "#engine/notice.ts";
import type { Passkey, StepUpStore } from "#engine/passkey.ts";
import {
  beginSignIn,
  challenge,
  LINK_MS,
  prove,
  returnFromSlack,
  signIn,
  spend,
  takeChallenge,
} from "#engine/step-up.ts";
import type { StepUp, StepUpProof } from "#engine/step-up.ts";
import type { Result } from "#engine/result.ts";
import { aStepUp } from "#test/builders/a-step-up.ts";
import { NOON } from "#test/builders/plan-records.ts";

export type StepUpStage = {
  readonly stores: readonly [StepUpStore, StepUpStore];
  /** Kinds of the events in a workspace, in order. */
  readonly eventsOf: (teamId: string) => Promise<readonly string[]>;
  readonly waitingNotices: () => Promise<readonly Notice[]>;
};

let names = 0;

/** Something nobody else has. */
function own(what: string): string {
  names += 1;
  return `${what}-stepup-${names}`;
}

function aPasskey(changes: Partial<Passkey> = {}): Passkey {
  return {
    teamId: own("T"),
    userId: "U0ANN",
    digest: own("digest-"),
    credentialId: own("credential-"),
    publicKey: "pQECAyY",
    counter: 3,
    transports: ["internal", "hybrid"],
    synced: true,
    registeredAt: NOON,
    usedAt: null,
    ...changes,
  };
}

function aProof(): StepUpProof {
  return {
    id: own("pf-"),
    passkey: "digest",
    assertion: { salt: "s", authenticatorData: "a", clientDataJSON: "c", signature: "x" },
    at: NOON,
  };
}

function moved<T extends StepUp>(move: Result<T, unknown>): T {
  if (!move.ok) throw new Error(`refused: ${JSON.stringify(move.refusal)}`);
  return move.value;
}

export function stepUpStoreSuite(stage: () => StepUpStage): void {
  test("every status comes back as it was kept, under what it is found by then", async () => {
    const [one, other] = stage().stores;
    const issued = aStepUp();
    await one.issue(issued);
    const { link } = issued;
    expect(await other.find({ link })).toEqual(issued);
    const session = own("session-");
    const again = own("session-");
    const signingIn = moved(beginSignIn(issued, { session, state: "s", nonce: "n" }, NOON));
    const returned = moved(returnFromSlack(signingIn, "s", NOON));
    const as = { teamId: issued.teamId, userId: issued.userId, nonce: "n" };
    const signedIn = moved(signIn(returned, as, again, NOON));
    const asked = moved(challenge(signedIn, { purpose: "approve", digest: "d" }, NOON));
    const taken = moved(takeChallenge(asked, { purpose: "approve", digest: "d" }, NOON));
    const proven = moved(prove(taken, aProof()));
    const spent = moved(spend(proven, NOON));
    const proof = proven.proof.id;
    for (const [stepUp, key] of [
      [signingIn, { session }],
      [returned, { session }],
      [signedIn, { session: again }],
      [asked, { session: again }],
      [taken, { link }],
      [proven, { proof }],
      [spent, { proof }],
    ] as const) {
      await one.change({ link }, () => ({ stepUp, answer: null }));
      expect(await other.find(key)).toEqual(stepUp);
    }
    expect(await other.find({ session })).toBeNull();
  });

  test("a person has one link for a plan: a new one takes the earlier one's place", async () => {
    const [one, other] = stage().stores;
    const first = aStepUp();
    await one.issue(first);
    const session = own("session-");
    await one.change({ link: first.link }, (stepUp) => ({
      stepUp: moved(beginSignIn(stepUp, { session, state: "s", nonce: "n" }, NOON)),
      answer: null,
    }));
    const second = { ...first, link: own("link-") };
    const elsewhere = { ...first, link: own("link-"), userId: "U0BOB" };
    await other.issue(second);
    await other.issue(elsewhere);
    expect(await one.find({ link: first.link })).toBeNull();
    expect(await one.find({ session })).toBeNull();
    expect(await one.find({ link: second.link })).toEqual(second);
    expect(await one.find({ link: elsewhere.link })).toEqual(elsewhere);
  });

  test("what nobody was given finds nothing and changes nothing", async () => {
    const [one] = stage().stores;
    await one.issue(aStepUp());
    for (const key of [{ link: "" }, { session: "nobody" }, { proof: "nobody" }]) {
      expect(await one.find(key)).toBeNull();
      expect(
        await one.change(key, () => {
          throw new Error("there is nothing to decide on");
        }),
      ).toBeNull();
    }
  });

  test("of many who spend one proof at once, one succeeds", async () => {
    const [one, other] = stage().stores;
    const issued = aStepUp();
    await one.issue(issued);
    const proof = aProof();
    await one.change({ link: issued.link }, () => ({
      stepUp: { ...issued, status: "proven", session: own("session-"), until: NOON + 1, proof },
      answer: null,
    }));
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? one : other).change({ proof: proof.id }, (stepUp) => {
          const spent = spend(stepUp, NOON);
          return { stepUp: spent.ok ? spent.value : null, answer: spent.ok };
        }),
      ),
    );
    expect(answers.filter((answer) => answer === true)).toHaveLength(1);
  });

  test("a decision that throws changes nothing", async () => {
    const [one] = stage().stores;
    const issued = aStepUp();
    await one.issue(issued);
    await expect(
      one.change({ link: issued.link }, () => {
        throw new Error("a defect");
      }),
    ).rejects.toThrow("a defect");
    expect(await one.find({ link: issued.link })).toEqual(issued);
  });

  test("what is over is forgotten, what may still be used is not", async () => {
    const [one] = stage().stores;
    const [old, young] = [aStepUp(), aStepUp({ openBy: NOON + 10 * LINK_MS })];
    await one.issue(old);
    await one.issue(young);
    expect(await one.removeOver(old.openBy + 1)).toBeGreaterThanOrEqual(1);
    expect(await one.find({ link: old.link })).toBeNull();
    expect(await one.find({ link: young.link })).toEqual(young);
  });

  test("a passkey is added once, with its event and its notice, and is its person's alone", async () => {
    const { stores, eventsOf, waitingNotices } = stage();
    const [one, other] = stores;
    const passkey = aPasskey();
    const { teamId, userId, digest, publicKey, synced } = passkey;
    const notice = { kind: "passkey-registered", teamId, userId, passkey: digest } as const;
    const told = {
      events: [
        {
          at: NOON,
          teamId,
          actor: { kind: "person", teamId, userId },
          conversation: null,
          planId: null,
          runId: null,
          event: { kind: "passkey.registered", passkey: digest, publicKey, synced, entry: "web" },
        },
      ],
      notices: [notice],
    } as const;
    expect(await one.addPasskey(passkey, told)).toBe("added");
    expect(await other.addPasskey({ ...passkey, userId: "U0EVE" }, told)).toBe("exists");
    expect(await other.passkeys(teamId, userId)).toEqual([passkey]);
    expect(await other.passkeys(teamId, "U0EVE")).toEqual([]);
    expect(await other.passkeys(own("T"), userId)).toEqual([]);
    expect(await eventsOf(teamId)).toEqual(["passkey.registered"]);
    expect(await waitingNotices()).toContainEqual(notice);
  });

  test("a person has one passkey, of however many that come at once", async () => {
    const [one, other] = stage().stores;
    const { teamId, userId } = aPasskey();
    const told = { events: [], notices: [] };
    const added = await Promise.all(
      [one, other, one, other].map((store) => store.addPasskey(aPasskey({ teamId, userId }), told)),
    );
    expect(added.filter((answer) => answer === "added")).toHaveLength(1);
    expect(await one.passkeys(teamId, userId)).toHaveLength(1);
    expect(await one.addPasskey(aPasskey({ teamId, userId: "U0BOB" }), told)).toBe("added");
  });

  test("a counter goes forward only; one that stays 0 is none", async () => {
    const [one, other] = stage().stores;
    const told = { events: [], notices: [] };
    const passkey = aPasskey({ counter: 3 });
    const { teamId, digest, userId } = passkey;
    await one.addPasskey(passkey, told);
    expect(await one.usePasskey(teamId, digest, 3, NOON + 1)).toBe("behind");
    expect(await one.usePasskey(teamId, digest, 0, NOON + 1)).toBe("behind");
    expect(await one.usePasskey(teamId, digest, 7, NOON + 2)).toBe("used");
    expect(await other.usePasskey(teamId, digest, 7, NOON + 3)).toBe("behind");
    expect(await one.usePasskey(own("T"), digest, 9, NOON)).toBe("unknown");
    expect(await one.passkeys(teamId, userId)).toEqual([
      { ...passkey, counter: 7, usedAt: NOON + 2 },
    ]);
    // Somebody else: a person has one.
    const uncounted = aPasskey({ teamId, userId: own("U"), counter: 0 });
    await one.addPasskey(uncounted, told);
    for (const at of [NOON + 1, NOON + 2])
      expect(await one.usePasskey(teamId, uncounted.digest, 0, at)).toBe("used");
  });

  test("of many who use one count at once, one succeeds", async () => {
    const [one, other] = stage().stores;
    const passkey = aPasskey();
    await one.addPasskey(passkey, { events: [], notices: [] });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? one : other).usePasskey(passkey.teamId, passkey.digest, 4, NOON),
      ),
    );
    expect(answers.filter((answer) => answer === "used")).toHaveLength(1);
  });

  test("a removed passkey is gone, with its event", async () => {
    const { stores, eventsOf } = stage();
    const [one] = stores;
    const passkey = aPasskey();
    const { teamId, userId, digest } = passkey;
    await one.addPasskey(passkey, { events: [], notices: [] });
    const told = {
      events: [
        {
          at: NOON,
          teamId,
          actor: { kind: "system", part: "command-line" },
          conversation: null,
          planId: null,
          runId: null,
          event: {
            kind: "passkey.removed",
            passkey: digest,
            userId,
            entry: "command-line",
            operator: "root",
          },
        },
      ],
    } as const;
    expect(await one.removePasskey(own("T"), digest, told)).toBe("unknown");
    expect(await one.removePasskey(teamId, digest, told)).toBe("removed");
    expect(await one.removePasskey(teamId, digest, told)).toBe("unknown");
    expect(await one.passkeys(teamId, userId)).toEqual([]);
    expect(await eventsOf(teamId)).toEqual(["passkey.removed"]);
  });
}
