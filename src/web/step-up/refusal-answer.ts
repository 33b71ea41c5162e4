// A refusal as the pages show it: the status, a title, and its sentence with people by name.

import type { Directory } from "#engine/identity.ts";
import { DirectoryUnavailable } from "#engine/identity.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import type { Refusal } from "#engine/refusal.ts";

export type RefusalAnswer = {
  readonly status: number;
  readonly title: string;
  readonly sentence: string;
};

export async function refusalAnswer(
  directory: Directory,
  teamId: string,
  refusal: Refusal,
): Promise<RefusalAnswer> {
  const [status, title] = headOf(refusal);
  return { status, title, sentence: await withNames(directory, teamId, explainRefusal(refusal)) };
}

function headOf(refusal: Refusal): readonly [number, string] {
  switch (refusal.code) {
    case "step-up-unknown":
      return [404, "This link is not known"];
    case "step-up-expired":
      return [410, "This link has expired"];
    case "step-up-used":
      return [410, "This link has been used"];
    case "step-up-session-over":
      return [401, "You are not signed in"];
    case "step-up-state-unknown":
      return [400, "This sign-in was not begun here"];
    case "step-up-sign-in-failed":
      return [403, "You are not signed in"];
    case "step-up-wrong-account":
      return [403, "This link is for another person"];
    case "step-up-challenge-unknown":
    case "passkey-refused":
    case "passkey-unknown":
    case "passkey-exists":
      return [403, "The passkey was not accepted"];
    case "already-decided":
      return [409, "The plan was decided meanwhile"];
    case "stale-version":
    case "hash-changed":
      return [409, "The plan was edited meanwhile"];
    case "expired":
      return [409, "The time to approve is over"];
    case "plan-not-found":
      return [404, "There is no such plan"];
    case "directory-unavailable":
      return [503, "Slack could not be asked"];
    default:
      return [403, "Not approved"];
  }
}

/** `@U0ANN` becomes `@Ann Okafor` where Slack can be asked. */
async function withNames(directory: Directory, teamId: string, sentence: string): Promise<string> {
  const ids = new Set(Array.from(sentence.matchAll(/@([UW][A-Z0-9]{2,30})\b/g), ([, id]) => id));
  let named = sentence;
  for (const id of ids) {
    if (id === undefined) continue;
    const name = await nameOf(directory, teamId, id);
    named = named.replaceAll(`@${id}`, () => `@${name}`);
  }
  return named;
}

/** For display only; the id where the name can't be had. */
export async function nameOf(
  directory: Directory,
  teamId: string,
  userId: string,
): Promise<string> {
  try {
    return (await directory.standing(teamId, userId, "cached")).person.name;
  } catch (error) {
    if (error instanceof DirectoryUnavailable) return userId;
    throw error;
  }
}
