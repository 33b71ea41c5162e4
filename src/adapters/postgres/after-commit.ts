// What the stores say once something was committed that somebody may be waiting for. Losing it is harmless:
// sweepers find the same in the tables.

import type { Bell } from "#engine/dispatcher.ts";

/** Called after a commit, never inside a transaction. Must not throw. */
export type Ring = (bell: Bell, id: string) => void;

export const ringNobody: Ring = () => undefined;
