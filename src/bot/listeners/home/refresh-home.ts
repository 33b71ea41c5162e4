// Has a person's App Home made anew.

import type { Desk } from "../../requester.ts";

export async function refreshHome({ ports, slack }: Desk, userId: string): Promise<void> {
  await ports.outbox.note(
    [{ kind: "home", teamId: slack.identity.teamId, userId }],
    ports.clock.now(),
  );
}
