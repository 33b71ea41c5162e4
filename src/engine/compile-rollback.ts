// What takes a step back, decided when the plan is filed.

import { compileCall } from "./compile-call.ts";
import type { CompiledCall, StepContext } from "./compile-call.ts";
import type { DraftStep } from "./expand-steps.ts";
import type { Problem, Rollback } from "./plan.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";

/** @param forward null: the step itself has problems, which are told elsewhere. */
export function compileRollback(
  draft: DraftStep,
  forward: CompiledCall | null,
  context: StepContext,
): Result<Rollback, readonly Problem[]> {
  const { rollback: listed, uses = "" } = draft.source;
  const path = `${draft.path}.rollback`;
  if (listed === "none") return accept({ kind: "none" });
  if (typeof listed === "object") {
    const compiled = listed.map((call, index) =>
      compileCall(call, `${path}[${index}]`, draft, context),
    );
    const problems = compiled.flatMap((call) => (call.ok ? [] : call.refusal));
    if (problems.length > 0) return refuse(problems);
    const calls = compiled.flatMap((call) => (call.ok ? [call.value.call] : []));
    return accept(calls.length === 0 ? { kind: "not-needed" } : { kind: "commands", calls });
  }
  const undone = undoOf(forward);
  if (listed === undefined || forward === null || undone.kind !== "none") return accept(undone);
  const expected = `none or a list of calls: ${uses || "a step without uses"} has no undo for this input`;
  return refuse([{ path, found: "undo", expected }]);
}

/** The operation's own way back. */
function undoOf(forward: CompiledCall | null): Rollback {
  if (forward?.operation.undo === undefined) return { kind: "none" };
  // Whoever signs the step signs what takes it back.
  const risk = forward.operation.undoRisk ?? "destructive";
  if (forward.input === null) {
    const summary = "Put back what the step changed, as far as it can be told.";
    return { kind: "captured", summary, risk };
  }
  const summary = forward.operation.describeUndo(forward.input.parsed);
  return summary === null ? { kind: "none" } : { kind: "captured", summary, risk };
}
