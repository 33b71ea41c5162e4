// What a person can do in the page, and headless over HTTP JSON: each action checks its body and acts.

import { z } from "zod";
import type { Acting } from "./acting.ts";
import { click, openHome, useShortcut } from "./clicking.ts";
import { closeView, submitView } from "./filling-in.ts";
import { say, slash } from "./speaking.ts";

const user = z.string();
const entered = z.union([z.string(), z.number(), z.array(z.string())]);
const optional = z.string().optional();
const snippet = z.object({ name: z.string().min(1).max(255), content: z.string().max(1_000_000) });

const saying = z.object({
  user,
  channel: z.string(),
  text: z.string(),
  threadTs: optional,
  files: z.array(snippet).max(10).optional(),
});
const command = z.object({ user, channel: z.string(), text: z.string(), threadTs: optional });
const clicking = z.object({
  user,
  channel: optional,
  ts: optional,
  viewId: optional,
  home: z.boolean().optional(),
  actionId: optional,
  blockId: optional,
  text: optional,
  value: entered.optional(),
  confirm: z.boolean().optional(),
  states: z.unknown().optional(),
});
const submitting = z.object({
  user,
  viewId: optional,
  values: z.record(z.string(), entered).optional(),
  states: z.unknown().optional(),
});
const closing = z.object({ user, viewId: optional, all: z.boolean().optional() });
const shortcutting = z.object({
  user,
  callbackId: z.string(),
  channel: z.string(),
  ts: z.string(),
});

type PageAction = (acting: Acting, body: unknown) => unknown;

export const pageActions = {
  say(acting, body) {
    const { user, channel, text, ...options } = saying.parse(body);
    return say(acting, user, channel, text, options);
  },
  slash(acting, body) {
    const { user, channel, text, threadTs } = command.parse(body);
    return slash(acting, user, channel, text, { threadTs });
  },
  click(acting, body) {
    const { user, ...target } = clicking.parse(body);
    return click(acting, user, target);
  },
  "submit-view": (acting, body) => {
    const { user, ...submission } = submitting.parse(body);
    return submitView(acting, user, submission);
  },
  "close-view": (acting, body) => {
    const { user, ...which } = closing.parse(body);
    return closeView(acting, user, which);
  },
  "open-home": (acting, body) => openHome(acting, z.object({ user }).parse(body).user),
  shortcut(acting, body) {
    const { user, ...target } = shortcutting.parse(body);
    return useShortcut(acting, user, target);
  },
} as const satisfies Record<string, PageAction>;

export function isPageAction(name: string): name is keyof typeof pageActions {
  return Object.hasOwn(pageActions, name);
}
