// Dry run: compiles a plan and asks each operation for its preview. Never reaches an operation's `run`.

import { bounded } from "./attempt.ts";
import { audited, personActor } from "./audited-use-case.ts";
import type { PlanRequest } from "./compile-plan.ts";
import { formatDuration } from "./duration.ts";
import { references } from "./expression.ts";
import { OperationError, OutcomeUnknown } from "./failure.ts";
import type { Person } from "./identity.ts";
import { LiveScope } from "./live-scope.ts";
import type { AttemptContext, Preview } from "./operation.ts";
import { planHash } from "./plan-hash.ts";
import { sayRefusal } from "./plan-powers.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { conditionsOf, leftOut } from "./prepare-attempt.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { memberOrRefusal, permittedRefusal, rightsCheck, soundPlan } from "./sound-plan.ts";
import type { PlanningPorts } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

const PREVIEW_TIMEOUT_MS = 15_000;
/** Steps asked for their preview; a person reads no more, and each is a call to a target. */
const STEPS_PREVIEWED = 50;
/** Steps asked at the same time. */
const AT_ONCE = 6;
const GRACE_MS = 1_000;

export type PlanPreview = {
  readonly plan: Plan;
  readonly steps: readonly {
    readonly stepId: string;
    readonly summary: string;
    readonly preview: Preview | null;
    /** Why there is no preview, or what went wrong; a complete sentence. */
    readonly note: string | null;
  }[];
};

type StepPreview = PlanPreview["steps"][number];

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

type PreviewPorts = Pick<EnginePorts, "registry" | "clock" | "ids">;

async function previewSteps(ports: PreviewPorts, plan: Plan): Promise<PlanPreview> {
  const steps: StepPreview[] = [];
  const conditions = decidedBefore(plan);
  let next = 0;
  const previewer = async (): Promise<void> => {
    for (let index = next++; index < plan.steps.length; index = next++) {
      const step = plan.steps[index];
      if (step === undefined) continue;
      const condition = conditions(step);
      const found = await previewStep(ports, { step, index, condition });
      steps[index] = condition.kind === "open" ? onlyIf(found, condition.source) : found;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, previewer));
  return { plan, steps };
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

type Condition =
  | { readonly kind: "none" }
  /** False whatever happens. */
  | { readonly kind: "left-out"; readonly reason: string }
  /** Known only once earlier steps have run. */
  | { readonly kind: "open"; readonly source: string };

/** What can be told of each step's conditions before anything has run. */
function decidedBefore(plan: Plan): (step: PlanStep) => Condition {
  const scope = new LiveScope({ runId: "", planId: "", plan });
  return (step) => {
    const conditions = conditionsOf(step);
    const open = conditions.find(({ source }) => seesLater(source));
    if (open !== undefined) return { kind: "open", source: open.source };
    const without = leftOut(step.id, conditions, scope);
    if (without === null) return { kind: "none" };
    const reason = without.kind === "skip" ? without.reason : without.failure.message;
    return { kind: "left-out", reason };
  };
}

/** What expressions see that only a run has. */
const LATER: ReadonlySet<string> = new Set(["steps", "answers", "run", "result"]);

function seesLater(source: string): boolean {
  const used = references(source);
  return used.ok && [...used.value.roots].some((root) => LATER.has(root));
}

function onlyIf(found: StepPreview, source: string): StepPreview {
  const note = `It runs only if ${source}, which is known when the steps before it have run.`;
  return { ...found, note: found.note === null ? note : `${found.note} ${note}` };
}

async function previewStep(
  ports: PreviewPorts,
  {
    step,
    index,
    condition,
  }: { readonly step: PlanStep; readonly index: number; readonly condition: Condition },
): Promise<StepPreview> {
  const { id: stepId, summary } = step;
  const without = (note: string): StepPreview => ({ stepId, summary, preview: null, note });
  if (condition.kind === "left-out") {
    const lines = [`It is left out. ${condition.reason}`];
    return { stepId, summary, preview: { wouldSucceed: true, lines }, note: null };
  }
  const operation = ports.registry.get(step.uses);
  if (operation === undefined) return without(`The operation ${step.uses} is not switched on.`);
  if (operation.preview === undefined)
    return without(
      step.risk === "read-only"
        ? "It only reads, so there is nothing to try."
        : "This operation cannot be tried without doing it.",
    );
  if (step.deferred) return without("What it will do depends on the results of earlier steps.");
  if (index >= STEPS_PREVIEWED)
    return without(`Only the first ${STEPS_PREVIEWED} steps are tried.`);
  const controller = new AbortController();
  const timeoutMs = Math.min(step.timeoutMs, PREVIEW_TIMEOUT_MS);
  const context: AttemptContext = {
    signal: controller.signal,
    idempotencyKey: ports.ids.next("key"),
    output: () => {},
    profile: step.profile,
    timeoutMs,
  };
  const { preview, input } = operation;
  // An operation that does not stop when it is told to is left behind: others still get their turn.
  const settled = await bounded(
    { clock: ports.clock, limits: { graceMs: GRACE_MS }, controller, timeoutMs },
    () => preview(input.parse(step.with), context),
  );
  if (settled.kind === "value") return { stepId, summary, preview: settled.value, note: null };
  if (controller.signal.aborted)
    return without(`The dry run failed: it took longer than ${formatDuration(timeoutMs)}.`);
  const { error } = settled;
  if (error instanceof OperationError || error instanceof OutcomeUnknown)
    return without(`The dry run failed: ${error.failure.message}`);
  throw error;
}
