// `countersign policy test`: runs a team's own table of cases through the functions that file and decide plans. Needs
// no Slack, no database and no queue, asks nobody, and changes nothing.

import { answersOf, caseDifferences, reasonsOf } from "#engine/case-differences.ts";
import type { CaseExpectation } from "#engine/case-differences.ts";
import { describedPlan } from "#engine/described-plan.ts";
import { isJsonObject } from "#engine/json.ts";
import type { Json } from "#engine/json.ts";
import { decideCase } from "#engine/policy-case.ts";
import type { Plan, Problem } from "#engine/plan.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { soundPlan } from "#engine/sound-plan.ts";
import type { PlanningPorts } from "#engine/sound-plan.ts";
import type { Instant } from "#engine/time.ts";
import { cronCalendar } from "#adapters/calendar/cron-calendar.ts";
import { caseTable } from "#terminal/case-table.ts";
import type { TestedCase } from "#terminal/case-table.ts";
import { problemLines } from "#terminal/problem-lines.ts";
import { placeProblems } from "#yaml/place-problems.ts";
import { readYaml } from "#yaml/read-yaml.ts";
import type { ConfigOverrides } from "../config.ts";
import type { CommandOutput } from "./command-output.ts";
import { parseCaseFile } from "./policy-case-file.ts";
import type { CaseFile, WrittenCase } from "./policy-case-file.ts";
import { withPlanningPorts } from "./planning-ports.ts";
import { readNamedFile } from "./read-named-file.ts";

/** Exit code 1 when a case fails, 2 when the table or the configuration can't be used. */
export async function policyTest(
  { file, json }: { readonly file: string; readonly json: boolean },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  const text = await readNamedFile(file);
  return withPlanningPorts(overrides, async (ports, config) => {
    const cases = casesOf(text, ports);
    if (!cases.ok) {
      const placed = placeProblems(text, cases.refusal);
      output.complain(problemLines(file, text, placed, output.errorScreen));
      return 2;
    }
    const tested: TestedCase[] = [];
    for (const one of cases.value) tested.push(await testCase(ports, one));
    const answer = { file, config: config.file, cases: tested };
    output.print(json ? jsonOf(answer) : caseTable(answer, output.screen));
    return tested.every(({ differences }) => differences.length === 0) ? 0 : 1;
  });
}

/** In the words of the table. */
function jsonOf({
  cases,
  ...rest
}: {
  readonly file: string;
  readonly config: string;
  readonly cases: readonly TestedCase[];
}): string {
  const told = cases.map(({ name, answers, differences, reasons }) => {
    const { couldApprove, notCounted, ...found } = answers;
    return {
      name,
      passed: differences.length === 0,
      found: { ...found, could_approve: couldApprove, not_counted: notCounted },
      differences,
      reasons,
    };
  });
  return JSON.stringify({ ...rest, cases: told }, null, 2);
}

type ReadyCase = { readonly written: WrittenCase; readonly plan: Plan; readonly file: CaseFile };

function casesOf(
  text: string,
  ports: PlanningPorts,
): Result<readonly ReadyCase[], readonly Problem[]> {
  const read = readYaml(text);
  if (!read.ok) return read;
  const parsed = parseCaseFile(read.value, ports);
  if (!parsed.ok) return parsed;
  const file = parsed.value;
  const problems: Problem[] = [];
  const ready = file.cases.flatMap((written, index) => {
    const plan = planOf(written, rawCase(read.value, index), ports);
    if (plan.ok) return [{ written, plan: plan.value, file }];
    for (const problem of plan.refusal)
      problems.push({ ...problem, path: joined(`cases[${index}]`, problem.path) });
    return [];
  });
  return problems.length > 0 ? refuse(problems) : accept(ready);
}

function joined(at: string, path: string): string {
  return path === "" ? at : `${at}.${path}`;
}

/** The case as it stands in the file: a plan is compiled from what was written. */
function rawCase(value: Json, index: number): Json {
  const cases = isJsonObject(value) ? value["cases"] : undefined;
  return Array.isArray(cases) ? (cases[index] ?? null) : null;
}

function planOf(
  written: WrittenCase,
  raw: Json,
  ports: PlanningPorts,
): Result<Plan, readonly Problem[]> {
  const { change, playbook } = written;
  if (change !== undefined) {
    const {
      environment = ports.policy.defaultEnvironment,
      playbook: from = null,
      ...rest
    } = change;
    const { risk = null } = change;
    return accept(describedPlan({ ...rest, environment, playbook: from, risk }, ports.registry));
  }
  const value = isJsonObject(raw) ? (raw["plan"] ?? null) : null;
  const request =
    playbook === undefined
      ? ({ kind: "source", value, text: JSON.stringify(value) } as const)
      : ({ kind: "playbook", name: playbook, arguments: written.inputs ?? {} } as const);
  const place = playbook === undefined ? "plan" : "playbook";
  const sound = soundPlan(ports, request);
  if (sound.ok) return accept(sound.value.plan);
  const { refusal } = sound;
  if (refusal.code === "plan-invalid")
    return refuse(
      refusal.problems.map((problem) => ({
        ...problem,
        path: playbook === undefined ? joined(place, problem.path) : place,
      })),
    );
  const expected = explainRefusal(refusal).replace(/\.$/, "");
  return refuse([{ path: place, found: "a plan that would be refused", expected }]);
}

async function testCase(
  ports: PlanningPorts,
  { written, plan, file }: ReadyCase,
): Promise<TestedCase> {
  const filedAt: Instant = written.at ?? file.at ?? 0;
  const outcome = await decideCase(
    { policy: ports.policy, registry: ports.registry, calendar: cronCalendar },
    {
      plan,
      requesterId: written.requester,
      ...(written.channel !== undefined && { channelId: written.channel }),
      editorIds: written.edited_by,
      groups: { ...file.groups, ...written.groups },
      inactive: written.inactive,
      delegations: written.delegations.map(({ from, to }) => ({ fromUserId: from, toUserId: to })),
      votes: [
        ...written.approve.map((userId) => ({ userId, choice: "approve" as const })),
        ...written.reject.map((userId) => ({ userId, choice: "reject" as const })),
      ],
      filedAt,
      askedAt: filedAt + (written.after ?? 0),
    },
  );
  return {
    name: written.name,
    answers: answersOf(outcome),
    differences: caseDifferences(outcome, expectationOf(written.expect)),
    reasons: reasonsOf(outcome),
  };
}

function expectationOf({
  refused,
  policies,
  standing,
  freeze,
  verdict,
  needed,
  could_approve: couldApprove,
  not_counted: notCounted,
}: WrittenCase["expect"]): CaseExpectation {
  return {
    ...(refused !== undefined && { refused }),
    ...(policies !== undefined && { policies }),
    ...(standing !== undefined && { standing }),
    ...(freeze !== undefined && { freeze }),
    ...(verdict !== undefined && { verdict }),
    ...(needed !== undefined && { needed }),
    ...(couldApprove !== undefined && { couldApprove }),
    ...(notCounted !== undefined && { notCounted }),
  };
}
