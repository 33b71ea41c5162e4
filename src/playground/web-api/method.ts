// What one method of the Web API is to the playground, and how its arguments are read from forms and JSON alike.

import { z } from "zod";
import { parseJson, type JsonRecord } from "../json-value.ts";
import type { ModalStacks } from "../modal-stacks.ts";
import type { TriggerBook } from "../triggers.ts";
import type { Uploads } from "../uploads.ts";
import type { WorkspaceState } from "../workspace-state.ts";

/** What every method may use. */
export interface CallContext {
  readonly state: WorkspaceState;
  readonly modals: ModalStacks;
  readonly triggers: TriggerBook;
  readonly uploads: Uploads;
  /** The server's own address, with no slash at its end. */
  readonly baseUrl: string;
  /** Makes the address of a new Socket Mode connection. */
  readonly openSocketUrl: () => string;
}

export type Answer = { readonly ok: true; readonly [key: string]: unknown } | Refusal;

export interface Refusal {
  readonly ok: false;
  readonly error: string;
  readonly [key: string]: unknown;
}

export function refuse(error: string, details: JsonRecord = {}): Refusal {
  return { ok: false, error, ...details };
}

/** A refusal that explains itself the way Slack does for blocks and arguments. */
export function refuseWithMessages(error: string, messages: readonly string[]): Refusal {
  return messages.length === 0
    ? refuse(error)
    : refuse(error, { errors: messages, response_metadata: { messages } });
}

/** Calls a minute: tiers 1 to 4, or the special rule of chat.postMessage. */
export type RateTier = 1 | 2 | 3 | 4 | "post-message";

export interface Method {
  readonly tier: RateTier;
  readonly token: "bot" | "app";
  /** Any one of these is enough; empty: none is needed. */
  readonly scopes: readonly string[];
  readonly call: (context: CallContext, args: JsonRecord) => Answer;
}

interface MethodDefinition<A> {
  readonly tier: RateTier;
  readonly token?: Method["token"];
  readonly scopes?: readonly string[];
  readonly args: z.ZodType<A>;
  readonly run: (context: CallContext, args: A) => Answer;
}

/** Ties a method's arguments to the function that answers it. Wrong arguments answer `invalid_arguments`. */
export function method<A>({
  tier,
  token = "bot",
  scopes = [],
  args,
  run,
}: MethodDefinition<A>): Method {
  return {
    tier,
    token,
    scopes,
    call(context, raw) {
      const parsed = args.safeParse(raw);
      if (parsed.success) return run(context, parsed.data);
      return refuseWithMessages("invalid_arguments", parsed.error.issues.map(describeIssue));
    },
  };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const pointer = issue.path.map((part) => `/${String(part)}`).join("");
  const missing = issue.code === "invalid_type" && issue.input === undefined;
  return missing
    ? `[ERROR] missing required field: ${pointer.slice(1)}`
    : `[ERROR] ${issue.message} [json-pointer:${pointer}]`;
}

export const flag = z
  .union([z.boolean(), z.enum(["true", "false", "1", "0"]), z.literal(1), z.literal(0)])
  .transform((value) => [true, "true", "1", 1].includes(value));

export const count = z.coerce.number().int().min(1).max(1000);

/**
 * A nested value: JSON in a string when it came by form, itself when the body was JSON. What is not JSON becomes null,
 * which no method accepts, while an empty string is as good as nothing.
 */
export const nested = z.unknown().transform((value) => {
  if (typeof value !== "string") return value;
  return value === "" ? undefined : (parseJson(value) ?? null);
});

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string;
}

/** Cuts one page out of a list; the cursor is the position, made opaque. `undefined` for a cursor that is not ours. */
export function paginate<T>(
  all: readonly T[],
  limit: number,
  cursor: string | undefined,
): Page<T> | undefined {
  const start = cursor === undefined || cursor === "" ? 0 : decodeCursor(cursor);
  if (start === undefined || start > all.length) return undefined;
  const end = start + limit;
  return { items: all.slice(start, end), nextCursor: end < all.length ? encodeCursor(end) : "" };
}

function encodeCursor(position: number): string {
  return Buffer.from(`next:${position}`).toString("base64");
}

function decodeCursor(cursor: string): number | undefined {
  const digits = /^next:(\d+)$/.exec(Buffer.from(cursor, "base64").toString("utf8"))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
