// The few blocks besides rich text that messages are made of, each cut to Slack's limit where it is made.

import type {
  ActionsBlock,
  Button,
  ContextBlock,
  DividerBlock,
  HeaderBlock,
  ModalView,
  PlainTextElement,
} from "@slack/types";
import { LIMITS } from "./budget.ts";
import { cutTo, oneLine } from "./plain.ts";

/** Literal text: no emoji codes, mentions or links are read out of it. */
function plain(text: string, max: number): PlainTextElement {
  return { type: "plain_text", text: oneLine(text, max).text || "(empty)", emoji: false };
}

/** Untrusted or own text in the largest letters. */
export function header(text: string): HeaderBlock {
  return { type: "header", text: plain(text, LIMITS.header) };
}

/** Small grey text, for ids. */
export function smallPrint(text: string): ContextBlock {
  return { type: "context", elements: [plain(text, LIMITS.plainText)] };
}

export const divider: DividerBlock = { type: "divider" };

export function actions(...buttons: readonly Button[]): ActionsBlock {
  return { type: "actions", elements: [...buttons] };
}

type ButtonWish = {
  readonly action: string;
  readonly text: string;
  readonly value?: string;
  readonly url?: string;
  readonly style?: "primary" | "danger";
  readonly confirm?: ConfirmWish;
};
type ConfirmWish = {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly no: string;
  readonly danger?: boolean;
};

/** @throws {Error} when the value is too long: a defect, because values hold ids, and few words of the one who clicks. */
export function button(wish: ButtonWish): Button {
  if ((wish.value?.length ?? 0) > LIMITS.buttonValue)
    throw new Error("a button's value exceeds Slack's limit");
  return {
    type: "button",
    action_id: wish.action,
    text: { type: "plain_text", text: cutTo(wish.text, LIMITS.buttonText).text, emoji: true },
    ...(wish.value === undefined ? {} : { value: wish.value }),
    ...(wish.url === undefined || wish.url.length > LIMITS.buttonUrl ? {} : { url: wish.url }),
    ...(wish.style === undefined ? {} : { style: wish.style }),
    ...(wish.confirm === undefined ? {} : { confirm: confirm(wish.confirm) }),
  };
}

function confirm({ title, text, yes, no, danger }: ConfirmWish): NonNullable<Button["confirm"]> {
  return {
    title: plain(title, LIMITS.confirmTitle),
    text: { type: "plain_text", text: cutTo(text, LIMITS.confirmText).text, emoji: false },
    confirm: plain(yes, LIMITS.confirmButton),
    deny: plain(no, LIMITS.confirmButton),
    ...(danger === true ? { style: "danger" as const } : {}),
  };
}

/** A modal whose private_metadata holds opaque ids only. */
export function modal(view: {
  readonly callback: string;
  readonly title: string;
  readonly close: string;
  readonly submit?: string;
  readonly metadata: string;
  readonly blocks: ModalView["blocks"];
}): ModalView {
  return {
    type: "modal",
    callback_id: view.callback,
    title: plain(view.title, LIMITS.viewTitle),
    close: plain(view.close, LIMITS.viewTitle),
    ...(view.submit === undefined ? {} : { submit: plain(view.submit, LIMITS.viewTitle) }),
    private_metadata: view.metadata,
    blocks: view.blocks,
  };
}
