// A browser's way through a step-up, from the opened link to the signed-in person. The browser holds a token; here are
// its digests. Every refusal that can be laid to somebody's link is in the audit log when it is answered.

import { explainRefusal } from "./explain-refusal.ts";
import { ENGINE } from "./identity.ts";
import type { Refusal } from "./refusal.ts";
import { votable } from "./issue-step-up.ts";
import type { Passkey, PasskeyCheck, SlackSignIn } from "./passkey.ts";
import type { PlanRecord } from "./plan.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { beginSignIn, openable, returnFromSlack, signedIn, signIn } from "./step-up.ts";
import type { SignedInStepUp, SpentStepUp, StepUp, StepUpAct } from "./step-up.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import { outcomeOf } from "./vote-proof.ts";

export type StepUpPorts = EnginePorts & {
  readonly passkeyCheck: PasskeyCheck;
  readonly slackSignIn: SlackSignIn;
};

/** What an opened link is for. Looking at it changes nothing: whatever fetches links to preview them may. */
export async function lookAtLink(
  ports: StepUpPorts,
  token: string,
): Promise<Result<{ readonly stepUp: StepUp; readonly record: PlanRecord }, Refusal>> {
  const stepUp = await ports.stepUps.find({ link: ports.sha256(token) });
  if (stepUp === null) return refuse({ code: "step-up-unknown" });
  const open = openable(stepUp, ports.clock.now());
  if (!open.ok) return open;
  const record = await planOf(ports, stepUp);
  return record.ok ? accept({ stepUp, record: record.value }) : record;
}

/** Sends the browser to Slack, bound by a session, a state and a nonce made for it. */
export async function beginStepUp(
  ports: StepUpPorts,
  { token, redirectUri }: { readonly token: string; readonly redirectUri: string },
): Promise<Result<{ readonly session: string; readonly location: string }, Refusal>> {
  const looked = await lookAtLink(ports, token);
  if (!looked.ok) return looked;
  const { sha256 } = ports;
  const [session, state, nonce] = [ports.ids.token(), ports.ids.token(), ports.ids.token()];
  const digests = { session: sha256(session), state: sha256(state), nonce: sha256(nonce) };
  const now = ports.clock.now();
  const begun = await ports.stepUps.change({ link: sha256(token) }, (stepUp) =>
    kept(beginSignIn(stepUp, digests, now)),
  );
  if (begun === null) return refuse({ code: "step-up-unknown" });
  if (!begun.ok) return begun;
  const { teamId } = begun.value;
  const location = ports.slackSignIn.authorizeUrl({ teamId, state, nonce, redirectUri });
  return accept({ session, location });
}

/** Slack sent the browser back. Answers a new session, signed in, or who is not. */
export async function finishSignIn(
  ports: StepUpPorts,
  given: {
    readonly session: string;
    readonly state: string;
    /** Null: Slack sent no code, because the person said no. */
    readonly code: string | null;
    readonly redirectUri: string;
  },
): Promise<Result<{ readonly session: string }, Refusal>> {
  const key = { session: ports.sha256(given.session) };
  const state = ports.sha256(given.state);
  const now = ports.clock.now();
  const before = await ports.stepUps.find(key);
  if (before === null) return refuse({ code: "step-up-session-over" });
  const returned = await ports.stepUps.change(key, (stepUp) =>
    kept(returnFromSlack(stepUp, state, now)),
  );
  if (returned === null) return refuse({ code: "step-up-session-over" });
  if (!returned.ok) return recorded(ports, before, null, returned.refusal);
  const named = await identity(ports, given.code, given.redirectUri);
  if (!named.ok) return recorded(ports, before, null, named.refusal);
  const { teamId, userId } = named.value;
  const session = ports.ids.token();
  const as = { teamId, userId, nonce: ports.sha256(named.value.nonce) };
  const done = await ports.stepUps.change(key, (stepUp) =>
    kept(signIn(stepUp, as, ports.sha256(session), ports.clock.now())),
  );
  if (done === null) return refuse({ code: "step-up-session-over" });
  return done.ok ? accept({ session }) : recorded(ports, before, as, done.refusal);
}

async function identity(ports: StepUpPorts, code: string | null, redirectUri: string) {
  if (code === null)
    return refuse({
      code: "step-up-sign-in-failed",
      detail: "Slack was not allowed to say who you are.",
    } as const);
  const named = await ports.slackSignIn.identityOf({ code, redirectUri });
  if (named.ok) return named;
  return refuse({ code: "step-up-sign-in-failed", detail: named.refusal } as const);
}

/** Where a signed-in browser stands. */
export type StepUpStanding =
  /** The plan can be approved with one of these passkeys, or with one to be registered. */
  | {
      readonly kind: "open";
      readonly stepUp: SignedInStepUp;
      readonly record: PlanRecord;
      readonly passkeys: readonly Passkey[];
    }
  /** It was used for a vote; the plan as it is now. */
  | { readonly kind: "done"; readonly stepUp: SpentStepUp; readonly record: PlanRecord };

export async function standingOfSession(
  ports: StepUpPorts,
  session: string,
): Promise<Result<StepUpStanding, Refusal>> {
  const stepUp = await ports.stepUps.find({ session: ports.sha256(session) });
  if (stepUp === null) return refuse({ code: "step-up-session-over" });
  if (stepUp.status === "spent" && ports.clock.now() < stepUp.until) {
    const record = await ports.plans.get(stepUp.planId);
    if (record !== null) return accept({ kind: "done", stepUp, record });
  }
  const open = signedIn(stepUp, ports.clock.now());
  if (!open.ok) return open;
  const record = await planOf(ports, stepUp);
  if (!record.ok) return record;
  const passkeys = await ports.stepUps.passkeys(stepUp.teamId, stepUp.userId);
  return accept({ kind: "open", stepUp: open.value, record: record.value, passkeys });
}

/** The plan that a step-up is for, while its version can be voted on. */
async function planOf(
  ports: Pick<EnginePorts, "plans" | "clock">,
  act: StepUpAct,
): Promise<Result<PlanRecord, Refusal>> {
  const record = await ports.plans.get(act.planId);
  if (record === null) return refuse({ code: "plan-not-found", planId: act.planId });
  const open = votable(record, act.planVersion, ports.clock.now());
  if (!open.ok) return open;
  return record.hash === act.planHash ? open : refuse({ code: "hash-changed" });
}

/** What `StepUpStore.change` is told: a move is kept, a refusal changes nothing. */
export function kept<T extends StepUp, R>(
  move: Result<T, R>,
): { readonly stepUp: T | null; readonly answer: Result<T, R> } {
  return { stepUp: move.ok ? move.value : null, answer: move };
}

/**
 * Writes a refusal into the log, and has the person told for whom the link is.
 * @param by whom Slack named; null: nobody is known to have done it.
 */
export async function recorded(
  ports: Pick<EnginePorts, "stepUps" | "clock" | "plans">,
  about: StepUpAct,
  by: { readonly teamId: string; readonly userId: string } | null,
  refusal: Refusal,
): Promise<{ readonly ok: false; readonly refusal: Refusal }> {
  const record = await ports.plans.get(about.planId);
  const { code } = refusal;
  const sentence = explainRefusal(refusal).slice(0, 2000);
  await ports.stepUps.tell({
    events: [
      {
        at: ports.clock.now(),
        teamId: about.teamId,
        actor: by === null ? ENGINE : { kind: "person", teamId: by.teamId, userId: by.userId },
        conversation: record?.conversation ?? null,
        planId: record?.id ?? null,
        runId: null,
        event: {
          kind: "refused",
          attempted: `approve plan ${about.planId} with a passkey as @${about.userId}`,
          code,
          explanation: sentence,
          entry: "web",
        },
      },
    ],
    notices: [outcomeOf(about, { code, sentence })],
  });
  return refuse(refusal);
}
