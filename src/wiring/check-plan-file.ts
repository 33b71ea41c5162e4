// One plan or playbook file against the configuration: the plan it makes, or every mistake with its place.

import { missingInputs, openPlaybookProblems } from "#engine/open-playbook.ts";
import type { PlanRequest } from "#engine/compile-plan.ts";
import { isJsonObject } from "#engine/json.ts";
import type { Json, JsonObject } from "#engine/json.ts";
import type { Plan, Problem } from "#engine/plan.ts";
import { parsePlaybook, playbookInputs } from "#engine/playbook.ts";
import type { Playbook } from "#engine/playbook.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import type { Refusal } from "#engine/refusal.ts";
import { soundPlan } from "#engine/sound-plan.ts";
import type { PlanningPorts } from "#engine/sound-plan.ts";
import { placeProblems } from "#yaml/place-problems.ts";
import type { PlacedProblem } from "#yaml/place-problems.ts";
import { readYaml } from "#yaml/read-yaml.ts";
import type { PlanFile } from "./plan-files.ts";

export type CheckedFile =
  | {
      readonly kind: "plan";
      readonly plan: Plan;
      /** What makes this plan, and the ports to make it with: a playbook from a file is one of them. */
      readonly request: PlanRequest;
      readonly ports: PlanningPorts;
    }
  /** A playbook without mistakes, as far as can be told without its inputs. */
  | { readonly kind: "open"; readonly playbook: Playbook; readonly missing: readonly string[] }
  | {
      readonly kind: "wrong";
      readonly problems: readonly PlacedProblem[];
      /** The lines around the problems must not be shown: they seem to hold a secret. */
      readonly secret: boolean;
    }
  /** The words after the file don't fit the playbook's inputs. */
  | {
      readonly kind: "wrong-inputs";
      readonly playbook: Playbook;
      readonly problems: readonly Problem[];
    };

export function checkPlanFile(
  file: PlanFile,
  given: JsonObject,
  ports: PlanningPorts,
): CheckedFile {
  const read = readYaml(file.text);
  if (!read.ok) return wrong(file, read.refusal);
  if (isPlaybook(read.value)) return checkPlaybook(file, read.value, given, ports);
  const [argument] = Object.keys(given);
  if (argument !== undefined) {
    const found = `${argument}=…, though it is no playbook`;
    return wrong(file, [{ path: "", found, expected: "inputs only for a playbook" }]);
  }
  return checkRequest(
    file,
    read.value,
    { kind: "source", value: read.value, text: file.text },
    ports,
  );
}

/** Only playbooks have a name. */
function isPlaybook(value: Json): value is JsonObject {
  return isJsonObject(value) && (Object.hasOwn(value, "name") || Object.hasOwn(value, "summary"));
}

function checkPlaybook(
  file: PlanFile,
  value: JsonObject,
  given: JsonObject,
  ports: PlanningPorts,
): CheckedFile {
  const parsed = parsePlaybook(file.name, file.text, value);
  if (!parsed.ok) return wrong(file, parsed.refusal);
  const playbook = parsed.value;
  const others = ports.playbooks.filter(({ name }) => name !== playbook.name);
  const here = { ...ports, playbooks: [playbook, ...others] };
  const missing = missingInputs(playbook, given);
  if (missing.length > 0 && Object.keys(given).length === 0) {
    const problems = openPlaybookProblems(playbook, here);
    return problems.length > 0 ? wrong(file, problems) : { kind: "open", playbook, missing };
  }
  const inputs = playbookInputs(playbook, inputsAmong(playbook, given));
  if (!inputs.ok) return { kind: "wrong-inputs", playbook, problems: inputs.refusal };
  const request = { kind: "playbook", name: playbook.name, arguments: given } as const;
  return checkRequest(file, value, request, here);
}

/** A playbook that leaves its environment open takes it beside its inputs. */
function inputsAmong({ body, inputs }: Playbook, given: JsonObject): JsonObject {
  if (Object.hasOwn(body, "environment") || Object.hasOwn(inputs, "environment")) return given;
  const { environment: _environment, ...rest } = given;
  return rest;
}

function checkRequest(
  file: PlanFile,
  value: Json,
  request: PlanRequest,
  ports: PlanningPorts,
): CheckedFile {
  const sound = soundPlan(ports, request);
  return sound.ok
    ? { kind: "plan", plan: sound.value.plan, request, ports }
    : refused(file, value, sound.refusal);
}

/** What filing would refuse, as problems of the file. */
function refused(file: PlanFile, value: Json, refusal: Refusal): CheckedFile {
  switch (refusal.code) {
    case "plan-invalid":
      return wrong(file, refusal.problems);
    case "secret-found": {
      const path = refusal.path === "the text" ? "" : refusal.path;
      const expected =
        "secret:<name> of a secret that the configuration names, or a credentials profile: plans are stored and shown to everyone";
      return { ...wrong(file, [{ path, found: refusal.what, expected }]), secret: true };
    }
    case "operation-not-permitted":
      return wrong(file, [
        {
          path: `steps[${stepIndex(value, refusal.stepId)}].uses`,
          found: refusal.operation,
          expected: `a use that is allowed here: ${refusal.sentence.replace(/\.$/, "")}`,
        },
      ]);
    default:
      return wrong(file, [
        {
          path: "",
          found: "a plan that would be refused",
          expected: explainRefusal(refusal).replace(/\.$/, ""),
        },
      ]);
  }
}

/** Where the step is written that a plan's step comes from: `stop[3]` and `stop.drain` from `stop`. */
function stepIndex(value: Json, stepId: string): number {
  const steps = isJsonObject(value) && Array.isArray(value["steps"]) ? value["steps"] : [];
  return steps.findIndex((step: unknown) => {
    if (!isJsonObject(step) || typeof step["id"] !== "string") return false;
    return (
      stepId === step["id"] ||
      (/^[.[]/.test(stepId.slice(step["id"].length)) && stepId.startsWith(step["id"]))
    );
  });
}

function wrong(file: PlanFile, problems: readonly Problem[]) {
  return { kind: "wrong", problems: placeProblems(file.text, problems), secret: false } as const;
}
