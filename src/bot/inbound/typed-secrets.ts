// Takes secrets out of what a person typed before anything is done with it: answers quote people's words, and what makes
// words safe to show (look-alikes for marks, signs for line breaks) would hide a secret from whoever masks it later.

import { isJsonObject } from "#engine/json.ts";
import type { Json, JsonObject } from "#engine/json.ts";
import type { InboundRequest } from "#engine/message-store.ts";
import type { Redactor } from "#engine/redactor.ts";
import { withoutSecrets } from "#engine/secret-scan.ts";

/** Where Slack puts what was typed; names and ids of Slack's own stay as they are. */
const TYPED: Readonly<Record<InboundRequest["kind"], readonly (readonly string[])[]>> = {
  event: [["event", "text"]],
  command: [["text"]],
  view: [["view", "state", "values"]],
  shortcut: [["message", "text"]],
  action: [["state", "values"]],
};

/** The same words again, cut at every change of style, where a secret in two pieces would not be recognized. */
const TYPED_AGAIN = [
  ["event", "blocks"],
  ["message", "blocks"],
] as const;

export function withoutTypedSecrets(
  request: InboundRequest,
  redactor: Pick<Redactor, "certain">,
): InboundRequest {
  const payload = TYPED[request.kind].reduce(
    (given, path) => changedAt(given, path, (typed) => withoutThem(typed, redactor)),
    request.payload,
  );
  return {
    ...request,
    payload: TYPED_AGAIN.reduce((given, path) => changedAt(given, path, () => []), payload),
  };
}

function changedAt(
  object: JsonObject,
  [key = "", ...rest]: readonly string[],
  change: (value: Json) => Json,
): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (value === undefined) return object;
  if (rest.length === 0) return { ...object, [key]: change(value) };
  return isJsonObject(value) ? { ...object, [key]: changedAt(value, rest, change) } : object;
}

/** In a form, only what stands under `value`: the names of fields and choices are ours. */
function withoutThem(typed: Json, redactor: Pick<Redactor, "certain">): Json {
  const clean = (text: string): string => withoutSecrets(text, redactor);
  if (typeof typed === "string") return clean(typed);
  if (Array.isArray(typed)) return typed.map((item: Json) => withoutThem(item, redactor));
  if (!isJsonObject(typed)) return typed;
  return Object.fromEntries(
    Object.entries(typed).map(([key, item]) => {
      if (typeof item !== "string") return [key, withoutThem(item, redactor)];
      return [key, key === "value" ? clean(item) : item];
    }),
  );
}
