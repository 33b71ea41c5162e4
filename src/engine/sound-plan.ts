// From a request to a plan that this person may ask for in this channel. What filing, editing and dry runs
// have in common; it writes nothing.

import { compilePlan } from "./compile-plan.ts";
import type { CompiledPlan, PlanRequest } from "./compile-plan.ts";
import { gatherMembers, standingNow } from "./gather-facts.ts";
import type { Members } from "./gather-facts.ts";
import type { Person } from "./identity.ts";
import { isJsonObject } from "./json.ts";
import type { Json } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import type { Registry } from "./operation.ts";
import type { Plan } from "./plan.ts";
import { sizeProblem } from "./plan-source.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import {
  askingGroups,
  callsOf,
  callsOfStep,
  channelRefusal,
  environmentOf,
  rightsRefusal,
} from "./rights-to-ask.ts";
import { findSecret, secretIn } from "./secret-scan.ts";
import type { KnowsSecret } from "./secret-scan.ts";
import { hasExpressions } from "./template.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

/** The asker as a full member, or why not. @throws {DirectoryUnavailable} */
export async function memberOrRefusal(
  ports: EnginePorts,
  asker: Asker,
): Promise<Result<Person, Refusal>> {
  const standing = await standingNow(ports, asker);
  if (standing.kind === "member") return accept(standing.person);
  return refuse({ code: "not-a-member", reason: standing.reason });
}

/** All that a plan depends on before anybody asks for it. */
export type PlanningPorts = Pick<EnginePorts, "policy" | "registry" | "playbooks" | "redactor">;

/** The compiled plan, without secrets and made of operations that are allowed with these inputs. */
export function soundPlan(
  ports: PlanningPorts,
  request: PlanRequest,
): Result<CompiledPlan, Refusal> {
  const { knows } = ports.redactor;
  const secret = secretInRequest(request, knows);
  if (secret !== null) return refuse(secret);
  const missing = missingName(ports, request);
  if (missing !== null) return refuse(missing);
  const compiled = compilePlan(request, ports);
  if (!compiled.ok) return refuse({ code: "plan-invalid", problems: compiled.refusal });
  const { plan } = compiled.value;
  // Looked at again after expressions were filled in: two harmless halves may make a secret.
  const made = findSecret(shownOf(plan), knows);
  if (made !== null) return refuse({ code: "secret-found", ...made });
  const forbidden = permittedRefusal(plan, ports.registry);
  return forbidden === null ? compiled : refuse(forbidden);
}

/** A plan that will ask for a secret, where nothing can keep one. */
export function secretKeyRefusal(
  { secrets }: Pick<EnginePorts, "secrets">,
  { steps }: Plan,
): Refusal | null {
  const asking = steps.find(({ inquiry }) => inquiry?.fields.some(({ type }) => type === "secret"));
  const sentence = asking === undefined ? null : secrets.problem();
  return asking === undefined || sentence === null
    ? null
    : { code: "no-secret-key", stepId: asking.id, sentence };
}

/** Channel, environment, operations and profiles, asked live. @throws {DirectoryUnavailable} */
export async function rightsCheck(
  ports: Pick<EnginePorts, "policy" | "directory">,
  who: { readonly teamId: string; readonly userId: string; readonly channelId: string },
  plan: Plan,
): Promise<Refusal | null> {
  const environment = environmentOf(ports.policy, plan.environment);
  const channel = await ports.directory.channel(who.channelId);
  const wrongChannel = channelRefusal(
    ports.policy,
    { id: who.channelId, shared: channel.shared },
    environment,
  );
  if (wrongChannel !== null) return wrongChannel;
  const members: Members =
    environment === null
      ? {}
      : await gatherMembers(ports, who.teamId, askingGroups(environment), "fresh");
  return rightsRefusal(ports.policy, plan, who, members);
}

/** What an operation itself refuses: a program or host that is not listed, a profile that doesn't fit. */
export function permittedRefusal(plan: Plan, registry: Registry): Refusal | null {
  for (const step of plan.steps) {
    for (const call of callsOfStep(step)) {
      const operation = registry.get(call.uses);
      if (operation?.permitted === undefined || hasExpressions(call.with)) continue;
      const sentence = operation.permitted(operation.input.parse(call.with), call.profile);
      if (sentence !== null) {
        return { code: "operation-not-permitted", stepId: step.id, operation: call.uses, sentence };
      }
    }
  }
  return null;
}

/** What of a plan is stored and shown, and may hold text that expressions were filled into. */
function shownOf(plan: Plan): Json {
  return {
    title: plan.title,
    inputs: plan.inputs,
    vars: plan.vars,
    env: plan.env,
    steps: callsOf(plan).map((call) => ({ with: call.with })),
    expected: plan.steps.flatMap((step) => step.preconditions.map(({ captured }) => captured)),
    asked: plan.steps.flatMap((step) => [
      step.inquiry?.message ?? "",
      step.approval?.message ?? "",
    ]),
  };
}

function secretInRequest(request: PlanRequest, knows: KnowsSecret): Refusal | null {
  const value = request.kind === "source" ? request.value : request.arguments;
  const found = isJsonObject(value) ? findSecret(boundedJson(value), knows) : null;
  if (found !== null) return { code: "secret-found", ...found };
  const what = request.kind === "source" ? secretIn(request.text, knows) : null;
  return what === null ? null : { code: "secret-found", path: "the text", what };
}

/** Only what is small enough to be a plan is searched; the rest is refused by its size anyway. */
function boundedJson(value: unknown): Json {
  return sizeProblem(value) === null ? (value as Json) : null;
}

function missingName(ports: PlanningPorts, request: PlanRequest): Refusal | null {
  if (request.kind === "playbook") {
    const names = ports.playbooks.map(({ name }) => name);
    if (names.includes(request.name)) return null;
    return {
      code: "playbook-not-found",
      found: request.name,
      nearest: nearestName(request.name, names),
    };
  }
  if (request.kind === "source" || ports.registry.get(request.name) !== undefined) return null;
  const names = ports.registry.list().map(({ name }) => name);
  return {
    code: "operation-not-found",
    found: request.name,
    nearest: nearestName(request.name, names),
  };
}
