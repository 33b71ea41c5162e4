// The pace of messages into a playground, which limits nothing and where nobody reads along.

import type { Pace } from "#bot/outbound/pacer.ts";

export const HURRIED: Pace = { timesSlack: 20, progressEveryMs: 100, editEveryMs: 20 };
