// Dry run: compiles a plan and asks each operation for its preview. Never reaches an operation's `run`.

import { audited, personActor } from "./audited-use-case.ts";
import type { PlanRequest } from "./compile-plan.ts";
import type { Person } from "./identity.ts";
import { planHash } from "./plan-hash.ts";
import { sayRefusal } from "./plan-powers.ts";
import type { Plan } from "./plan.ts";
import { previewSteps } from "./preview-steps.ts";
import type { PlanPreview, PreviewPorts } from "./preview-steps.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { memberOrRefusal, permittedRefusal, rightsCheck, soundPlan } from "./sound-plan.ts";
import type { PlanningPorts } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

/** Previews a request, or a filed plan as it stands. */
export async function previewPlan(
  ports: EnginePorts,
  asker: Asker,
  what: PlanRequest | { readonly planId: string },
): Promise<Result<PlanPreview, Refusal>> {
  const planId = "planId" in what ? what.planId : null;
  const attempt = {
    attempted: planId === null ? "dry-run a plan" : `dry-run plan ${planId}`,
    planId,
    runId: null,
  };
  return audited(ports, asker, attempt, async () => {
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const plan =
      "planId" in what
        ? await filedPlan(ports, asker, what.planId)
        : await newPlan(ports, asker, { person: person.value, request: what });
    if (!plan.ok) return plan;
    const { title, environment } = plan.value;
    await ports.audit.append([
      {
        at: ports.clock.now(),
        teamId: asker.teamId,
        actor: personActor(asker),
        conversation: asker.conversation,
        planId,
        runId: null,
        event: {
          kind: "plan.previewed",
          hash: planHash(plan.value, ports.sha256),
          title,
          environment,
        },
      },
    ]);
    return accept(await previewSteps(ports, plan.value));
  });
}

/**
 * Previews a plan for whoever has the program, its configuration and its credentials in hand: on a command line
 * nobody's rights in a workspace are asked, but what no person may ask for is refused all the same.
 */
export async function previewForOperator(
  ports: PlanningPorts & PreviewPorts,
  request: PlanRequest,
): Promise<Result<PlanPreview, Refusal>> {
  const sound = soundPlan(ports, request);
  return sound.ok ? accept(await previewSteps(ports, sound.value.plan)) : sound;
}

async function newPlan(
  ports: EnginePorts,
  asker: Asker,
  given: { readonly person: Person; readonly request: PlanRequest },
): Promise<Result<Plan, Refusal>> {
  const sound = soundPlan(ports, given.request);
  if (!sound.ok) return sound;
  const who = { ...given.person, channelId: asker.conversation.channelId };
  const rights = await rightsCheck(ports, who, sound.value.plan);
  return rights === null ? accept(sound.value.plan) : refuse(rights);
}

/** A filed plan may be looked at closely by its requester and by those who could approve it. */
async function filedPlan(
  ports: EnginePorts,
  asker: Asker,
  planId: string,
): Promise<Result<Plan, Refusal>> {
  const record = await ports.plans.get(planId);
  if (record === null || record.conversation.teamId !== asker.teamId)
    return refuse({ code: "plan-not-found", planId });
  const say = await sayRefusal(ports, asker, record, "dry-run this plan");
  if (say !== null) return refuse(say);
  const forbidden = permittedRefusal(record.plan, ports.registry);
  return forbidden === null ? accept(record.plan) : refuse(forbidden);
}
