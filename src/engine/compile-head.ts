// What a plan says of itself as a whole: title, environment, mode and limits, within what the policy allows.

import { compileNames } from "./compile-names.ts";
import type { Scope } from "./expression.ts";
import type { JsonObject } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import type { Plan, Problem } from "./plan.ts";
import type { PlanSource } from "./plan-source.ts";
import type { Policy } from "./policy.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { asText, fillTemplates } from "./template.ts";

/** Steps at the same time when the plan doesn't say. */
const DEFAULT_PARALLELISM = 5;

type Head = Omit<Plan, "risk" | "steps" | "vars" | "env" | "groups" | "playbooks">;

/** The names its title may use; a mistake in a variable is told where it stands. */
function namesFor(source: PlanSource, policy: Policy): Scope {
  const names = compileNames(source, policy);
  return names.ok ? names.value : { inputs: source.inputs, env: policy.env };
}

/** The head, or every mistake in it. */
export function compileHead(
  source: PlanSource,
  playbook: string | null,
  policy: Policy,
): Result<Head, readonly Problem[]> {
  const problems: Problem[] = [];
  const filled = fillTemplates<JsonObject>(
    { title: source.title, environment: source.environment ?? policy.defaultEnvironment },
    namesFor(source, policy),
  );
  if (!filled.ok) {
    return refuse(
      filled.refusal.map(({ path, sentence }) => ({
        path: String(path[0]),
        found: "an expression that cannot be filled in",
        expected: `text, but ${sentence}`,
      })),
    );
  }
  const title = asText(filled.value["title"] ?? "").slice(0, 150);
  const environment = asText(filled.value["environment"] ?? "");
  if (!Object.hasOwn(policy.environments, environment)) {
    const names = Object.keys(policy.environments);
    const nearest = nearestName(environment, names);
    problems.push({
      path: "environment",
      found: `unknown environment ${environment}`,
      expected: `one of ${names.join(", ")}`,
      ...(nearest !== null && { nearest }),
    });
  }
  const { limits } = policy;
  const parallelism = source.parallelism ?? Math.min(DEFAULT_PARALLELISM, limits.parallelism);
  if (parallelism > limits.parallelism) {
    problems.push({
      path: "parallelism",
      found: String(parallelism),
      expected: `at most ${limits.parallelism}`,
    });
  }
  const runTimeMs = source.run_time ?? limits.runTimeMs;
  if (runTimeMs > limits.runTimeMs) {
    problems.push({
      path: "run_time",
      found: `${runTimeMs} ms`,
      expected: `at most ${limits.runTimeMs} ms`,
    });
  }
  if (problems.length > 0) return refuse(problems);
  const { inputs, mode, on_failure: onFailure } = source;
  return accept({
    title,
    environment,
    playbook,
    inputs,
    mode,
    parallelism,
    onFailure,
    runTimeMs,
    holdTimeMs: limits.holdTimeMs,
  });
}
