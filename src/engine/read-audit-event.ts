// Events as they come back from the log, or from an export of it: each kind in its own shape, or an error that names
// the row. Nothing is passed on that the union does not have.

import type { z } from "zod";
import type { AuditEvent, AuditRow } from "./audit-event.ts";
import { DECISION_EVENT_SCHEMAS } from "./decision-event-schema.ts";
import type { Actor } from "./identity.ts";
import { actorSchema, RUN_EVENT_SCHEMAS } from "./run-event-schema.ts";
import type { RunEvent } from "./run.ts";

const AUDIT_EVENT_SCHEMAS: { readonly [K in AuditEvent["kind"]]: z.ZodType<AuditEvent> } = {
  ...RUN_EVENT_SCHEMAS,
  ...DECISION_EVENT_SCHEMAS,
};

/** Every kind of event that the log can hold. */
export const AUDIT_EVENT_KINDS: readonly string[] = Object.keys(AUDIT_EVENT_SCHEMAS);

/** A row that fits no event: a defect, a hand at work in the database, or written by a newer version. */
export class UnreadableEvent extends Error {
  override readonly name = "UnreadableEvent";
}

/** @throws {UnreadableEvent} naming the row, and the first place in it that doesn't fit. */
export function readAuditEvent(
  row: Pick<AuditRow, "teamId" | "seq" | "kind" | "data">,
): AuditEvent {
  const name = `row ${row.seq} (${row.kind}) of ${row.teamId}`;
  return readKind(AUDIT_EVENT_SCHEMAS, { kind: row.kind, data: row.data }, name);
}

/**
 * @param name of the row, for the error.
 * @throws {UnreadableEvent}
 */
export function readRunEvent(kind: string, data: string, name: string): RunEvent {
  const schemas: { readonly [K in RunEvent["kind"]]: z.ZodType<RunEvent> } = RUN_EVENT_SCHEMAS;
  return readKind(schemas, { kind, data }, name);
}

/**
 * `person:<user id>` or `system:<part>` of a workspace's row.
 * @param name of the row, for the error.
 * @throws {UnreadableEvent}
 */
export function readActor(text: string, teamId: string, name: string): Actor {
  const [kind, ...rest] = text.split(":");
  const id = rest.join(":");
  const actor = kind === "person" ? { kind, teamId, userId: id } : { kind, part: id };
  return fitting(actorSchema, actor, `the actor ${text} of ${name}`);
}

function readKind<T>(
  schemas: Readonly<Record<string, z.ZodType<T>>>,
  { kind, data }: { readonly kind: string; readonly data: string },
  name: string,
): T {
  const schema = Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
  if (schema === undefined)
    throw new UnreadableEvent(`${name} is of a kind that nothing here writes`);
  return fitting(schema, { ...objectOf(data, name), kind }, name);
}

function objectOf(data: string, name: string): object {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (error) {
    throw new UnreadableEvent(`${name} has data that is not JSON`, { cause: error });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UnreadableEvent(`${name} has data that is not an object`);
}

function fitting<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined ? "unknown" : `${issue.path.join(".")}: ${issue.message}`;
  throw new UnreadableEvent(`${name} can't be read: ${place}`, { cause: parsed.error });
}
