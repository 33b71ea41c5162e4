// The edit modal was submitted. YAML and plan are checked inside the acknowledgement, so that mistakes stand at
// the text they are in; the new version comes after it.

import type { App } from "@slack/bolt";
import { compilePlan } from "#engine/compile-plan.ts";
import { editPlan } from "#engine/edit-plan.ts";
import type { Json } from "#engine/json.ts";
import type { Problem } from "#engine/plan.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { fileInPlace } from "../../answers/supersede.ts";
import { editErrors, readEditedSource } from "../../messages/edit-view.ts";
import { CALLBACKS } from "../../messages/identifiers.ts";
import { refusedAnswer, reply, said } from "../../reply.ts";
import type { Answer } from "../../reply.ts";
import { askerOf } from "../../requester.ts";
import type { Desk } from "../../requester.ts";
import { placeProblems } from "#yaml/place-problems.ts";
import { readYaml } from "#yaml/read-yaml.ts";
import { submittedBy } from "./submitted.ts";
import type { Submitted } from "./submitted.ts";

export function listenToEdits(app: App, desk: Desk): void {
  listenTo(app, desk, CALLBACKS.edit, edit);
  listenTo(app, desk, CALLBACKS.editHeld, fileEdited);
}

type Source = { readonly value: Json; readonly text: string };

function listenTo(
  app: App,
  desk: Desk,
  callbackId: string,
  save: (desk: Desk, submitted: Submitted, source: Source) => Promise<Answer>,
): void {
  app.view(
    { callback_id: callbackId, type: "view_submission" },
    async ({ ack, body, view, context }) => {
      const { values } = view.state;
      const text = readEditedSource(values);
      const value = checkSource(desk, text);
      if (!value.ok) {
        const problems = placeProblems(text, value.refusal);
        await ack({ response_action: "errors", errors: editErrors(values, problems) });
        return;
      }
      await ack();
      const submitted = await submittedBy(desk, body, context);
      await reply(
        desk.ports,
        submitted.requester,
        await save(desk, submitted, { value: value.value, text }),
      );
    },
  );
}

function checkSource({ ports }: Desk, text: string): Result<Json, readonly Problem[]> {
  const value = readYaml(text);
  if (!value.ok) return value;
  const compiled = compilePlan({ kind: "source", value: value.value, text }, ports);
  return compiled.ok ? accept(value.value) : refuse(compiled.refusal);
}

async function edit(desk: Desk, { requester, plan }: Submitted, source: Source): Promise<Answer> {
  if (plan === null) return refusedAnswer({ code: "plan-not-found", planId: "of this window" });
  const { record, version } = plan;
  const asker = askerOf(desk, requester, record.conversation);
  const result = await editPlan(desk.ports, asker, {
    planId: record.id,
    fromVersion: version,
    ...source,
  });
  if (!result.ok) {
    const { refusal } = result;
    const replaceable = refusal.code === "already-decided" && refusal.status === "approved";
    return replaceable
      ? said(`${explainRefusal(refusal)} ${howToReplace(record.id)}`, "warning")
      : refusedAnswer(refusal);
  }
  return said(
    `Saved as version ${result.value.record.version} of plan ${record.id}. Earlier votes are void, and as an editor you cannot approve it.`,
    "done",
  );
}

function howToReplace(planId: string): string {
  return `Until it starts its requester can put another in its place: supersede ${planId}, with the new plan in a code block.`;
}

/** The run of the plan is held: what was edited becomes a plan of its own. */
async function fileEdited(
  desk: Desk,
  { requester, plan }: Submitted,
  { value, text }: Source,
): Promise<Answer> {
  if (plan === null) return refusedAnswer({ code: "plan-not-found", planId: "of this window" });
  return fileInPlace(desk, requester, plan.record, { kind: "source", value, text });
}
