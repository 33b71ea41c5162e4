// The last look before a run starts and before each destructive stage (reference: approval rule 9).
// Anything wrong, and anything that can't be found out, holds the run.

import type { Result } from "./result.ts";
import type { RunHeader } from "./run-store.ts";
import type { EnginePorts } from "./use-case-ports.ts";

/** Complete sentences about what holds the run, or none. */
export async function checkStart(
  ports: Pick<EnginePorts, "plans" | "directory" | "registry" | "policy" | "clock" | "sha256">,
  header: RunHeader,
  when: "start" | "destructive-stage",
): Promise<Result<null, readonly string[]>> {
  throw new Error(`${ports.policy.version} ${header.runId} ${when}`);
}
