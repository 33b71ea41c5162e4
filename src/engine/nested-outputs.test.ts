import { describe, expect, test } from "vitest";
import { planOf } from "#test/builders/compiled.ts";
import { cpuMs } from "#test/builders/cpu-time.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { RunBench } from "#test/simulation/run-bench.ts";
import { LiveScope } from "./live-scope.ts";
import { parsePlaybook } from "./playbook.ts";
import type { RunEvent } from "./run.ts";
import { newStep } from "./step-state.ts";

const set = (id: string, more: object = {}) => ({
  id,
  uses: "world.set",
  with: { switch: id, to: "on" },
  ...more,
});

/** Queues a plan that uses a playbook with this output, whose last step is `door`. */
function queued(
  bench: RunBench,
  output: string,
  plan: { readonly steps: readonly object[] },
): void {
  const inner = parsePlaybook("inner.yml", "", {
    name: "inner",
    summary: "An inner one.",
    title: "Inner",
    outputs: { seen: output },
    steps: [set("first"), set("door", { needs: ["first"] })],
  });
  if (!inner.ok) throw new Error(JSON.stringify(inner.refusal));
  const context = { registry: bench.world.registry(), playbooks: [inner.value] };
  bench.queue(planOf({ mode: "graph", ...plan }, context));
}

const use = { id: "roll", uses: "playbook.inner" };

function outcomesOf(bench: RunBench, stepId: string): readonly RunEvent[] {
  return bench
    .events()
    .filter(
      (event) =>
        event.kind.startsWith("attempt.") && "call" in event && event.call.stepId === stepId,
    );
}

describe("the outputs of a playbook used as a step", () => {
  test("are evaluated when its last step has ended, and recorded once", async () => {
    const bench = new RunBench();
    const readers = [1, 2, 3].map((nth) =>
      set(`z${nth}`, { needs: ["roll"], when: "steps.roll.result.seen == true" }),
    );
    queued(bench, "steps.door.result.ok", { steps: [use, ...readers] });
    await bench.worker();
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(outcomesOf(bench, "roll.outputs")).toMatchObject([
      { kind: "attempt.started", input: { outputs: { seen: true } } },
      { kind: "attempt.succeeded", result: { seen: true } },
    ]);
    const order = bench
      .events()
      .flatMap((event) => (event.kind === "attempt.succeeded" ? [event.call.stepId] : []));
    expect(order).toEqual(["roll.first", "roll.door", "roll.outputs", "z1", "z2", "z3"]);
  });

  test("are read from what was recorded by whoever takes the run over", async () => {
    const bench = new RunBench();
    const slow = set("slow", { needs: ["roll"] });
    const reader = set("z", { needs: ["slow", "roll"], when: "steps.roll.result.seen == true" });
    queued(bench, "steps.door.result.ok", { steps: [use, slow, reader] });
    bench.world.plan("slow", { kind: "hang", acts: false });
    const { process } = await bench.worker();
    await bench.until(() =>
      bench
        .events()
        .some((event) => event.kind === "attempt.started" && event.call.stepId === "slow"),
    );
    process.kill();
    await bench.worker({ owner: "worker-2" });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(outcomesOf(bench, "roll.outputs")).toHaveLength(2);
    expect(bench.world.state("z")).toBe("on");
  });

  test("fail the run in words that name the playbook, the output and the mistake", async () => {
    const bench = new RunBench();
    const reader = set("z", { needs: ["roll"] });
    queued(bench, "steps.door.result.nope.deep", { steps: [use, reader] });
    await bench.worker();
    await bench.untilEnded();
    expect(bench.report()).toMatchObject({
      status: "rolled-back",
      failedSteps: ["roll.outputs"],
      reason:
        'Step "roll.outputs" failed: The output "seen" of the playbook inner has no value: ' +
        "${{ steps.door.result.nope.deep }}: there is no nope in what it reads.",
    });
    expect(bench.world.state("z")).toBe("off");
    expect(bench.world.state("door")).toBe("off");
  });

  test("are bounded together", async () => {
    const bench = new RunBench();
    const list = `[${Array.from({ length: 300 }, () => "1").join(",")}]`;
    const large = `${list}.map(a, ${list}.map(b, steps.door.status + "_______"))`;
    queued(bench, large, { steps: [use] });
    await bench.worker();
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(bench.report().reason).toMatch(/^Step "roll.outputs" failed: .*(more than|too long)/);
  });

  test("cost later expressions nothing, however many uses there are", () => {
    const live = (uses: number): LiveScope => {
      const ids = Array.from({ length: uses }, (_, index) => `p[${index}]`);
      const nested = { playbook: "p", title: "P", inputs: {}, vars: {}, steps: {} };
      const outputs = { v: "steps.x.result" };
      const scope = new LiveScope({
        runId: "r",
        planId: "p",
        plan: switchPlan(
          ids.map((id) => switchStep(`${id}.outputs`, { scope: id })),
          { playbooks: Object.fromEntries(ids.map((id) => [id, { ...nested, outputs }])) },
        ),
      });
      for (const id of ids) {
        const step = newStep({ id: `${id}.outputs`, checksAfter: [] });
        const tried = { attempt: 1, intent: null, acted: true } as const;
        scope.update({ ...step, forward: { ...tried, status: "succeeded", result: { v: 1 } } });
      }
      return scope;
    };
    const asked = (scope: LiveScope): number =>
      cpuMs(() => {
        for (let times = 0; times < 10_000; times += 1) scope.scope({ id: "z", scope: "" });
      });
    const many = live(3000);
    expect(many.scope({ id: "z", scope: "" })["steps"]).toMatchObject({
      p: expect.arrayContaining([
        { status: "succeeded", result: { v: 1 }, output: "", answers: {}, timed_out: false },
      ]) as unknown,
    });
    // Evaluating them at each question took seconds; a fraction of that is left for the machine's moods.
    expect(asked(many)).toBeLessThan(500);
  });
});
