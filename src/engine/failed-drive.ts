// What becomes of a run whose drive met a defect: it is driven again after a pause, and held with its thread told
// once that did not help. Requests that the last drive may have failed over are refused by name, not tried for ever.

import type { Actor } from "./identity.ts";
import type { RunEvent } from "./run.ts";
import { RunFold } from "./run-fold.ts";
import type { RunState } from "./run-state.ts";
import type { ClaimedRun, NumberedControl, RunFlush, RunStore } from "./run-store.ts";
import type { Clock } from "./time.ts";

/** Before it is driven again after the first and the second failure in a row, in milliseconds; the third holds it. */
const PAUSES_MS = [5_000, 30_000] as const;

const WORKER: Actor = { kind: "system", part: "worker" };

export type FailedDrive = {
  readonly run: Pick<ClaimedRun, "runId" | "epoch" | "plan">;
  /** Number of the last control request that what was written accounts for. */
  readonly heard: number;
  /** Flushes that were tried since the claim. */
  readonly flushes: number;
  readonly error: unknown;
};

/**
 * Puts on record what happened and gives the run back.
 * @throws when the store fails or the run's log is corrupt: its lease is then left to run out.
 */
export async function recordFailedDrive(
  { runs, clock }: { readonly runs: RunStore; readonly clock: Clock },
  { run, heard, flushes, error }: FailedDrive,
): Promise<void> {
  const { runId, epoch, plan } = run;
  const view = await runs.view(runId);
  if (view === null) return;
  const fold = new RunFold(plan);
  for (const recorded of view.events) fold.apply(recorded);
  if (fold.state.endedAt !== null) return;
  const at = clock.now();
  const pauseMs = PAUSES_MS[fold.state.failedDrives];
  const controls = pauseMs === undefined ? await runs.controls(runId, heard) : [];
  const events: RunFlush["events"] = [
    { actor: WORKER, event: { kind: "run.drive-failed", defect: nameOf(error) } },
    ...controls.map(refused),
    ...(pauseMs === undefined ? [{ actor: WORKER, event: held(fold.state, error) }] : []),
  ];
  for (const { actor, event } of events) fold.apply({ at, actor, event });
  await runs.flush({
    runId,
    epoch,
    number: flushes + 1,
    at,
    events,
    status: fold.state.status,
    wakeAt: at + (pauseMs ?? plan.holdTimeMs),
    controlSeen: controls.at(-1)?.number ?? heard,
    release: true,
    spendPlan: false,
    notices: [
      { kind: "run-progress", runId },
      ...(pauseMs === undefined ? [{ kind: "run-held", runId } as const] : []),
    ],
  });
}

function refused({ request }: NumberedControl): RunFlush["events"][number] {
  const { kind, by } = request;
  const reason = "The run's worker failed before it could be carried out.";
  return { actor: by, event: { kind: "run.control-refused", request: kind, reason, by } };
}

/** What it was held for already stays. */
function held({ heldReasons, heldFor }: RunState, error: unknown): RunEvent {
  const times = PAUSES_MS.length + 1;
  const reason = `Its worker failed ${times} times in a row (${nameOf(error)}). Whoever runs Countersign finds the details in its log.`;
  return {
    kind: "run.held",
    reasons: [...heldReasons.filter((other) => other !== reason), reason],
    ...(heldFor.length > 0 && { failedSteps: heldFor }),
  };
}

/** The message of a defect is for the program's log: nobody knows what is in it. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
