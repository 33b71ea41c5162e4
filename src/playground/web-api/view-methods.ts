// views.*: modals opened with a trigger and the Home tab.

import { z } from "zod";
import { checkView } from "../block-kit-limits/check-surface.ts";
import { withIds } from "../block-ids.ts";
import { isRecord, recordsAt, stringAt, type JsonRecord } from "../json-value.ts";
import { describeView, type OpenView } from "../modal-stacks.ts";
import {
  method,
  nested,
  refuse,
  refuseWithMessages,
  type Answer,
  type CallContext,
  type Method,
  type Refusal,
} from "./method.ts";

const triggered = z.object({ trigger_id: z.string().optional(), view: nested });

const open = method({
  tier: 4,
  args: triggered,
  run: (context, args): Answer => showModal(context, args),
});

const push = method({
  tier: 4,
  args: triggered,
  run(context, args): Answer {
    return showModal(context, args, (viewId) =>
      viewId === undefined ? refuse("not_found") : undefined,
    );
  },
});

function showModal(
  { state, modals, triggers }: CallContext,
  args: { readonly trigger_id?: string | undefined; readonly view: unknown },
  accepts: (viewId: string | undefined) => Refusal | undefined = () => undefined,
): Answer {
  if (args.trigger_id === undefined) {
    return refuseWithMessages("invalid_arguments", ["[ERROR] missing required field: trigger_id"]);
  }
  const exchange = triggers.exchange(args.trigger_id);
  if (!exchange.ok) return refuse(exchange.error);
  const view = readView(args.view, "modal");
  if (!view.ok) return view;
  if (hasExternalId(modals.find({ externalId: stringAt(view.view, "external_id") }))) {
    return refuse("duplicate_external_id");
  }
  const refusal = accepts(exchange.trigger.viewId);
  if (refusal !== undefined) return refusal;
  const { user, viewId } = exchange.trigger;
  // A trigger from outside any modal starts afresh: the person left what was open.
  if (viewId === undefined && modals.of(user).length > 0) modals.clear(user);
  const opened = modals.push(user, view.view);
  if (opened === undefined) return refuse("push_limit_reached");
  state.changes.publish({ kind: "views", user });
  return { ok: true, view: modals.describe(opened) };
}

function hasExternalId(open: OpenView | undefined): boolean {
  return open !== undefined && (stringAt(open.view, "external_id") ?? "") !== "";
}

const update = method({
  tier: 4,
  args: z.object({
    view_id: z.string().optional(),
    external_id: z.string().optional(),
    hash: z.string().optional(),
    view: nested,
  }),
  run({ modals }, args): Answer {
    const view = readView(args.view, "modal");
    if (!view.ok) return view;
    const found = modals.find({ viewId: args.view_id, externalId: args.external_id });
    if (found === undefined) return refuse("not_found");
    if (args.hash !== undefined && args.hash !== found.hash) return refuse("hash_conflict");
    const updated = modals.update(found.id, view.view);
    return updated === undefined
      ? refuse("not_found")
      : { ok: true, view: modals.describe(updated) };
  },
});

const publish = method({
  tier: 4,
  args: z.object({ user_id: z.string().default(""), hash: z.string().optional(), view: nested }),
  run({ state }, args): Answer {
    const user = state.people.users.find((person) => person.id === args.user_id);
    if (user === undefined || user.isBot === true || user.deleted === true) {
      return refuseWithMessages("invalid_arguments", ["[ERROR] invalid `user_id`"]);
    }
    const view = readView(args.view, "home");
    if (!view.ok) return view;
    const before = state.homeOf(user.id);
    if (args.hash !== undefined && before !== undefined && args.hash !== stringAt(before, "hash")) {
      return refuse("hash_conflict");
    }
    const id = stringAt(before, "id") ?? state.ids.id("V");
    const described = describeView(state.seed, {
      id,
      hash: `${state.ids.ts()}.${state.ids.id("h").toLowerCase()}`,
      view: {
        ...view.view,
        blocks: withIds(recordsAt(view.view, "blocks"), () => state.ids.id("b")),
      },
      rootViewId: id,
      previousViewId: undefined,
      values: {},
    });
    state.publishHome(user.id, described);
    return { ok: true, view: described };
  },
});

export function readView(
  view: unknown,
  surface: "modal" | "home",
): { ok: true; view: JsonRecord } | Refusal {
  const verdict = checkView(view, surface);
  if (!verdict.ok) return refuseWithMessages(verdict.error, verdict.messages);
  return isRecord(view) ? { ok: true, view } : refuse("invalid_arguments");
}

export const viewMethods: Readonly<Record<string, Method>> = {
  "views.open": open,
  "views.push": push,
  "views.update": update,
  "views.publish": publish,
};
