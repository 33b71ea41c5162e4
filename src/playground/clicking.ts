// A person uses a button, menu or picker: in a message, an ephemeral message, a modal or the Home tab; or a shortcut.

import { actor, failureWord, placeOf, type Acting } from "./acting.ts";
import {
  findElements,
  interactiveElements,
  wordsOn,
  type ElementReference,
  type PlacedElement,
} from "./block-ids.ts";
import type { Channel } from "./channels.ts";
import type { Acknowledgement } from "./delivery.ts";
import {
  chooseOption,
  collectState,
  enteredState,
  holdsValue,
  readEnteredStates,
  type Entered,
} from "./element-values.ts";
import { compact, isRecord, recordAt, recordsAt, stringAt, type JsonRecord } from "./json-value.ts";
import type { SlackMessage } from "./message.ts";
import type { OpenView } from "./modal-stacks.ts";
import {
  describeChannelBriefly,
  eventEnvelope,
  inflateEntities,
  interactionBase,
} from "./payloads.ts";
import type { SeedUser } from "./seed.ts";

export interface Click extends ElementReference {
  /** Where the message is; absent for modals and Home. */
  readonly channel?: string | undefined;
  readonly ts?: string | undefined;
  /** A modal; absent with no channel: the topmost modal of the person. */
  readonly viewId?: string | undefined;
  readonly home?: boolean | undefined;
  /** What is chosen in a menu, picker or input. */
  readonly value?: Entered | undefined;
  /** False: the person backs out of the confirm dialog, and nothing is sent. */
  readonly confirm?: boolean | undefined;
  /** States of the other inputs beside it, by block_id and action_id. */
  readonly states?: unknown;
}

export type ClickOutcome = Acknowledgement | { readonly kind: "not-confirmed" };

/** Where the element is, and what a payload says about that. */
interface Surface {
  readonly blocks: readonly JsonRecord[];
  readonly details: JsonRecord;
  readonly viewId?: string;
}

/** Clicks or chooses. Throws when there is no such element, or several. */
export async function click(
  acting: Acting,
  userReference: string,
  target: Click,
): Promise<ClickOutcome> {
  const user = actor(acting, userReference);
  const surface = findSurface(acting, user, target);
  const elements = interactiveElements(surface.blocks);
  const placed = pickElement(elements, target);
  if (recordAt(placed.element, "confirm") !== undefined && target.confirm === false)
    return { kind: "not-confirmed" };
  const entered = readEnteredStates(elements, target.states);
  if (holdsValue(placed.element) && target.value !== undefined) {
    entered.set(placed, enteredState(placed.element, target.value));
  }
  const values = collectState(elements, entered);
  const payload = {
    type: "block_actions",
    ...interactionBase(acting.state, user),
    trigger_id: acting.triggers.issue({
      user: user.id,
      ...(surface.viewId ? { viewId: surface.viewId } : {}),
    }),
    ...surface.details,
    ...withState(surface, values),
    actions: [describeAction(acting, placed, target, values)],
  };
  return sendInteraction(acting, user, payload);
}

/** A view carries its state inside itself; a message beside. */
function withState({ details, viewId }: Surface, values: JsonRecord): JsonRecord {
  const view = recordAt(details, "view");
  if (view === undefined) return { state: { values } };
  return {
    view: { ...view, state: { values } },
    ...(viewId === undefined ? { state: { values } } : {}),
  };
}

async function sendInteraction(
  acting: Acting,
  user: SeedUser,
  payload: JsonRecord,
): Promise<Acknowledgement> {
  const { link, state } = acting;
  const acknowledgement = await link.send({
    id: state.ids.id("Int"),
    type: "interactive",
    payload,
  });
  const failure = failureWord(acknowledgement);
  if (failure !== undefined) {
    const text = `${state.seed.app.name} did not answer (${failure}). Try again in a moment.`;
    state.changes.publish({ kind: "notice", user: user.id, text });
  }
  return acknowledgement;
}

function pickElement(elements: readonly PlacedElement[], target: Click): PlacedElement {
  const found = findElements(elements, target);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const wanted = target.text ?? target.actionId ?? target.blockId ?? "anything";
  const there = elements.map(({ actionId, element }) => `"${wordsOn(element)}" (${actionId})`);
  const problem = only === undefined ? "There is no element" : `There are ${found.length} elements`;
  throw new Error(`${problem} ${wanted} here; there are: ${there.join(", ") || "none"}.`);
}

function findSurface(acting: Acting, user: SeedUser, target: Click): Surface {
  if (target.home === true) return homeSurface(acting, user);
  if (target.channel === undefined) return modalSurface(acting, user, target.viewId);
  return messageSurface(acting, user, placeOf(acting, user, target.channel), target.ts ?? "");
}

function messageSurface(acting: Acting, user: SeedUser, channel: Channel, ts: string): Surface {
  const { state, responses } = acting;
  const own = state.ephemeralsOf(user.id).find((shown) => shown.message.ts === ts);
  const message = own?.message ?? state.findMessage(channel.id, ts);
  if (message === undefined)
    throw new Error(`There is no message ${ts} in ${channel.name} that @${user.name} can see.`);
  const ephemeral = own !== undefined;
  const threadTs = message.thread_ts;
  const original = { ts, ephemeral };
  return {
    blocks: message.blocks ?? [],
    details: {
      container: compact({
        type: "message",
        message_ts: ts,
        channel_id: channel.id,
        is_ephemeral: ephemeral,
        thread_ts: threadTs,
      }),
      channel: describeChannelBriefly(channel),
      // An ephemeral message is not repeated in the payload.
      ...(ephemeral ? {} : { message: inflateEntities(message) }),
      response_url: responses.issue("actions", {
        user: user.id,
        channel: channel.id,
        threadTs,
        original,
      }),
    },
  };
}

function modalSurface({ modals }: Acting, user: SeedUser, viewId: string | undefined): Surface {
  const open = findModal(modals.of(user.id), viewId);
  if (open === undefined)
    throw new Error(
      `@${user.name} has no ${viewId === undefined ? "modal" : `view ${viewId}`} open.`,
    );
  return {
    blocks: recordsAt(open.view, "blocks"),
    details: { container: { type: "view", view_id: open.id }, view: modals.describe(open) },
    viewId: open.id,
  };
}

function homeSurface({ state }: Acting, user: SeedUser): Surface {
  const view = state.homeOf(user.id);
  if (view === undefined)
    throw new Error(`The app has not published a Home tab for @${user.name}.`);
  return {
    blocks: recordsAt(view, "blocks"),
    details: { container: { type: "view", view_id: stringAt(view, "id") }, view },
  };
}

/** The modal by id, or the topmost. */
export function findModal(
  stack: readonly OpenView[],
  viewId: string | undefined,
): OpenView | undefined {
  return viewId === undefined ? stack.at(-1) : stack.find((open) => open.id === viewId);
}

function describeAction(
  { state }: Acting,
  { element, blockId, actionId }: PlacedElement,
  target: Click,
  values: Readonly<Record<string, Readonly<Record<string, JsonRecord>>>>,
): JsonRecord {
  const type = stringAt(element, "type");
  const base = { type, action_id: actionId, block_id: blockId, action_ts: state.ids.ts() };
  const asked = { confirm: element["confirm"], placeholder: element["placeholder"] };
  if (type === "overflow") {
    const option = chooseOption(element, String(target.value ?? ""));
    return compact({ ...base, ...asked, selected_option: inflateEntities(option) });
  }
  if (holdsValue(element)) {
    const current = values[blockId]?.[actionId] ?? {};
    return compact({ ...base, ...asked, ...current, initial_option: element["initial_option"] });
  }
  const { text, value, url, style, icon } = element;
  const words = isRecord(text) ? inflateEntities(text) : undefined;
  return compact({ ...base, ...asked, text: words, value: value ?? undefined, url, style, icon });
}

/** Uses a message shortcut. Throws when the app has none of that name. */
export async function useShortcut(
  acting: Acting,
  userReference: string,
  target: { readonly callbackId: string; readonly channel: string; readonly ts: string },
): Promise<Acknowledgement> {
  const { state, triggers, responses } = acting;
  const user = actor(acting, userReference);
  const channel = placeOf(acting, user, target.channel);
  const known = state.seed.app.messageShortcuts.some(
    (shortcut) => shortcut.callbackId === target.callbackId,
  );
  const message: SlackMessage | undefined = state.findMessage(channel.id, target.ts);
  if (!known) throw new Error(`The app has no message shortcut ${target.callbackId}.`);
  if (message === undefined)
    throw new Error(`There is no message ${target.ts} in ${target.channel}.`);
  return sendInteraction(acting, user, {
    type: "message_action",
    callback_id: target.callbackId,
    action_ts: state.ids.ts(),
    ...interactionBase(state, user),
    trigger_id: triggers.issue({ user: user.id }),
    channel: describeChannelBriefly(channel),
    message_ts: message.ts,
    message: inflateEntities(message),
    response_url: responses.issue("actions", {
      user: user.id,
      channel: channel.id,
      threadTs: message.thread_ts,
    }),
  });
}

/** Opens the Home tab of the app, which is told so. */
export function openHome(acting: Acting, userReference: string): void {
  const { state, link, subscriptions } = acting;
  const user = actor(acting, userReference);
  const channel = state.channels.directWith(user.id);
  if (!subscriptions.includes("app_home_opened") || channel === undefined) return;
  const event = compact({
    type: "app_home_opened",
    user: user.id,
    channel: channel.id,
    tab: "home",
    view: state.homeOf(user.id),
    event_ts: state.ids.ts(),
  });
  const payload = eventEnvelope(state, event, undefined);
  link.sendEvent({ id: String(payload["event_id"]), type: "events_api", payload });
}
