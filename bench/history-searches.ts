// What is looked for in the seeded history: every filter by itself, filters together that have much, little or nothing
// in common, what was there long ago only, and words.

import type { HistoryFilter } from "../src/engine/audit-event.ts";
import type { Seeded } from "./search-seed.ts";

/** A whole number from 0 up to below its argument. */
export type Draw = (below: number) => number;

type Wanted = Omit<HistoryFilter, "teamId" | "limit"> & { readonly limit?: number };
export type Search = {
  readonly name: string;
  readonly filter: (draw: Draw, seeded: Seeded) => Wanted;
};

const DAY = 86_400_000;
const OUTCOMES = [
  "completed",
  "failed",
  "rejected",
  "withdrawn",
  "expired",
  "rolled-back",
  "canceled",
  "running",
];

export const BY_FILTERS: readonly Search[] = [
  { name: "newest", filter: () => ({}) },
  { name: "newest, 100 a page", filter: () => ({ limit: 100 }) },
  { name: "environment of 70 %", filter: () => ({ environment: "production" }) },
  { name: "environment of 1 %", filter: () => ({ environment: "sandbox" }) },
  { name: "operation, one of 40", filter: (draw) => ({ operation: `op.n${draw(40)}` }) },
  { name: "operation in 1 of 10,000", filter: () => ({ operation: "op.rare" }) },
  { name: "operation of long ago", filter: () => ({ operation: "op.retired" }) },
  { name: "person, one of 300", filter: (draw) => ({ person: `U${draw(300)}` }) },
  { name: "person who votes on half", filter: () => ({ person: "UBUSY" }) },
  ...OUTCOMES.map((outcome) => ({
    name: `outcome ${outcome}${outcome === "canceled" ? ", long ago" : ""}`,
    filter: () => ({ outcome }),
  })),
  { name: "a week", filter: (draw, seeded) => within(draw, seeded, 7) },
  { name: "plan", filter: (draw, { plans }) => ({ planId: `pl-${draw(plans)}` }) },
  { name: "run", filter: (draw, { plans }) => ({ runId: `run-${draw(plans)}` }) },
  ...[
    { environment: "production" },
    { person: "UBUSY" },
    { operation: "op.n7" },
    { outcome: "failed" },
  ].map((first) => ({
    name: `${Object.keys(first).join()}, a page further back`,
    filter: (draw: Draw, { plans }: Seeded) => ({ ...first, before: `pl-${draw(plans)}` }),
  })),
  {
    name: "person, environment, outcome, a month",
    filter: (draw, seeded) => ({
      person: `U${draw(300)}`,
      environment: "production",
      outcome: "failed",
      ...within(draw, seeded, 30),
    }),
  },
  {
    name: "operation and person that meet nowhere",
    filter: (draw) => ({ operation: "op.rare", person: `U${1 + draw(299)}` }),
  },
  {
    name: "operation and environment that meet nowhere",
    filter: () => ({ operation: "op.of-staging", environment: "production" }),
  },
  {
    name: "operation and outcome that meet nowhere",
    filter: () => ({ operation: "op.of-staging", outcome: "canceled", environment: "production" }),
  },
  {
    name: "outcome and person of half, of long ago",
    filter: () => ({ outcome: "canceled", person: "UBUSY" }),
  },
  {
    name: "outcome and time that meet nowhere",
    filter: (_draw, { until }) => ({ outcome: "canceled", since: until - 365 * DAY }),
  },
];

export const BY_TEXT: readonly Search[] = [
  { name: "word of one plan", filter: (draw, { plans }) => ({ text: `OPS-${draw(plans)}` }) },
  { name: "word of 2 %", filter: (draw) => ({ text: `host${draw(1_000)}` }) },
  { name: "word of every plan", filter: () => ({ text: "please" }) },
  { name: "word of every third", filter: () => ({ text: "restart" }) },
  { name: "word of no plan", filter: (draw) => ({ text: `nowhere${draw(1_000)}` }) },
  { name: "word of long ago", filter: () => ({ text: "move" }) },
  { name: "two words", filter: (draw) => ({ text: `restart host${draw(1_000)}` }) },
  { name: "words in a row", filter: () => ({ text: '"the web fleet"' }) },
  { name: "common words never in a row", filter: () => ({ text: '"fleet please web"' }) },
  { name: "one word and not another", filter: () => ({ text: "restart -web" }) },
  { name: "not a word of every plan", filter: () => ({ text: "-please" }) },
  {
    name: "either word, in an environment",
    filter: (draw) => ({ text: `host${draw(1_000)} or cache`, environment: "sandbox" }),
  },
  {
    name: "common word, person",
    filter: (draw) => ({ text: "restart", person: `U${draw(300)}` }),
  },
  {
    name: "rare word, person of half",
    filter: (draw) => ({ text: `host${draw(1_000)}`, person: "UBUSY" }),
  },
  {
    name: "common word, rare outcome",
    filter: () => ({ text: "please", outcome: "rolled-back" }),
  },
  {
    name: "common word, common outcome and operation",
    filter: (draw) => ({ text: "please", outcome: "completed", operation: `op.n${draw(40)}` }),
  },
  {
    name: "common word, a month long ago",
    filter: (draw, seeded) => ({ text: "restart", ...within(draw, seeded, 30) }),
  },
  {
    name: "word of long ago, a page further back",
    filter: (draw, { plans }) => ({ text: "move", before: `pl-${draw(plans)}` }),
  },
  {
    name: "word of long ago, outcome and time that meet nowhere",
    filter: (_draw, { until }) => ({ text: "move", outcome: "failed", since: until - 365 * DAY }),
  },
];

function within(draw: Draw, { from, until }: Seeded, days: number) {
  const since = from + draw(until - from - days * DAY);
  return { since, until: since + days * DAY };
}
