// The pace of messages into a playground, which limits nothing and where nobody reads along.

import type { Pace } from "#bot/outbound/pacer.ts";

export const HURRIED: Pace = { timesSlack: 20, progressEveryMs: 100, editEveryMs: 20 };

/** Slack's three seconds for a window are the program's to keep, not those of a machine that runs other tests beside it. */
export const PATIENT_TRIGGERS_MS = 60_000;
