// Limits of every block, and which blocks each surface (message, modal, Home) accepts.

import { also, boolean, byType, integer, list, object, oneOf, text, type Check } from "./checks.ts";
import {
  accessory,
  actionsElement,
  button,
  contextActionsElement,
  imageElement,
  inputElement,
} from "./elements.ts";
import { richText } from "./rich-text.ts";
import { anyText, mrkdwn, plainText } from "./text-objects.ts";

export type Surface = "message" | "modal" | "home";

const blockId = { block_id: text(255) };
const block = (
  name: string,
  required: Record<string, Check>,
  optional: Record<string, Check> = {},
) => object({ type: oneOf(name), ...required }, { ...blockId, ...optional });

const section = also(
  block(
    "section",
    {},
    { text: anyText(3000), fields: list(anyText(2000), { max: 10 }), accessory, expand: boolean },
  ),
  (value) =>
    value["text"] === undefined && value["fields"] === undefined
      ? "must provide either `text` or `fields`"
      : undefined,
);

const image = also(
  block(
    "image",
    { alt_text: text(2000) },
    {
      title: plainText(2000),
      image_url: text(3000),
      slack_file: object({}, { id: text(255), url: text(3000) }),
    },
  ),
  (value) =>
    value["image_url"] === undefined && value["slack_file"] === undefined
      ? "must provide either `image_url` or `slack_file`"
      : undefined,
);

const rawText = object({ type: oneOf("raw_text"), text: text(3000) });
const rawNumber: Check = object(
  { type: oneOf("raw_number"), text: text(3000) },
  { value: () => [] },
);
const cell = byType({ raw_text: rawText, raw_number: rawNumber, rich_text: richText });
const columnSetting: Check = (value, pointer) =>
  value === null
    ? []
    : object({}, { align: oneOf("left", "center", "right"), is_wrapped: boolean })(value, pointer);

const table = block(
  "table",
  { rows: list(list(cell, { max: 20 }), { max: 100 }) },
  { column_settings: list(columnSetting, { max: 20 }) },
);

const dataTable = block(
  "data_table",
  { rows: list(list(cell, { max: 20 }), { max: 100 }), caption: text(3000) },
  { page_size: integer(1, 100), row_header_column_index: integer(0, 19) },
);

const source = object({ type: oneOf("url"), url: text(3000), text: text(3000) });
const taskCard = block(
  "task_card",
  {
    task_id: text(255),
    title: text(3000),
    status: oneOf("pending", "in_progress", "complete", "error"),
  },
  { details: richText, output: richText, sources: list(source, { min: 0, max: 100 }) },
);
const plan = block("plan", { title: text(3000) }, { tasks: list(taskCard, { min: 0, max: 50 }) });

const input = block(
  "input",
  { label: plainText(2000), element: inputElement },
  { hint: plainText(2000), optional: boolean, dispatch_action: boolean },
);

const card = block(
  "card",
  {},
  {
    hero_image: imageElement,
    icon: imageElement,
    title: mrkdwn(150),
    subtitle: mrkdwn(150),
    body: mrkdwn(200),
    actions: list(button, { max: 3 }),
  },
);

const everywhere: Readonly<Record<string, Check>> = {
  section,
  image,
  input,
  divider: block("divider", {}),
  header: block("header", { text: plainText(150) }),
  context: block("context", {
    elements: list(
      byType({ image: imageElement, plain_text: plainText(3000), mrkdwn: mrkdwn(3000) }),
      { max: 10 },
    ),
  }),
  actions: block("actions", { elements: list(actionsElement, { max: 25 }) }),
  rich_text: richText,
  video: block(
    "video",
    {
      video_url: text(3000),
      thumbnail_url: text(3000),
      alt_text: text(2000),
      title: plainText(200),
    },
    {
      title_url: text(3000),
      author_name: text(50),
      provider_name: text(255),
      provider_icon_url: text(3000),
      description: plainText(200),
    },
  ),
};

const nestedInContainer = byType({ ...everywhere, table });
const container = block(
  "container",
  { child_blocks: list(nestedInContainer, { max: 10 }) },
  {
    title: plainText(150),
    rich_text_title: richText,
    subtitle: anyText(150),
    width: oneOf("narrow", "standard", "wide", "full"),
    icon: imageElement,
    is_collapsible: boolean,
    default_collapsed: boolean,
    has_header_divider: boolean,
  },
);

const onlyInMessages: Readonly<Record<string, Check>> = {
  table,
  data_table: dataTable,
  task_card: taskCard,
  plan,
  card,
  container,
  carousel: block("carousel", { elements: list(card, { max: 10 }) }),
  markdown: block("markdown", { text: text(12_000) }),
  context_actions: block("context_actions", { elements: list(contextActionsElement, { max: 5 }) }),
  file: block("file", { source: oneOf("remote"), external_id: text(255) }),
};

const onlyInModals: Readonly<Record<string, Check>> = {
  alert: block(
    "alert",
    { text: anyText(3000) },
    { level: oneOf("default", "info", "warning", "error", "success") },
  ),
};

export const blockOn: Readonly<Record<Surface, Check>> = {
  message: byType({ ...everywhere, ...onlyInMessages }),
  modal: byType({ ...everywhere, ...onlyInModals }),
  home: byType(everywhere),
};
