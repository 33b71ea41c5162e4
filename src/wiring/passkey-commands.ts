// `countersign passkey list|remove`: which passkeys approve in whose name, and taking one away that is lost.

import type { Passkey } from "#engine/passkey.ts";
import { removePasskey } from "#engine/remove-passkey.ts";
import { formatInstant } from "#engine/time.ts";
import { createStepUpStore, listPasskeys } from "#adapters/postgres/step-up-store.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { passkeyName } from "#bot/messages/step-up-link.ts";
import type { ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { withOpened } from "./open-for-operator.ts";
import { operatorName } from "./operator-name.ts";

type Output = Pick<CommandOutput, "print" | "complain">;

export function passkeyList(overrides: ConfigOverrides, output: Output): Promise<number> {
  return withOpened(openDatabase, overrides, output, async (database) => {
    const passkeys = await listPasskeys(database);
    if (passkeys.length === 0) return output.print("Nobody has registered a passkey.");
    return output.print(passkeys.map(passkeyLine).join("\n"));
  });
}

/** @param name as `passkey list` shows it, or the whole digest. */
export function passkeyRemove(
  name: string,
  overrides: ConfigOverrides,
  output: Output,
): Promise<number> {
  return withOpened(openDatabase, overrides, output, async (database) => {
    const named = (await listPasskeys(database)).filter(({ digest }) => digest.startsWith(name));
    const [passkey, ...others] = /^[0-9a-f]{12,64}$/.test(name) ? named : [];
    if (passkey === undefined || others.length > 0) {
      output.complain(
        others.length > 0
          ? `${others.length + 1} passkeys begin with ${name}. Give more of the digest, as the audit log has it.`
          : `No passkey is named ${name}. passkey list shows their names.`,
      );
      return 1;
    }
    const ports = { stepUps: createStepUpStore(database), clock: systemClock };
    const operator = operatorName();
    const answer = await removePasskey(ports, passkey, operator);
    if (answer === "unknown") {
      output.complain(`Somebody else has removed ${name} just now.`);
      return 1;
    }
    return output.print(
      `Removed as ${operator}: passkey ${passkeyName(passkey.digest)} of ${passkey.userId}. What it approved stands: reject or withdraw what still waits, cancel what runs. At their next approval ${passkey.userId} registers a new one.`,
    );
  });
}

function passkeyLine({ digest, userId, teamId, synced, registeredAt, usedAt }: Passkey): string {
  const kind = synced ? "synchronized" : "on one device";
  const used = usedAt === null ? "never used" : `used ${formatInstant(usedAt)}`;
  return `${passkeyName(digest)}  ${userId}  ${teamId}  ${kind}, registered ${formatInstant(registeredAt)}, ${used}`;
}
