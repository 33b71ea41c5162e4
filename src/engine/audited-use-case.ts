// The frame around every use case a person reaches: what it refuses is in the audit log before the person is
// told, and a directory that can't be asked refuses.

import type { AuditEntry } from "./audit-event.ts";
import { remedyOf } from "./gather-facts.ts";
import { DirectoryUnavailable } from "./identity.ts";
import type { Actor } from "./identity.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { Refusal } from "./refusal.ts";
import { refuse } from "./result.ts";
import type { Result } from "./result.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type Attempt = {
  /** In the glossary's words: `approve plan pl-...`. */
  readonly attempted: string;
  readonly planId: string | null;
  readonly runId: string | null;
};

export function personActor({
  teamId,
  userId,
}: {
  readonly teamId: string;
  readonly userId: string;
}): Actor {
  return { kind: "person", teamId, userId };
}

/** Runs a use case and records its refusal, if it is one. */
export async function audited<T>(
  ports: Pick<EnginePorts, "audit" | "clock" | "directory" | "policy">,
  asker: Asker,
  attempt: Attempt,
  act: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const result = await refusingWithoutDirectory(act);
  if (result.ok) return result;
  const refusal = withRemedy(ports, result.refusal);
  await ports.audit.append([refusedEntry(asker, attempt, refusal, ports.clock.now())]);
  return refuse(refusal);
}

/** Where waiting doesn't help, what does. */
function withRemedy(ports: Pick<EnginePorts, "directory" | "policy">, refusal: Refusal): Refusal {
  if (refusal.code !== "directory-unavailable") return refusal;
  const remedy = remedyOf(ports, refusal.groups ?? []);
  return remedy === null ? refusal : { ...refusal, remedy };
}

async function refusingWithoutDirectory<T>(
  act: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error;
    return refuse({ code: "directory-unavailable", detail: error.message });
  }
}

function refusedEntry(asker: Asker, attempt: Attempt, refusal: Refusal, at: number): AuditEntry {
  // An id that names nothing is text somebody typed: it stays in `attempted` and links to nothing.
  const { code } = refusal;
  return {
    at,
    teamId: asker.teamId,
    actor: personActor(asker),
    conversation: asker.conversation,
    planId: code === "plan-not-found" ? null : attempt.planId,
    runId: code === "run-not-found" ? null : attempt.runId,
    event: {
      kind: "refused",
      attempted: attempt.attempted.slice(0, 300),
      code,
      explanation: explainRefusal(refusal).slice(0, 2000),
      entry: asker.entry,
    },
  };
}
