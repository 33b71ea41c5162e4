// Limits of Block Kit's composition objects: texts, confirm dialogs, options.

import { also, boolean, byType, list, object, oneOf, text, type Check } from "./checks.ts";

export function plainText(max: number): Check {
  return object({ type: oneOf("plain_text"), text: text(max) }, { emoji: boolean });
}

export function mrkdwn(max: number): Check {
  return object({ type: oneOf("mrkdwn"), text: text(max) }, { verbatim: boolean });
}

export function anyText(max: number): Check {
  return byType({ plain_text: plainText(max), mrkdwn: mrkdwn(max) });
}

export const style = oneOf("primary", "danger");

export const confirm = object(
  { text: anyText(300) },
  { title: plainText(100), confirm: plainText(30), deny: plainText(30), style },
);

const optionFields = { value: text(150), description: anyText(75) };

export const plainOption = object(
  { text: plainText(75), value: text(150) },
  { description: plainText(75) },
);
export const richOption = object(
  { text: anyText(75), value: text(150) },
  { description: anyText(75) },
);
export const overflowOption = object({ text: plainText(75) }, { ...optionFields, url: text(3000) });

const optionGroup = object({ label: plainText(75), options: list(plainOption, { max: 100 }) });

/** A static menu has either options or groups of them. */
export function withOptions(
  required: Record<string, Check>,
  optional: Record<string, Check>,
): Check {
  const fields = {
    ...optional,
    options: list(plainOption, { max: 100 }),
    option_groups: list(optionGroup, { max: 100 }),
  };
  return also(object(required, fields), (value) => {
    const both = value["options"] !== undefined && value["option_groups"] !== undefined;
    const neither = value["options"] === undefined && value["option_groups"] === undefined;
    return both || neither ? "must provide either `options` or `option_groups`" : undefined;
  });
}
