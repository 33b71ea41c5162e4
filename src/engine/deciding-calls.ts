// What of a plan decides which policies apply to it: every call that changes something, on the way and on the way back,
// each by itself. So no call lends another the policy it has.

import { parseExpression } from "./expression-syntax.ts";
import type { Json, JsonObject } from "./json.ts";
import { checkInput } from "./operation-input.ts";
import type { Registry } from "./operation.ts";
import type { Call, Plan, PlanStep } from "./plan.ts";
import { hasExpressions } from "./template.ts";

export type DecidingCall = Pick<Call, "uses" | "with" | "profile" | "risk"> & {
  /** Of the step that it is of, or that it takes back. */
  readonly id: string;
  readonly scope: string;
  /** Keys of what it touches; null: only known while it runs. */
  readonly keys: readonly string[] | null;
};

type Operations = Pick<Registry, "get">;

/** In a plan that only reads, all of its calls. */
export function decidingCalls(plan: Plan, registry: Operations): readonly DecidingCall[] {
  const calls = plan.steps.flatMap((step) => [forward(step), ...wayBack(step, registry)]);
  const acting = calls.filter(({ acts }) => acts || plan.risk === "read-only");
  return acting.map(({ call }) => call);
}

function forward({ id, scope, uses, with: input, profile, risk, ...step }: PlanStep) {
  const { rollback, deferred, locks } = step;
  const undoActs = rollback.kind === "captured" && rollback.risk !== "read-only";
  const keys = deferred ? null : locks;
  return {
    acts: risk !== "read-only" || undoActs,
    call: { id, scope, uses, with: input, profile, risk, keys },
  };
}

function wayBack({ id, scope, rollback }: PlanStep, registry: Operations) {
  const calls = rollback.kind === "commands" ? rollback.calls : [];
  return calls.map((call) => {
    const { uses, with: input, profile, risk } = call;
    const keys = keysOf(call, registry);
    return {
      acts: risk !== "read-only",
      call: { id, scope, uses, with: input, profile, risk, keys },
    };
  });
}

function keysOf({ uses, with: input }: Call, registry: Operations): readonly string[] | null {
  const operation = registry.get(uses);
  if (operation === undefined || hasExpressions(input)) return null;
  const checked = checkInput(operation, input, []);
  return checked.ok ? operation.locks(checked.parsed) : null;
}

/** Whether a condition over `step` looks at a part of its input that is only known while it runs. */
export function looksAtUnknown(condition: string, input: JsonObject): boolean {
  if (!hasExpressions(input)) return false;
  const parsed = parseExpression(condition);
  if (!parsed.ok) return false;
  const { chains, whole } = parsed.value.references;
  if (whole.has("step")) return true;
  return chains.some(
    ({ root, members: [member, ...path] }) =>
      root === "step" && member === "with" && hasExpressions(partOf(input, path)),
  );
}

/** As far as the path leads: what is not there may come with what is. */
function partOf(value: Json, [member, ...path]: readonly (string | number)[]): Json {
  if (member === undefined || typeof value !== "object" || value === null) return value;
  const part = Object.entries(value).find(([name]) => name === String(member))?.[1];
  return part === undefined ? value : partOf(part, path);
}
