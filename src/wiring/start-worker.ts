// Starts the half that runs approved plans, ended with the process. Speaks to nobody.

import { BreakerBoard } from "#engine/breaker-board.ts";
import { decideStepApproval } from "#engine/decide-step-approval.ts";
import { keepState } from "#engine/keep-state.ts";
import { createRunWorker, DEFAULT_WORKER } from "#engine/run-worker.ts";
import { checkStart } from "#engine/start-check.ts";
import { Timings } from "#engine/timings.ts";
import type { BotPorts } from "#bot/bot-ports.ts";
import { STOP_GRACE_MS } from "./lifetimes.ts";
import type { Oversight } from "./oversight.ts";

export async function startWorker(
  ports: BotPorts,
  owner: string,
  { metrics, defect, lifetimes }: Oversight,
): Promise<void> {
  const report = defect("worker");
  const worker = createRunWorker(
    {
      ...ports,
      random: Math.random,
      checkStart: (header, when) => checkStart(ports, header, when),
      keepState: (header, about) => keepState(ports, header, about),
      breakerBoard: new BreakerBoard({
        store: ports.breakers,
        clock: ports.clock,
        policy: ports.policy.breaker,
        report,
        onTrip: metrics.breakerOpened,
      }),
      timings: new Timings({ store: ports.timings, clock: ports.clock, report }),
      decideApproval: (header, step, approval) => decideStepApproval(ports, header, step, approval),
      report,
    },
    { ...DEFAULT_WORKER, owner },
  );
  await worker.start();
  lifetimes.add("worker", () => worker.stop(STOP_GRACE_MS));
}
