// Drives one claimed run to where it is blocked or ends, as a worker does, at the moment a test chooses.

import { BreakerBoard } from "#engine/breaker-board.ts";
import { decideStepApproval } from "#engine/decide-step-approval.ts";
import { RunDrive } from "#engine/drive-run.ts";
import { keepState } from "#engine/keep-state.ts";
import { RunOutput } from "#engine/run-output.ts";
import type { ClaimedRun } from "#engine/run-store.ts";
import { checkStart } from "#engine/start-check.ts";
import { Timings } from "#engine/timings.ts";
import type { EnginePorts } from "#engine/use-case-ports.ts";
import { createMemoryBreakerStore } from "#test/fakes/memory-breaker-store.ts";
import { createMemoryTimingStore } from "#test/fakes/memory-timing-store.ts";

/** @param given.mayStart false: its lease is gone. */
export async function driveRun(
  ports: EnginePorts,
  run: ClaimedRun,
  given: { readonly mayStart: () => boolean; readonly report: (error: unknown) => void },
): Promise<void> {
  const { clock, policy } = ports;
  const { mayStart, report } = given;
  const never = new AbortController().signal;
  const store = createMemoryBreakerStore();
  const drive = new RunDrive(
    {
      ...ports,
      random: () => 0.5,
      report,
      timings: new Timings({ store: createMemoryTimingStore(), clock, report }),
      breakerBoard: new BreakerBoard({ store, clock, policy: policy.breaker, report }),
      output: new RunOutput(ports, report, never),
      limits: { graceMs: 1_000 },
      checkStart: (header, when) => checkStart(ports, header, when),
      keepState: (header, about) => keepState(ports, header, about),
      decideApproval: (header, step, approval) => decideStepApproval(ports, header, step, approval),
    },
    run,
    { lost: never, stopping: never, abandon: never, mayStart },
  );
  await drive.drive();
}
