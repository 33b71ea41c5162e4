// The named values of a plan or playbook that are known when it is filed: `inputs`, `vars` and `env`. Each variable
// is evaluated once, in the order written, and kept with the plan.

import { unknownName } from "./compile-call.ts";
import type { Scope } from "./expression.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Problem } from "./plan.ts";
import type { PlanSource } from "./plan-source.ts";
import type { Policy } from "./policy.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { fillTemplates } from "./template.ts";
import { pathText } from "./zod-problems.ts";

export type Names = {
  readonly inputs: JsonObject;
  readonly vars: JsonObject;
  readonly env: JsonObject;
};

/** A name after `env`, as in `env.REGION` and `env["REGION"]`. */
const ENV_NAME = /\benv\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*\\?["']([A-Za-z_]\w*))/g;
/** All of `env`, as in `env.map(...)` or `size(env)`. */
const WHOLE_ENV = /\benv\b\s*(?![\s.[A-Za-z0-9_:-])/;

/** The names with their values, or every mistake in the variables. */
export function compileNames(
  source: Pick<PlanSource, "inputs" | "vars">,
  policy: Pick<Policy, "env">,
): Result<Names, readonly Problem[]> {
  const problems: Problem[] = [];
  const vars: Record<string, Json> = {};
  const env: JsonObject = policy.env;
  for (const [name, value] of Object.entries(source.vars)) {
    const scope: Scope = { inputs: source.inputs, vars, env };
    const filled = fillTemplates(value, scope);
    if (filled.ok) {
      vars[name] = filled.value;
      continue;
    }
    for (const { path, sentence } of filled.refusal)
      problems.push({
        path: pathText(["vars", name, ...path]),
        found: sentence,
        expected: "a value, or an expression over inputs, env and the variables above it",
      });
  }
  return problems.length > 0 ? refuse(problems) : accept({ inputs: source.inputs, vars, env });
}

/** Of the allowed variables of the environment, those that the text of a plan may use. */
export function usedEnv(texts: readonly string[], policy: Pick<Policy, "env">): JsonObject {
  if (texts.some((text) => WHOLE_ENV.test(text))) return policy.env;
  const named = new Set(
    texts.flatMap((text) => [...text.matchAll(ENV_NAME)].map((match) => match[1] ?? match[2])),
  );
  return Object.fromEntries(Object.entries(policy.env).filter(([name]) => named.has(name)));
}

/** The problem of a variable of the environment that plans may not read. */
export function unknownEnv(path: string, name: string, policy: Pick<Policy, "env">): Problem {
  return unknownName(
    { path, found: `env.${name}`, name },
    Object.keys(policy.env),
    "no such name: the configuration's expressions.env lists none",
  );
}
