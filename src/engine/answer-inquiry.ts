// Records a person's answer to what a run asks before one of its steps. Who may answer and whether each field takes
// its value is decided here, when it is answered; the run's owner takes the answer in.

import { audited, personActor } from "./audited-use-case.ts";
import { inquiryOf } from "./asked-inquiry.ts";
import type { AskedInquiry } from "./asked-inquiry.ts";
import { controlEntry } from "./control-run.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Inquiry, InquiryField } from "./plan.ts";
import type { FieldProblem, Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import { responderRefusal } from "./responders.ts";
import type { Result } from "./result.ts";
import type { RunView } from "./run-store.ts";
import { parseReference, SecretUnavailable } from "./secret-box.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import { stepNamed } from "./step-named.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";
import type { Instant } from "./time.ts";
import { secretIn } from "./secret-scan.ts";
import { validateAnswer } from "./validate-answer.ts";
import type { Entered } from "./validate-answer.ts";

export type AnswerInquiry = {
  readonly runId: string;
  readonly stepId: string;
  /** Which of the step's askings, from the button or window; null: the newest. */
  readonly opening: number | null;
  /** By field name, as typed. A secret is the reference under which it was sealed. */
  readonly entered: Readonly<Record<string, Entered>>;
};

type Asking = { readonly run: RunView; readonly inquiry: Inquiry };

/**
 * Refusals are audited when this returns, without what was typed. The same request again gives the same answer and
 * is recorded once. Sealed secrets of a refused answer are forgotten.
 */
export async function answerInquiry(
  ports: EnginePorts,
  asker: Asker,
  answer: AnswerInquiry,
): Promise<Result<{ readonly stepId: string }, Refusal>> {
  const { runId, stepId } = answer;
  const attempt = {
    attempted: `answer what step ${stepId} of run ${runId} asks`,
    planId: null,
    runId,
  };
  const result = await audited(ports, asker, attempt, async () => {
    const found = await findAsking(ports, asker, answer);
    if (!found.ok) return found;
    const { run, inquiry } = found.value;
    if (await isRecorded(ports, asker, runId)) return accept({ stepId });
    const asked = openAsking(run, answer, ports.clock.now());
    if (!asked.ok) return asked;
    const barred = await responderRefusal(ports, asker, run, inquiry);
    if (barred !== null) return refuse(barred);
    const answers = await validated(ports, asker, answer, inquiry.fields);
    if (!answers.ok) return answers;
    const { opening } = asked.value;
    return recorded(ports, asker, { run, stepId, opening, answers: answers.value });
  });
  if (!result.ok) await ports.secrets.forget(sealedIn(answer));
  return result;
}

async function findAsking(
  ports: EnginePorts,
  asker: Asker,
  { runId, stepId }: AnswerInquiry,
): Promise<Result<Asking, Refusal>> {
  const run = await ports.runs.view(runId);
  if (run === null || run.teamId !== asker.teamId) return refuse({ code: "run-not-found", runId });
  const person = await memberOrRefusal(ports, asker);
  if (!person.ok) return person;
  const step = stepNamed(run.plan, stepId);
  if (!step.ok) return step;
  const { inquiry } = step.value;
  if (inquiry === null) return refuse({ code: "inquiry-not-open", stepId });
  return accept({ run, inquiry });
}

/** A control request of the same Slack request stands already. */
async function isRecorded(ports: EnginePorts, asker: Asker, runId: string): Promise<boolean> {
  const controls = await ports.runs.controls(runId, 0);
  return controls.some(
    ({ request }) => request.kind === "answer-inquiry" && request.requestId === asker.requestId,
  );
}

function openAsking(
  run: RunView,
  { stepId, opening }: AnswerInquiry,
  now: Instant,
): Result<AskedInquiry, Refusal> {
  const asked = inquiryOf(run.events, stepId, now);
  if (asked === null) return refuse({ code: "inquiry-not-open", stepId });
  if (opening !== null && opening !== asked.opening)
    return refuse({ code: "inquiry-stale", stepId });
  const { end } = asked;
  if (end === null && now < asked.closesAt) return accept(asked);
  const by = end?.kind === "answered" && end.by?.kind === "person" ? [end.by.userId] : [];
  return refuse({ code: "inquiry-closed", stepId, how: end?.kind ?? "expired", byUserIds: by });
}

/** Every field's answer, or what is wrong with each. */
async function validated(
  ports: EnginePorts,
  asker: Asker,
  answer: AnswerInquiry,
  fields: readonly InquiryField[],
): Promise<Result<JsonObject, Refusal>> {
  const answers: [string, Json][] = [];
  const problems: FieldProblem[] = [];
  for (const field of fields) {
    const taken = await fieldAnswer(ports, asker, answer, field);
    if (taken.ok) answers.push([field.name, taken.value]);
    else problems.push({ field: field.name, sentence: taken.refusal });
  }
  return problems.length === 0
    ? accept(Object.fromEntries(answers))
    : refuse({ code: "answer-invalid", problems });
}

async function fieldAnswer(
  ports: EnginePorts,
  { teamId }: Asker,
  { runId, stepId, entered }: AnswerInquiry,
  field: InquiryField,
): Promise<Result<Json, string>> {
  const given = entered[field.name] ?? null;
  if (field.type === "secret") return secretAnswer(ports, { runId, stepId }, field, given);
  const held = given === null ? null : secretIn(given, ports.redactor.knows);
  if (held !== null)
    return refuse(
      `It seems to hold ${held}, and answers are shown: a plan asks for one by a secret field.`,
    );
  const taken = validateAnswer(field, given);
  if (!taken.ok || field.type !== "user" || typeof taken.value !== "string") return taken;
  const standing = await ports.directory.standing(teamId, taken.value, "fresh");
  return standing.kind === "member"
    ? taken
    : refuse("Choose an active full member of this workspace.");
}

/** Looks at the secret itself, and answers its reference. */
async function secretAnswer(
  { secrets }: EnginePorts,
  within: { readonly runId: string; readonly stepId: string },
  field: InquiryField,
  reference: Entered,
): Promise<Result<Json, string>> {
  if (reference === null || reference === "") return validateAnswer(field, null);
  if (parseReference(reference)?.place.field !== field.name)
    return refuse("This secret was not sealed, so it was not taken. Open the window again.");
  try {
    const taken = validateAnswer(field, await secrets.open(reference, within));
    return taken.ok ? accept(reference) : taken;
  } catch (error) {
    if (!(error instanceof SecretUnavailable)) throw error;
    return refuse(`It could not be sealed: ${error.message}.`);
  }
}

async function recorded(
  ports: EnginePorts,
  asker: Asker,
  given: {
    readonly run: RunView;
    readonly stepId: string;
    readonly opening: number;
    readonly answers: JsonObject;
  },
): Promise<Result<{ readonly stepId: string }, Refusal>> {
  const { run, stepId, opening, answers } = given;
  const { requestId } = asker;
  const number = await ports.runs.requestControl(
    run.runId,
    { kind: "answer-inquiry", by: personActor(asker), stepId, opening, answers, requestId },
    controlEntry(run, { asker, wish: `answer step ${stepId} of`, at: ports.clock.now() }),
  );
  if (number !== null) return accept({ stepId });
  return refuse({ code: "inquiry-closed", stepId, how: "left", byUserIds: [] });
}

function sealedIn({ entered }: AnswerInquiry): readonly string[] {
  return Object.values(entered).filter(
    (value): value is string => value !== null && parseReference(value) !== null,
  );
}
