// Who is on call, asked of the service that knows (PagerDuty, Opsgenie or any with a JSON answer) over the guarded
// HTTP client. Says Slack's user ids; what it can't say it says is unavailable, and never makes up.

import { OperationError, OutcomeUnknown } from "#engine/failure.ts";
import { DirectoryUnavailable } from "#engine/identity.ts";
import type { Directory } from "#engine/identity.ts";
import type { Json } from "#engine/json.ts";
import type { AnyOperation } from "#engine/operation.ts";
import type { OnCallSource } from "#engine/policy.ts";
import type { Clock, Instant } from "#engine/time.ts";
import { z } from "zod";

/** As long as an answer holds: a hand-over is noticed that much later. Their limits are a few hundred a minute. */
const OLDEST_MS = 30_000;
/** A failure holds this long, so that a page full of cards asks a dead service once. */
const OLDEST_FAILURE_MS = 5_000;
const TIMEOUT_MS = 5_000;
const SLACK_USER = /^[UW][A-Z0-9]{2,20}$/;

export type OnCallParts = {
  /** `http.request` with a profile for each group, by the group's name. */
  readonly request: AnyOperation;
  /** What a JSON path selects. @throws when the document is too much for it. */
  readonly select: (path: string, document: Json) => readonly Json[];
  readonly clock: Pick<Clock, "now">;
};

type Answer = { readonly at: Instant; readonly people: readonly string[] | DirectoryUnavailable };

/** The directory's word on who is on call. */
export function createOnCall(parts: OnCallParts): Directory["onCall"] {
  const answers = new Map<string, Answer>();
  const asking = new Map<string, Promise<Answer>>();
  const ask = async (group: string, source: OnCallSource): Promise<Answer> => {
    const people = await peopleOf(parts, group, source).catch((error: unknown) => {
      if (error instanceof DirectoryUnavailable) return error;
      throw error;
    });
    const answer = { at: parts.clock.now(), people };
    answers.set(group, answer);
    return answer;
  };
  return async (group, source) => {
    const known = answers.get(group);
    if (known !== undefined && holds(known, parts.clock.now())) return given(known);
    const onItsWay = asking.get(group);
    if (onItsWay !== undefined) return given(await onItsWay);
    const question = ask(group, source).finally(() => asking.delete(group));
    asking.set(group, question);
    return given(await question);
  };
}

function holds({ at, people }: Answer, now: Instant): boolean {
  return now - at < (people instanceof DirectoryUnavailable ? OLDEST_FAILURE_MS : OLDEST_MS);
}

function given({ people }: Answer): readonly string[] {
  if (people instanceof DirectoryUnavailable) throw people;
  return people;
}

async function peopleOf(
  { request, select }: OnCallParts,
  group: string,
  source: OnCallSource,
): Promise<readonly string[]> {
  const body = await bodyOf(request, group, source);
  const ids = selected(select, group, source, body).map((value) => {
    if (typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    throw unavailable(group, `its path ${source.path} selects something that is no id`);
  });
  const known = ids.flatMap((id) => slackIdOf(id, source) ?? []);
  if (ids.length > 0 && known.length === 0)
    throw unavailable(
      group,
      `${ids.slice(0, 5).join(", ")} is on call and is not listed under its people`,
    );
  return [...new Set(known)].toSorted();
}

const answered = z.object({ body: z.json(), truncated: z.boolean() });

async function bodyOf(request: AnyOperation, group: string, source: OnCallSource): Promise<Json> {
  const url = onCallUrl(source.url, group);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const result = await request.run(
      request.input.parse({ url, headers: { accept: "application/json" } }),
      { signal, idempotencyKey: "", output: () => {}, profile: group, timeoutMs: TIMEOUT_MS },
    );
    const { body, truncated } = answered.parse(result);
    if (truncated) throw unavailable(group, "its answer is too long");
    if (typeof body !== "object" || body === null)
      throw unavailable(group, "it did not answer with JSON");
    return body;
  } catch (error) {
    if (!(error instanceof OperationError || error instanceof OutcomeUnknown)) throw error;
    const { code, category } = error.failure;
    // Not its message: that may hold what the service answered, and this is shown in Slack.
    throw unavailable(group, code ?? category, error);
  }
}

function selected(
  select: OnCallParts["select"],
  group: string,
  { path }: OnCallSource,
  body: Json,
): readonly Json[] {
  try {
    return select(path, body);
  } catch (error) {
    throw unavailable(group, `its path ${path} cannot be followed in the answer`, error);
  }
}

function slackIdOf(id: string, { people }: OnCallSource): string | null {
  const mapped = Object.hasOwn(people, id) ? people[id] : undefined;
  return mapped ?? (SLACK_USER.test(id) ? id : null);
}

/** The address with `{group}` filled in. */
export function onCallUrl(template: string, group: string): string {
  return template.replaceAll("{group}", encodeURIComponent(group));
}

function unavailable(group: string, detail: string, cause?: unknown): DirectoryUnavailable {
  return new DirectoryUnavailable(`the on-call service of ${group}: ${detail}`, { cause });
}
