// P5: the same word of the same person about the same plan comes to the same end, whichever way it came in.

import fc from "fast-check";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { castVote } from "#engine/cast-vote.ts";
import { picturedCard } from "#bot/messages/plan-picture.ts";
import { editPlan } from "#engine/edit-plan.ts";
import { filePlan } from "#engine/file-plan.ts";
import type { Asker } from "#engine/use-case-ports.ts";
import { withdrawPlan } from "#engine/withdraw-plan.ts";
import { aClause, aRule, anEnvironment } from "#test/builders/a-policy.ts";
import { openBotWorkspace, playgroundPolicy } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { planSource, sha256 } from "#test/builders/engine-world.ts";
import { entryWays, enter } from "#test/builders/entry-paths.ts";
import type { EntryWay, Word } from "#test/builders/entry-paths.ts";
import { patience, scaled } from "#test/proof-scale.ts";
import { until } from "#test/until.ts";

const TEAM = "T0PLAYGROUND";
const GROUP = ["U0ANN", "U0BOB", "U0DEV"];

let bot: BotWorkspace;
/** How far the bot's clock is ahead of Slack's. */
let aheadMs = 0;
let sql: postgres.Sql;
beforeAll(async () => {
  // A plan for `brief` is over in a minute, which is no time for a signature.
  const policy = playgroundPolicy();
  const approval = {
    ...anEnvironment().approval,
    modify: aRule([aClause(1, "sre")], { approveWithinMs: 60_000 }),
    destructive: aRule([aClause(2, "sre")], { approveWithinMs: 60_000 }),
  };
  const brief = anEnvironment({ name: "brief", approval });
  bot = await openBotWorkspace("http", false, {
    clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
    policy: {
      ...policy,
      environments: { ...policy.environments, brief },
      limits: { ...policy.limits, pendingPlansPerRequester: 100_000 },
    },
  });
  sql = postgres(bot.databaseUrl, { max: 1 });
});
afterAll(async () => {
  await sql.end();
  await bot.close();
});

let made = 0;

function asks(userId: string, threadTs: string): Asker {
  made += 1;
  return {
    teamId: TEAM,
    userId,
    requestId: `prepared-${made}`,
    entry: "button",
    conversation: {
      id: bot.ports.ids.next("cv"),
      teamId: TEAM,
      channelId: "C0PRODUCTION",
      threadTs,
      words: "please",
      permalink: null,
    },
  };
}

/** What happened to a plan before the word in question; each answers nothing and must succeed. */
type Before = "ann-approved" | "ann-rejected" | "bob-approved" | "edited" | "withdrawn";

async function prepare({
  befores,
  environment,
  risk,
}: Pick<Situation, "befores" | "environment" | "risk">): Promise<
  Omit<Word, "userId" | "teamId" | "choice">
> {
  made += 1;
  const threadTs = `${1_763_600_000 + made}.000100`;
  // The same plan would not be filed twice while it waits.
  const names = { first: `web-${made}`, edited: `db-${made}` };
  const source = (name: string) => {
    const { value } = planSource(risk === "modify" ? "toy.change" : "toy.destroy", { name });
    const changed = { ...value, environment };
    return { value: changed, text: JSON.stringify(changed) };
  };
  const filed = await filePlan(bot.ports, asks("U0RITA", threadTs), {
    kind: "source",
    ...source(names.first),
  });
  if (!filed.ok) throw new Error(`the plan was not filed: ${filed.refusal.code}`);
  const { planId } = filed.value;
  for (const before of befores) {
    const version = (await bot.ports.plans.get(planId))?.version ?? 0;
    const vote = { planId, planVersion: version, reason: "no", viewHash: null };
    // What the state before refuses is refused for every path alike, and is a state like any other.
    if (before === "withdrawn")
      await withdrawPlan(bot.ports, asks("U0RITA", threadTs), { planId, reason: null });
    else if (before === "edited")
      await editPlan(bot.ports, asks("U0DEV", threadTs), {
        planId,
        fromVersion: version,
        ...source(names.edited),
      });
    else
      await castVote(bot.ports, asks(before.startsWith("ann") ? "U0ANN" : "U0BOB", threadTs), {
        ...vote,
        choice: before.endsWith("approved") ? "approve" : "reject",
      });
  }
  const record = await bot.ports.plans.get(planId);
  if (record === null) throw new Error(`the plan ${planId} is gone`);
  const { version, hash } = record;
  const viewHash = sha256(picturedCard(record).viewText);
  return { planId, version, hash, viewHash, requesterId: "U0RITA", threadTs };
}

/** What the word came to, without ids, times and the way it came in. */
async function comesTo(word: Word, requestId: string) {
  const { planId } = word;
  const record = await bot.ports.plans.get(planId);
  // Whatever else the log hears meanwhile, of messages for example, says nothing of the word.
  const rows = await sql<{ kind: string; data: string }[]>`
    SELECT kind, data FROM audit_events
    WHERE (plan_id = ${planId} OR (plan_id IS NULL AND actor = ${`person:${word.userId}`}))
      AND kind IN ('refused', 'vote.cast')
    ORDER BY seq DESC LIMIT 1`;
  const [last] = rows.map(({ kind, data }) => {
    const { code, choice, version } = JSON.parse(data) as Record<string, unknown>;
    return { kind, code, choice, version };
  });
  const [{ outcome } = { outcome: "" }] = await sql<{ outcome: string }[]>`
    SELECT outcome FROM inbox WHERE id = ${requestId}`;
  return {
    worked: outcome,
    status: record?.status,
    version: record?.version,
    votes: record?.votes.map(({ userId, choice }) => `${userId} ${choice}`),
    counted: record !== null && "verdict" in record ? record.verdict.counted : null,
    // The newest event says what became of it; before it come those of the preparation.
    last,
  };
}

/** Requester, approvers, a guest, somebody deactivated, a stranger, nobody. Other workspaces don't come this far. */
const PEOPLE = ["U0RITA", "U0ANN", "U0BOB", "U0DEV", "U0GUS", "U0LEE", "U0SAM", "U0NOBODY"];

const situation = fc.record({
  befores: fc.subarray<Before>([
    "ann-approved",
    "ann-rejected",
    "edited",
    "bob-approved",
    "withdrawn",
  ]),
  userId: fc.constantFrom(...PEOPLE),
  choice: fc.constantFrom("approve" as const, "reject" as const),
  environment: fc.constantFrom("production", "production", "production", "brief"),
  risk: fc.constantFrom("destructive" as const, "modify" as const),
  /** Who is in the group by the time of the word. */
  group: fc.constantFrom(GROUP, GROUP, ["U0BOB"], ["U0BOB", "U0DEV"]),
  /** What Slack does not answer at that time. */
  away: fc.constantFrom(null, null, null, "users.info", "usergroups.users.list"),
});
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

const FRESH: Situation = {
  befores: [],
  userId: "U0ANN",
  choice: "approve",
  environment: "production",
  risk: "modify",
  group: GROUP,
  away: null,
};
/** One of each kind of end, tried first. */
const KNOWN: Readonly<Record<string, Situation>> = {
  "vote.cast": FRESH,
  "self-approval": { ...FRESH, userId: "U0RITA" },
  "editor-approval": { ...FRESH, befores: ["edited"], userId: "U0DEV" },
  "not-an-approver": { ...FRESH, group: ["U0BOB"] },
  "not-a-member": { ...FRESH, userId: "U0GUS" },
  "already-decided": { ...FRESH, befores: ["ann-approved"], userId: "U0BOB", choice: "reject" },
  expired: { ...FRESH, environment: "brief" },
  "directory-unavailable": { ...FRESH, away: "users.info" },
};

/** The same situation made anew, and the word said in this way. */
async function play(given: Situation, way: EntryWay): Promise<Awaited<ReturnType<typeof comesTo>>> {
  const { playground } = bot;
  const { userId, choice, environment, group, away } = given;
  playground.setGroup("sre", GROUP);
  const word = { ...(await prepare(given)), userId, teamId: TEAM, choice };
  playground.setGroup("sre", group);
  const error = { kind: "api-error", error: "internal_error" } as const;
  const back = away === null ? () => undefined : playground.faults.always(away, error);
  aheadMs = environment === "brief" ? 61_000 : 0;
  const requestId = await enter(bot, way, word);
  await until(`${requestId} to be worked on`, async () => {
    const rows = await sql`SELECT 1 FROM inbox WHERE id = ${requestId} AND outcome IS NOT NULL`;
    return rows.length === 1;
  });
  aheadMs = 0;
  back();
  return comesTo(word, requestId);
}

test(
  "a word comes to the same end by button, on App Home, in a window, among others, in the thread and as a command",
  { timeout: patience(120_000) },
  async () => {
    const met = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(situation, async (given) => {
        const ends: [string, Awaited<ReturnType<typeof play>>][] = [];
        for (const [name, way] of Object.entries(entryWays(given.choice, given.risk)))
          ends.push([name, await play(given, way)]);
        const [first, ...others] = ends;
        for (const [name, end] of others) expect([name, end]).toEqual([name, first?.[1]]);
        met.add(first?.[1].last?.code ?? first?.[1].last?.kind);
      }),
      { numRuns: scaled(40), examples: Object.values(KNOWN).map((known) => [known]) },
    );
    expect([...met]).toEqual(expect.arrayContaining(Object.keys(KNOWN)));
  },
);
