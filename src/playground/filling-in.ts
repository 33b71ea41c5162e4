// A person submits or closes a modal, and the modal obeys what the app answers: errors, update, push, clear, or close.

import { actor, failureWord, type Acting } from "./acting.ts";
import { interactiveElements, type PlacedElement } from "./block-ids.ts";
import { findModal } from "./clicking.ts";
import {
  collectState,
  complaint,
  enteredState,
  initialState,
  readEnteredStates,
  type Entered,
} from "./element-values.ts";
import { isRecord, recordAt, recordsAt, stringAt, type JsonRecord } from "./json-value.ts";
import type { OpenView } from "./modal-stacks.ts";
import { interactionBase } from "./payloads.ts";
import { readView } from "./web-api/view-methods.ts";

export interface Submission {
  /** Absent: the topmost modal. */
  readonly viewId?: string | undefined;
  /** What is entered, by action_id, block_id or the words of the label. */
  readonly values?: Readonly<Record<string, Entered>> | undefined;
  /** The same as states by block_id and action_id, as the page knows them. */
  readonly states?: unknown;
}

export type SubmissionOutcome =
  | { readonly kind: "closed" | "updated" | "pushed" | "cleared" }
  /** The app, or Slack before it, found fault; by block_id. */
  | {
      readonly kind: "errors";
      readonly errors: Readonly<Record<string, string>>;
      readonly from: "app" | "slack";
    }
  /** The app didn't answer, or answered something Slack can't follow. */
  | { readonly kind: "failed"; readonly reason: string };

/** Submits a modal. Throws when there is none, or a value names no input. */
export async function submitView(
  acting: Acting,
  userReference: string,
  submission: Submission = {},
): Promise<SubmissionOutcome> {
  const { state, modals, triggers, link } = acting;
  const user = actor(acting, userReference);
  const open = findModal(modals.of(user.id), submission.viewId);
  if (open === undefined) throw new Error(`@${user.name} has no modal open.`);
  const elements = interactiveElements(recordsAt(open.view, "blocks"));
  const entered = readEnteredStates(elements, submission.states);
  for (const [name, value] of Object.entries(submission.values ?? {})) {
    const placed = findInput(elements, name);
    entered.set(placed, enteredState(placed.element, value));
  }
  const errors = complaints(elements, entered);
  if (Object.keys(errors).length > 0) {
    modals.showErrors(open.id, errors);
    return { kind: "errors", errors, from: "slack" };
  }
  const payload = {
    type: "view_submission",
    ...interactionBase(state, user),
    trigger_id: triggers.issue({ user: user.id, viewId: open.id }),
    view: modals.describe(open, collectState(elements, entered)),
    response_urls: [],
  };
  const acknowledgement = await link.send({
    id: state.ids.id("Int"),
    type: "interactive",
    payload,
  });
  const failure = failureWord(acknowledgement);
  if (failure !== undefined) return fail(acting, open, failure);
  return obey(
    acting,
    open,
    acknowledgement.kind === "acknowledged" ? acknowledgement.body : undefined,
  );
}

function findInput(elements: readonly PlacedElement[], name: string): PlacedElement {
  const found = elements.find(
    ({ actionId, blockId, block }) =>
      actionId === name || blockId === name || stringAt(recordAt(block, "label"), "text") === name,
  );
  if (found !== undefined) return found;
  const there = elements.map(({ blockId, actionId }) => `${blockId}/${actionId}`).join(", ");
  throw new Error(`The modal has no input ${name}; it has: ${there || "none"}.`);
}

function complaints(
  elements: readonly PlacedElement[],
  entered: ReadonlyMap<PlacedElement, JsonRecord>,
): Record<string, string> {
  return Object.fromEntries(
    elements.flatMap((placed) => {
      const problem = complaint(placed, entered.get(placed) ?? initialState(placed.element));
      return problem === undefined ? [] : [[placed.blockId, problem]];
    }),
  );
}

/** Does what the acknowledgement says. */
function obey(acting: Acting, open: OpenView, body: unknown): SubmissionOutcome {
  const { modals } = acting;
  const action = stringAt(body, "response_action");
  switch (action) {
    case undefined:
      modals.close(open.id);
      return { kind: "closed" };
    case "clear":
      modals.clear(open.user);
      return { kind: "cleared" };
    case "errors":
      return showErrors(acting, open, recordAt(body, "errors"));
    case "update":
    case "push":
      return replaceOrPush(acting, open, action, isRecord(body) ? body["view"] : undefined);
    default:
      return fail(acting, open, `unknown response_action ${action}`);
  }
}

function showErrors(
  acting: Acting,
  open: OpenView,
  errors: JsonRecord | undefined,
): SubmissionOutcome {
  const inputs = recordsAt(open.view, "blocks")
    .filter((block) => block["type"] === "input")
    .map((block) => stringAt(block, "block_id"));
  const entries = Object.entries(errors ?? {}).map(([blockId, text]): [string, string] => [
    blockId,
    String(text),
  ]);
  const stray = entries.find(([blockId]) => !inputs.includes(blockId));
  if (entries.length === 0) return fail(acting, open, "errors is empty");
  if (stray !== undefined)
    return fail(acting, open, `errors names ${stray[0]}, which is not an input block`);
  const shown = Object.fromEntries(entries);
  acting.modals.showErrors(open.id, shown);
  return { kind: "errors", errors: shown, from: "app" };
}

function replaceOrPush(
  acting: Acting,
  open: OpenView,
  action: "update" | "push",
  view: unknown,
): SubmissionOutcome {
  const read = readView(view, "modal");
  if (!read.ok) return fail(acting, open, read.error);
  if (action === "update") {
    acting.modals.update(open.id, read.view);
    return { kind: "updated" };
  }
  return acting.modals.push(open.user, read.view) === undefined
    ? fail(acting, open, "push_limit_reached")
    : { kind: "pushed" };
}

function fail({ modals }: Acting, open: OpenView, reason: string): SubmissionOutcome {
  modals.showTrouble(open.id, `We had some trouble connecting. Try again? (${reason})`);
  return { kind: "failed", reason };
}

/** Closes a modal with its close button, or all of them at once. Tells the app when it asked to know. */
export async function closeView(
  acting: Acting,
  userReference: string,
  {
    viewId,
    all = false,
  }: { readonly viewId?: string | undefined; readonly all?: boolean | undefined } = {},
): Promise<void> {
  const { modals } = acting;
  const user = actor(acting, userReference);
  const open = findModal(modals.of(user.id), viewId);
  if (open === undefined) throw new Error(`@${user.name} has no modal open.`);
  const cleared = all || open.view["clear_on_close"] === true;
  const closing = cleared ? modals.of(user.id) : [open];
  for (const closed of closing) modals.close(closed.id);
  await Promise.all(
    closing
      .filter((closed) => closed.view["notify_on_close"] === true)
      .map((closed) => tellClosed(acting, closed, userReference, cleared)),
  );
}

async function tellClosed(
  acting: Acting,
  open: OpenView,
  userReference: string,
  cleared: boolean,
): Promise<void> {
  const { state, modals, link } = acting;
  const payload = {
    type: "view_closed",
    ...interactionBase(state, actor(acting, userReference)),
    view: modals.describe(open),
    is_cleared: cleared,
  };
  await link.send({ id: state.ids.id("Int"), type: "interactive", payload });
}
