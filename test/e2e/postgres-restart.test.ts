// Postgres that dies in the middle of everything and comes back on the same data, under processes that go on: runs
// whose steps are under way lose nothing and do nothing twice.

import { expect, test } from "vitest";
import { migrateDatabase } from "#adapters/postgres/migrate.ts";
import { openMortalPostgres } from "#test/servers/postgres-server.ts";
import { auditOf } from "./support/audit-rows.ts";
import { Conversation } from "./support/conversation.ts";
import { startProcess } from "./support/program.ts";
import { until } from "#test/until.ts";
import { startWorkspace } from "./support/workspace.ts";

const RUNS = ["left", "middle", "right"] as const;
/** A lease of 30 s may run out while nobody can renew it, and then it is taken up again. */
const RECOVERED_WITHIN_MS = 90_000;

test(
  "runs go on where they were after Postgres was killed, and after it was shut down at once: nothing twice, nothing lost",
  { timeout: 240_000 },
  async ({ onTestFinished }) => {
    const postgres = await openMortalPostgres();
    onTestFinished(() => postgres.close());
    await migrateDatabase(postgres.url);
    const workspace = await startWorkspace({ databaseUrl: postgres.url });
    onTestFinished(() => workspace.close());
    const { target } = workspace;
    const talk = new Conversation(workspace);
    await startProcess(workspace, { half: "bot", transport: "http" });
    await startProcess(workspace, { half: "worker", transport: "http" });
    const step = (id: string) => ({
      id,
      uses: "http.request",
      with: { method: "POST", url: `${target.url}/${id}` },
    });
    const letGo = RUNS.flatMap((run) =>
      ["killed", "shut"].map((when) => [`/${run}-${when}`, target.hold(`/${run}-${when}`)]),
    ) as [string, () => void][];
    const release = (when: string): void => {
      for (const [path, go] of letGo) if (path.endsWith(when)) go();
    };
    const cards = [];
    for (const run of RUNS) {
      const steps = [`${run}-before`, `${run}-killed`, `${run}-shut`, `${run}-after`].map(step);
      const card = await talk.asksForPlan("rita", {
        title: `Survive Postgres, ${run}`,
        mode: "sequential",
        steps,
      });
      await talk.approves("ann", card);
      cards.push(card);
    }
    for (const [when, signal] of [
      ["killed", "SIGKILL"],
      ["shut", "SIGQUIT"],
    ] as const) {
      await Promise.all(RUNS.map((run) => target.arrives(`/${run}-${when}`)));
      await postgres.end(signal);
      // What was done is known to the worker alone, which has nowhere to write it.
      release(when);
      await postgres.start();
      const next = when === "killed" ? "shut" : "after";
      await until(
        `the runs to go on after ${signal}`,
        () => RUNS.every((run) => target.asked(`/${run}-${next}`).length > 0),
        RECOVERED_WITHIN_MS,
      );
    }
    for (const card of cards) await talk.ends(card, "Completed", "4 of 4 steps done");
    const paths = RUNS.flatMap((run) =>
      ["before", "killed", "shut", "after"].map((when) => `/${run}-${when}`),
    );
    expect(target.counts()).toEqual(Object.fromEntries(paths.map((path) => [path, 1])));
    for (const card of cards) {
      const kinds = (await auditOf(workspace, card.planId)).map(({ kind }) => kind);
      for (const kind of ["attempt.started", "attempt.succeeded"])
        expect(kinds.filter((found) => found === kind)).toHaveLength(4);
      expect(kinds.filter((kind) => kind === "run.completed")).toHaveLength(1);
    }
  },
);
