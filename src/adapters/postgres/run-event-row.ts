// A run's events and control requests as they come back from the database: what a row must fit to be one.

import { z } from "zod";
import type { ControlRequest, RecordedRunEvent } from "#engine/run.ts";
import { jsonObjectSchema } from "#engine/json-schema.ts";
import { readActor, readRunEvent } from "#engine/read-audit-event.ts";
import {
  actorSchema,
  attemptSchema,
  byPerson,
  callSchema,
  stepVoteSchema,
  unknownAnswerSchema,
} from "#engine/run-event-schema.ts";
import { readAs, UnreadableRow } from "./stored-json.ts";

/** What `countersign_run_links` answers: events that were written together. */
export type RunLinkRow = {
  readonly at: number;
  readonly actor: string;
  readonly team: string;
  /** With commas between them. */
  readonly kinds: string;
  /** JSON of each, with line breaks between them. */
  readonly data: string;
};

const text = z.string();

const controlSchema: z.ZodType<ControlRequest> = z.discriminatedUnion("kind", [
  byPerson("pause"),
  byPerson("resume"),
  z.object({ kind: z.literal("cancel"), by: actorSchema, rollback: z.boolean() }),
  byPerson("rollback"),
  z.object({ kind: z.literal("retry"), by: actorSchema, stepId: text }),
  z.object({ kind: z.literal("skip"), by: actorSchema, stepId: text, reason: text }),
  z.object({ kind: z.literal("override-breaker"), by: actorSchema, target: text }),
  z.object({
    kind: z.literal("vote"),
    by: actorSchema,
    stepId: text,
    opening: z.exactOptional(z.number()),
    vote: stepVoteSchema,
  }),
  z.object({
    kind: z.literal("answer-inquiry"),
    by: actorSchema,
    stepId: text,
    opening: z.exactOptional(z.number()),
    answers: jsonObjectSchema,
    requestId: z.exactOptional(text),
  }),
  z.object({
    kind: z.literal("answer"),
    by: actorSchema,
    call: callSchema,
    attempt: attemptSchema,
    answer: unknownAnswerSchema,
  }),
]);

/** @throws {UnreadableEvent | UnreadableRow} */
export function readRunEvents(
  runId: string,
  links: readonly RunLinkRow[],
): readonly RecordedRunEvent[] {
  const events: RecordedRunEvent[] = [];
  for (const link of links) {
    const data = link.data.split("\n");
    for (const [place, kind] of link.kinds.split(",").entries()) {
      const name = `event ${events.length + 1} (${kind}) of run ${runId}`;
      const text = data[place];
      if (text === undefined) throw new UnreadableRow(`${name} has no data`);
      events.push({
        at: link.at,
        actor: readActor(link.actor, link.team, name),
        event: readRunEvent(kind, text, name),
      });
    }
  }
  return events;
}

/** @throws {UnreadableRow} */
export function readControls(
  runId: string,
  rows: readonly { readonly number: number; readonly request: unknown }[] | null,
) {
  return (rows ?? []).map(({ number, request }) => ({
    number,
    request: readAs(controlSchema, request, `control request ${number} of run ${runId}`),
  }));
}
