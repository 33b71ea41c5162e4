// Takes a passkey away, from a command line: it was lost, or somebody else registered it. What it approved stays.

import { COMMAND_LINE } from "./identity.ts";
import type { Passkey } from "./passkey.ts";
import type { EnginePorts } from "./use-case-ports.ts";

/** @param operator the operating system's name for the person: recorded, never used to decide. */
export function removePasskey(
  ports: Pick<EnginePorts, "stepUps" | "clock">,
  { teamId, digest, userId }: Passkey,
  operator: string,
): Promise<"removed" | "unknown"> {
  return ports.stepUps.removePasskey(teamId, digest, {
    events: [
      {
        at: ports.clock.now(),
        teamId,
        actor: COMMAND_LINE,
        conversation: null,
        planId: null,
        runId: null,
        event: {
          kind: "passkey.removed",
          passkey: digest,
          userId,
          entry: "command-line",
          operator,
        },
      },
    ],
  });
}
