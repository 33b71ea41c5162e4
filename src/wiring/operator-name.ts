// Who works at this command line, for the log.

import { hostname, userInfo } from "node:os";

/** `root@db-1`; in a container the user may have a number only. */
export function operatorName(): string {
  let user: string;
  try {
    user = userInfo().username;
  } catch {
    user = `uid-${process.getuid?.() ?? "unknown"}`;
  }
  return `${user}@${hostname()}`;
}
