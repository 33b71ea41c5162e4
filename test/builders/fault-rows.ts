// What happens while a service is lost, by the phase in which it is lost: the rows of docs/faults.md, each played by
// test/integration/faults.test.ts.

export const SERVICES = {
  slack: "Slack, for messages",
  redis: "Redis",
  postgres: "Postgres",
  directory: "The directory (who people are, in Slack)",
  policy: "The policy (one that can't be worked out)",
} as const;
export type Service = keyof typeof SERVICES;

export const PHASES = {
  filing: "when a plan is filed",
  voting: "at the second vote of two",
  start: "when its run is to start",
  running: "while its first step acts",
  ending: "while its last step acts",
} as const;
export type Phase = keyof typeof PHASES;

/** How it stands while the service is lost, when everybody who could go on has tried. */
export type Meanwhile = {
  /** What became of the request: null in phases without one. */
  readonly request:
    | "worked on"
    | "not acknowledged"
    | "directory-unavailable"
    | "policy-error"
    | null;
  readonly plan: "none" | "awaiting-approval" | "approved" | "spent";
  readonly votes: number;
  readonly run: "none" | "queued" | "held" | "running" | "completed";
  /** Steps of the two that acted. */
  readonly acts: 0 | 1 | 2;
};

const asked = {
  request: "worked on",
  plan: "awaiting-approval",
  votes: 0,
  run: "none",
  acts: 0,
} as const;
const running = { request: null, plan: "spent", votes: 2, run: "running", acts: 1 } as const;
const done = { request: null, plan: "spent", votes: 2, run: "completed", acts: 2 } as const;
const held = { request: null, plan: "approved", votes: 2, run: "held", acts: 0 } as const;
const nothing = { ...asked, plan: "none" } as const;

/** Messages and rings are nobody's permission, so all goes on without them. */
const unheard = {
  filing: asked,
  voting: { ...done, request: "worked on" },
  start: done,
  running: done,
  ending: done,
} as const;

export const FAULTS: Readonly<Record<Service, Readonly<Record<Phase, Meanwhile>>>> = {
  slack: unheard,
  redis: unheard,
  postgres: {
    filing: { ...nothing, request: "not acknowledged" },
    voting: { ...asked, request: "not acknowledged", votes: 1 },
    start: { ...held, run: "queued" },
    running,
    ending: { ...running, acts: 2 },
  },
  directory: {
    filing: { ...nothing, request: "directory-unavailable" },
    voting: { ...asked, request: "directory-unavailable", votes: 1 },
    start: held,
    running: { ...running, run: "held" },
    ending: done,
  },
  policy: {
    filing: { ...nothing, request: "policy-error" },
    // The vote counts by the rule under which the plan was filed; whether that still holds is asked at the start.
    voting: { ...held, request: "worked on" },
    start: held,
    running: { ...running, run: "held" },
    ending: done,
  },
};

/** A cell of the table. */
export function inWords({ request, plan, votes, run, acts }: Meanwhile): string {
  const requests = {
    "worked on": "",
    "not acknowledged": "not acknowledged, so Slack or the person sends it again; ",
    "directory-unavailable": "refused, in the log; ",
    "policy-error": "refused, in the log; ",
  };
  const asking = request === null ? "" : requests[request];
  const acted = ["nothing has acted", "one of two steps has acted", "both steps have acted"][acts];
  const state =
    plan === "none"
      ? "nothing is filed"
      : plan === "awaiting-approval"
        ? `the plan waits with ${votes} of 2 votes`
        : `the run is ${run}`;
  return `${asking}${state}${run === "none" ? "" : `, ${acted}`}`;
}
