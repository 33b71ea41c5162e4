// A world in which U0ANN, U0BOB, U0CAT (sre) and the requester U0REQ may break the glass in production, and the few
// things that people do about it.

import { breakGlass } from "#engine/break-glass.ts";
import type { BreakGlass } from "#engine/break-glass.ts";
import { castVote } from "#engine/cast-vote.ts";
import { filePlan } from "#engine/file-plan.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { BreakGlassPolicy, Policy } from "#engine/policy.ts";
import { reviewGlass } from "#engine/review-glass.ts";
import type { RunStatus } from "#engine/run.ts";
import type { RunView } from "#engine/run-store.ts";
import type { Asker, EnginePorts } from "#engine/use-case-ports.ts";
import { aPolicy } from "./a-policy.ts";
import { createWorld, planSource } from "./engine-world.ts";
import type { World } from "./engine-world.ts";
import { aRunView } from "./plan-records.ts";

export const GLASS: BreakGlassPolicy = {
  groups: ["sre"],
  users: ["U0REQ"],
  environments: ["production"],
  withoutPasskey: false,
  reviewWithinMs: 2 * 86_400_000,
};

export type GlassWorld = World & {
  /** Files a destructive plan of U0REQ; answers its id. The first is `pl-1`. */
  readonly file: (name?: string) => Promise<string>;
  readonly plan: (planId?: string) => Promise<PlanRecord>;
  /** `accepted`, or the refusal's code. */
  readonly smash: (userId: string, wish?: Partial<BreakGlass>, as?: Smashing) => Promise<string>;
  readonly review: (userId: string, note?: string, planId?: string) => Promise<string>;
  readonly vote: (userId: string, choice: "approve" | "reject") => Promise<string>;
  /** The run of an approved plan, as far as it has come. */
  readonly run: (status: RunStatus, planId?: string) => Promise<RunView>;
  /** The same world under another policy. */
  readonly under: (changes: Partial<Policy>) => EnginePorts;
};

type Smashing = { readonly asker?: Partial<Asker>; readonly ports?: EnginePorts };

/** With one plan waiting. */
export async function openGlassWorld(changes: Partial<Policy> = {}): Promise<GlassWorld> {
  const world = createWorld(aPolicy({ breakGlass: GLASS, ...changes }));
  const { ports, asks } = world;
  const plan = async (planId = "pl-1"): Promise<PlanRecord> => {
    const record = await world.plans.get(planId);
    if (record === null) throw new Error(`there is no ${planId}`);
    return record;
  };
  const glass: GlassWorld = {
    ...world,
    plan,
    async file(name = "web-1") {
      const filed = await filePlan(ports, asks("U0REQ"), planSource("toy.destroy", { name }));
      if (!filed.ok) throw new Error(filed.refusal.code);
      return filed.value.planId;
    },
    async smash(userId, wish = {}, as = {}) {
      const result = await breakGlass(as.ports ?? ports, asks(userId, as.asker), {
        planId: "pl-1",
        planVersion: 1,
        reason: "the site is down",
        viewHash: null,
        viewFormat: null,
        ...wish,
      });
      return result.ok ? "accepted" : result.refusal.code;
    },
    async review(userId, note = "it was right", planId = "pl-1") {
      const result = await reviewGlass(ports, asks(userId), { planId, note });
      return result.ok ? "accepted" : result.refusal.code;
    },
    async vote(userId, choice) {
      const word = { planId: "pl-1", planVersion: 1, choice, reason: "no", viewHash: null };
      const result = await castVote(ports, asks(userId), word);
      return result.ok ? "accepted" : result.refusal.code;
    },
    async run(status, planId = "pl-1") {
      const record = await plan(planId);
      if (record.status !== "approved" && record.status !== "spent")
        throw new Error(`it is ${record.status}`);
      const { runId, hash, version } = record;
      const view: RunView = {
        ...aRunView(record.plan),
        runId,
        planId,
        planVersion: version,
        planHash: hash,
        status,
      };
      world.runs.put(view);
      return view;
    },
    under: (now) => ({ ...ports, policy: { ...ports.policy, ...now } }),
  };
  await glass.file();
  return glass;
}
