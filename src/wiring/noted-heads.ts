// Heads of the audit log that somebody noted elsewhere, as `audit verify` prints them: the one proof against a chain
// that was cut off or written anew as a whole.

import type { AuditHead } from "#engine/audit-event.ts";
import { INCOMPLETE } from "#adapters/audit-file/head-file.ts";
import { ConfigError } from "../config/config-error.ts";
import { readNamedLines } from "./read-named-file.ts";

const EXPECTED = "a head as `audit verify` prints it: TEAM/NUMBER/HASH";

/**
 * @param given a head on the command line, and the name of a file of them, one a line, with or without the word `head`
 * before it and a remark after a `#`. A line that was cut off when it was written says so at its end and is left out.
 * @throws {ConfigError} for what is no head, for a file without any, and for two that contradict each other.
 */
export async function notedHeads(given: {
  readonly head: string | null;
  readonly heads: string | null;
}): Promise<readonly AuditHead[]> {
  const noted = new Map<string, AuditHead>();
  const note = (text: string, source: string, path: string): void => {
    const head = headOf(text);
    if (head === null) throw new ConfigError(source, [{ path, found: text, expected: EXPECTED }]);
    const place = `${head.teamId}/${head.seq}`;
    const before = noted.get(place);
    if (before !== undefined && before.hash !== head.hash) {
      const expected = `${place}/${before.hash}, as noted before: one of them is false`;
      throw new ConfigError(source, [{ path, found: text, expected }]);
    }
    noted.set(place, head);
  };
  if (given.head !== null) note(given.head, "The command line", "--head");
  if (given.heads !== null) {
    let line = 0;
    for await (const text of await readNamedLines(given.heads)) {
      line += 1;
      const head = text.endsWith(INCOMPLETE) ? "" : text.replace(/(^|\s)#.*$/, "").trim();
      if (head !== "") note(head, given.heads, `line ${line}`);
    }
    if (noted.size === 0)
      throw new ConfigError(given.heads, [{ path: "", found: "nothing", expected: EXPECTED }]);
  }
  return [...noted.values()];
}

/** Anchors on the command line, as `audit retain` prints them. @throws {ConfigError} */
export function anchorsOf(given: readonly string[]): readonly AuditHead[] {
  return given.map((text) => {
    const head = headOf(text);
    if (head !== null) return head;
    throw new ConfigError("The command line", [
      {
        path: "--anchor",
        found: text,
        expected: "an anchor as `audit retain` prints it: TEAM/NUMBER/HASH",
      },
    ]);
  });
}

function headOf(text: string): AuditHead | null {
  const match = /^(?:head )?([A-Z0-9]+)\/(\d+)\/([0-9a-f]{64})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return null;
  return { teamId: match[1], seq: Number(match[2]), hash: match[3] };
}
