// `countersign plan validate|explain|graph|dry-run`: plan files and playbooks, looked at without Slack and queue, and
// without a database unless one is at hand. Nothing here can file, approve or run anything.

import { foreseeRule } from "#engine/foresee-rule.ts";
import type { JsonObject } from "#engine/json.ts";
import type { Registry } from "#engine/operation.ts";
import { openTargets } from "#engine/open-targets.ts";
import type { Plan } from "#engine/plan.ts";
import { planHash } from "#engine/plan-hash.ts";
import type { Playbook } from "#engine/playbook.ts";
import { previewForOperator } from "#engine/preview-plan.ts";
import { explainRefusal, problemSentence } from "#engine/explain-refusal.ts";
import { cronCalendar } from "#adapters/calendar/cron-calendar.ts";
import { createBreakerStore } from "#adapters/postgres/breaker-store.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { createTimingStore } from "#adapters/postgres/timing-store.ts";
import { randomIds } from "#adapters/system/random-ids.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { dryRunMessage } from "#bot/messages/dry-run.ts";
import { counted, reveal } from "#bot/messages/plain.ts";
import { estimateOf } from "#bot/outbound/estimates.ts";
import { blockText } from "#terminal/block-text.ts";
import { explainedPlan } from "#terminal/plan-explained.ts";
import type { Explained } from "#terminal/plan-explained.ts";
import { planMermaid } from "#terminal/plan-mermaid.ts";
import { planTree } from "#terminal/plan-tree.ts";
import { problemLines } from "#terminal/problem-lines.ts";
import { riskText } from "#terminal/screen.ts";
import type { Screen } from "#terminal/screen.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import { checkPlanFile } from "./check-plan-file.ts";
import type { CheckedFile } from "./check-plan-file.ts";
import type { CommandOutput } from "./command-output.ts";
import { whyClosed } from "./open-for-operator.ts";
import { readPlanFiles } from "./plan-files.ts";
import type { PlanFile } from "./plan-files.ts";
import { withPlanningPorts } from "./planning-ports.ts";

export type PlanWords = { readonly files: readonly string[]; readonly given: JsonObject };

/** Checks every file and says each mistake with its place. Exit code 2 when one has any. */
export async function planValidate(
  { files: names, given }: PlanWords,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  const files = await readPlanFiles(names);
  return withPlanningPorts(overrides, (ports) => {
    let bad = 0;
    for (const file of files) {
      const checked = checkPlanFile(file, given, ports);
      if (checked.kind === "plan" || checked.kind === "open")
        output.print(validLine(file, checked, output.screen));
      else {
        bad += 1;
        output.complain(mistakesText(file, checked, output.errorScreen));
      }
    }
    if (bad > 0 && files.length > 1)
      output.complain(`${bad} of ${counted(files.length, "file")} cannot be used.`);
    return bad === 0 ? 0 : 2;
  });
}

function validLine(
  { name }: PlanFile,
  checked: Extract<CheckedFile, { kind: "plan" | "open" }>,
  screen: Screen,
): string {
  if (checked.kind === "plan") {
    const { plan } = checked;
    return `${name}: valid, ${counted(plan.steps.length, "step")}, ${riskText(screen, plan.risk)} in ${plan.environment}, hash ${planHash(plan, sha256).slice(0, 12)}`;
  }
  return `${name}: no mistakes in playbook ${checked.playbook.name}; to check what depends on its inputs, give ${checked.missing.join(" ")}`;
}

/** What the card would show, as text. */
export function planExplain(
  words: PlanWords,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withPlan(words, overrides, output, async ({ plan, ports }, config) => {
    const { registry } = ports;
    const { policy } = config;
    const facts = { policy, calendar: cronCalendar, registry, now: systemClock.now() };
    const known = await whatIsKnown(plan, registry, config, output);
    const explained = {
      plan,
      hash: planHash(plan, sha256),
      policy: foreseeRule(facts, plan),
      ...known,
    };
    return output.print(explainedPlan(explained, output.screen));
  });
}

type Known = Pick<Explained, "estimate" | "openTargets">;

/** How long it usually takes and which of its targets are in trouble, where a server's database is at hand. */
async function whatIsKnown(
  plan: Plan,
  registry: Registry,
  config: Config,
  output: CommandOutput,
): Promise<Known> {
  if (config.databaseUrl === null) return {};
  try {
    const database = await openDatabase(config);
    try {
      return {
        estimate: await estimateOf(createTimingStore(database), plan),
        openTargets: openTargets(plan, registry, await createBreakerStore(database).list()),
      };
    } finally {
      await database.close();
    }
  } catch (error) {
    const why = whyClosed(error);
    if (why === null) throw error;
    output.complain(
      `${why} How long the plan usually takes, and whether its targets are in trouble, is left out.`,
    );
    return {};
  }
}

/** The order of the steps, as a tree for a terminal or as Mermaid. */
export function planGraph(
  { form, ...words }: PlanWords & { readonly form: "tree" | "mermaid" },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withPlan(words, overrides, output, ({ plan }) =>
    output.print(form === "tree" ? planTree(plan, output.screen) : planMermaid(plan).trimEnd()),
  );
}

/** What each step would do, asked of the targets. Exit code 1 when a step would fail. */
export function planDryRun(
  words: PlanWords,
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  return withPlan(words, overrides, output, async ({ request, ports }) => {
    const preview = await previewForOperator(
      { ...ports, clock: systemClock, ids: randomIds },
      request,
    );
    if (!preview.ok) {
      output.complain(reveal(explainRefusal(preview.refusal)));
      return 2;
    }
    output.print(blockText(dryRunMessage(preview.value).blocks, output.screen));
    const fails = preview.value.steps.some((step) => step.preview?.wouldSucceed === false);
    return fails ? 1 : 0;
  });
}

type ReadyPlan = Extract<CheckedFile, { kind: "plan" }>;

/** Reads the one file and makes its plan, or says what is wrong with it and answers 2. */
async function withPlan(
  { files: names, given }: PlanWords,
  overrides: ConfigOverrides,
  output: CommandOutput,
  act: (ready: ReadyPlan, config: Config) => number | Promise<number>,
): Promise<number> {
  const files = await readPlanFiles(names);
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) {
    output.complain(`This takes one file, and here are ${files.length}.`);
    return 2;
  }
  return withPlanningPorts(overrides, (ports, config) => {
    const checked = checkPlanFile(file, given, ports);
    if (checked.kind === "plan") return act(checked, config);
    output.complain(mistakesText(file, checked, output.errorScreen));
    return 2;
  });
}

function mistakesText(
  file: PlanFile,
  checked: Exclude<CheckedFile, { kind: "plan" }>,
  screen: Screen,
): string {
  switch (checked.kind) {
    case "wrong":
      return problemLines(file.name, checked.secret ? "" : file.text, checked.problems, screen);
    case "wrong-inputs":
      return [
        `${file.name}: playbook ${checked.playbook.name} cannot be used with these inputs.`,
        ...checked.problems.map((problem) => `  ${reveal(problemSentence(problem))}`),
      ].join("\n");
    case "open":
      return [
        `${file.name}: playbook ${checked.playbook.name} needs its inputs: ${checked.missing.join(" ")}`,
        ...inputLines(checked.playbook),
      ].join("\n");
  }
}

function inputLines({ inputs }: Playbook): readonly string[] {
  return Object.entries(inputs).map(([name, { type, description, default: given }]) => {
    const rest = given === undefined ? "" : ` (default ${JSON.stringify(given)})`;
    return reveal(`  ${name}=<${type}>  ${description}${rest}`).trimEnd();
  });
}
