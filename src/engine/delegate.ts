// Hands somebody's say to another for a time, and takes it back. Anyone may hand on what they have; for which plans
// it counts is decided with each vote.

import { audited, personActor } from "./audited-use-case.ts";
import type { AuditEntry, DecisionEvent } from "./audit-event.ts";
import { LONGEST_DELEGATION_MS } from "./delegation.ts";
import type { Delegation } from "./delegation.ts";
import { standingNow } from "./gather-facts.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import type { Instant } from "./time.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type Delegate = {
  readonly toUserId: string;
  /** It ends then. */
  readonly until: Instant;
};

export type Delegated = {
  readonly delegation: Delegation;
  /** The one that ended by this. */
  readonly replaced: Delegation | null;
};

/** Every refusal is in the audit log when this returns. */
export async function delegate(
  ports: EnginePorts,
  asker: Asker,
  { toUserId, until }: Delegate,
): Promise<Result<Delegated, Refusal>> {
  const attempted = `delegate to @${toUserId}`;
  return audited(ports, asker, { attempted, planId: null, runId: null }, async () => {
    const { teamId, userId: fromUserId, requestId } = asker;
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    if (toUserId === fromUserId) return refuse({ code: "delegate-self" });
    const standing = await standingNow(ports, { teamId, userId: toUserId });
    if (standing.kind === "refused")
      return refuse({ code: "delegate-not-a-member", userId: toUserId, reason: standing.reason });
    const createdAt = ports.clock.now();
    if (until <= createdAt) return refuse({ code: "delegation-time", until, why: "past" });
    if (until - createdAt > LONGEST_DELEGATION_MS)
      return refuse({ code: "delegation-time", until, why: "too-long" });
    const delegation: Delegation = {
      id: ports.ids.next("dg"),
      teamId,
      fromUserId,
      toUserId,
      until,
      createdAt,
      revokedAt: null,
      requestId,
    };
    const added = await ports.delegations.add(delegation, (replaced) =>
      entryOf(asker, createdAt, {
        kind: "delegation.made",
        delegationId: delegation.id,
        toUserId,
        until,
        replaces: replaced?.id ?? null,
        requestId,
      }),
    );
    return accept(
      added.kind === "added"
        ? { delegation, replaced: added.replaced }
        : { delegation: added.delegation, replaced: null },
    );
  });
}

/** Takes the asker's own delegation back. Every refusal is in the audit log when this returns. */
export async function revokeDelegation(
  ports: EnginePorts,
  asker: Asker,
): Promise<Result<Delegation, Refusal>> {
  const attempt = { attempted: "take a delegation back", planId: null, runId: null };
  return audited(ports, asker, attempt, async () => {
    const { teamId, userId, requestId } = asker;
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const at = ports.clock.now();
    const revoked = await ports.delegations.revoke({ teamId, userId, at }, (delegation) =>
      entryOf(asker, at, {
        kind: "delegation.revoked",
        delegationId: delegation.id,
        toUserId: delegation.toUserId,
        requestId,
      }),
    );
    return revoked === null ? refuse({ code: "no-delegation" }) : accept(revoked);
  });
}

function entryOf(asker: Asker, at: Instant, event: DecisionEvent): AuditEntry {
  const { teamId, conversation } = asker;
  return { at, teamId, actor: personActor(asker), conversation, planId: null, runId: null, event };
}
