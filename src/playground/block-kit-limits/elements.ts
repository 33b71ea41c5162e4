// Limits of Block Kit's interactive elements, and which element may stand in which block.

import {
  also,
  anything,
  boolean,
  byType,
  integer,
  list,
  matching,
  object,
  oneOf,
  text,
  type Check,
} from "./checks.ts";
import {
  confirm,
  overflowOption,
  plainOption,
  plainText,
  richOption,
  style,
  withOptions,
} from "./text-objects.ts";
import { richText } from "./rich-text.ts";

const actionId = text(255);
const base = { action_id: actionId, confirm, focus_on_load: boolean };
const placed = { ...base, placeholder: plainText(150) };
const type = (name: string) => ({ type: oneOf(name) });
const maxSelected = { max_selected_items: integer(1, 100) };
const ids = list(text(255), { max: 100 });
const date = matching(/^\d{4}-\d{2}-\d{2}$/, "a date as YYYY-MM-DD");
const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, "a time as HH:mm");
const conversationFilter = object(
  {},
  {
    include: list(oneOf("im", "mpim", "private", "public"), { max: 4 }),
    exclude_external_shared_channels: boolean,
    exclude_bot_users: boolean,
  },
);
const respondable = { response_url_enabled: boolean };
const dispatchable = {
  ...placed,
  dispatch_action_config: object(
    {},
    { trigger_actions_on: list(oneOf("on_enter_pressed", "on_character_entered"), { max: 2 }) },
  ),
};

const imageSource = {
  image_url: text(3000),
  slack_file: object({}, { id: text(255), url: text(3000) }),
};

export const imageElement = also(
  object({ ...type("image"), alt_text: text(2000) }, imageSource),
  (value) =>
    value["image_url"] === undefined && value["slack_file"] === undefined
      ? "must provide either `image_url` or `slack_file`"
      : undefined,
);

export const button = object(
  { ...type("button"), text: plainText(75) },
  {
    action_id: actionId,
    confirm,
    url: text(3000),
    value: text(2000),
    style,
    accessibility_label: text(75),
  },
);

const menus: Readonly<Record<string, Check>> = {
  static_select: withOptions(type("static_select"), { ...placed, initial_option: plainOption }),
  multi_static_select: withOptions(type("multi_static_select"), {
    ...placed,
    ...maxSelected,
    initial_options: list(plainOption, { max: 100 }),
  }),
  external_select: object(type("external_select"), {
    ...placed,
    initial_option: plainOption,
    min_query_length: integer(0, 100),
  }),
  multi_external_select: object(type("multi_external_select"), {
    ...placed,
    ...maxSelected,
    initial_options: list(plainOption, { max: 100 }),
    min_query_length: integer(0, 100),
  }),
  users_select: object(type("users_select"), { ...placed, initial_user: text(255) }),
  multi_users_select: object(type("multi_users_select"), {
    ...placed,
    ...maxSelected,
    initial_users: ids,
  }),
  conversations_select: object(type("conversations_select"), {
    ...placed,
    ...respondable,
    initial_conversation: text(255),
    default_to_current_conversation: boolean,
    filter: conversationFilter,
  }),
  multi_conversations_select: object(type("multi_conversations_select"), {
    ...placed,
    ...maxSelected,
    initial_conversations: ids,
    default_to_current_conversation: boolean,
    filter: conversationFilter,
  }),
  channels_select: object(type("channels_select"), {
    ...placed,
    ...respondable,
    initial_channel: text(255),
  }),
  multi_channels_select: object(type("multi_channels_select"), {
    ...placed,
    ...maxSelected,
    initial_channels: ids,
  }),
};

const choices: Readonly<Record<string, Check>> = {
  checkboxes: object(
    { ...type("checkboxes"), options: list(richOption, { max: 10 }) },
    { ...base, initial_options: list(richOption, { max: 10 }) },
  ),
  radio_buttons: object(
    { ...type("radio_buttons"), options: list(richOption, { max: 10 }) },
    { ...base, initial_option: richOption },
  ),
  datepicker: object(type("datepicker"), { ...placed, initial_date: date }),
  timepicker: object(type("timepicker"), { ...placed, initial_time: time, timezone: text(255) }),
  datetimepicker: object(type("datetimepicker"), {
    ...base,
    initial_date_time: integer(1e9, 9_999_999_999),
  }),
};

const overflow = object(
  { ...type("overflow"), options: list(overflowOption, { max: 5 }) },
  { action_id: actionId, confirm },
);

const workflowButton = object(
  { ...type("workflow_button"), text: plainText(75), workflow: anything },
  { action_id: actionId, style, accessibility_label: text(75) },
);

const textInputs: Readonly<Record<string, Check>> = {
  plain_text_input: object(type("plain_text_input"), {
    ...dispatchable,
    initial_value: text(3000, 0),
    multiline: boolean,
    min_length: integer(0, 3000),
    max_length: integer(1, 3000),
  }),
  email_text_input: object(type("email_text_input"), {
    ...dispatchable,
    initial_value: text(3000),
  }),
  url_text_input: object(type("url_text_input"), { ...dispatchable, initial_value: text(3000) }),
  number_input: object(
    { ...type("number_input"), is_decimal_allowed: boolean },
    { ...dispatchable, initial_value: text(255), min_value: text(255), max_value: text(255) },
  ),
  rich_text_input: object(type("rich_text_input"), {
    ...dispatchable,
    initial_value: richText,
    min_lines: integer(1, 100),
    max_lines: integer(1, 100),
  }),
  file_input: object(type("file_input"), {
    action_id: actionId,
    filetypes: list(text(20), { max: 100 }),
    max_files: integer(1, 10),
  }),
};

const feedbackButton = object(
  { text: plainText(75), value: text(2000) },
  { accessibility_label: text(75) },
);

export const actionsElement = byType({
  ...menus,
  ...choices,
  overflow,
  button,
  workflow_button: workflowButton,
  rich_text_input: textInputs["rich_text_input"] ?? anything,
});

export const accessory = byType({
  ...menus,
  ...choices,
  overflow,
  button,
  workflow_button: workflowButton,
  image: imageElement,
});

export const inputElement = byType({ ...menus, ...choices, ...textInputs });

export const contextActionsElement = byType({
  feedback_buttons: object(
    {
      ...type("feedback_buttons"),
      positive_button: feedbackButton,
      negative_button: feedbackButton,
    },
    { action_id: actionId },
  ),
  icon_button: object(
    { ...type("icon_button"), icon: text(255), text: plainText(75) },
    {
      action_id: actionId,
      confirm,
      value: text(2000),
      accessibility_label: text(75),
      visible_to_user_ids: ids,
    },
  ),
});
