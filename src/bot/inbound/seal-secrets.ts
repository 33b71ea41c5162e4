// Seals the secrets of an answer before anything of it is recorded: from here on the request holds references. Slack
// sends what was typed in clear, and this is the only place that sees it.

import type { InboundRequest } from "#engine/message-store.ts";
import { isJsonObject } from "#engine/json.ts";
import type { Json, JsonObject } from "#engine/json.ts";
import { SecretUnavailable } from "#engine/secret-box.ts";
import type { SecretBox } from "#engine/secret-box.ts";
import { CALLBACKS, INPUTS } from "../messages/identifiers.ts";
import { parseInquiryMetadata } from "../messages/inquiry-view.ts";
import type { InquiryRef } from "../messages/inquiry-view.ts";

export type SealedRequest = {
  readonly request: InboundRequest;
  /** References made for it, to be forgotten when it is not worked on. */
  readonly references: readonly string[];
};

/** Stands where a secret could not be sealed; the answer is then refused, and says so. */
const NOT_SEALED = "(this secret could not be sealed)";

export async function sealSecrets(
  secrets: SecretBox,
  request: InboundRequest,
): Promise<SealedRequest> {
  const { view } = request.payload;
  if (request.kind !== "view" || !isJsonObject(view) || view["callback_id"] !== CALLBACKS.inquiry)
    return { request, references: [] };
  const { state } = view;
  const values = isJsonObject(state) ? state["values"] : null;
  if (!isJsonObject(values)) return { request, references: [] };
  const metadata = view["private_metadata"];
  const ref = typeof metadata === "string" ? parseInquiryMetadata(metadata) : null;
  const references: string[] = [];
  const sealed: Record<string, Json> = {};
  for (const [blockId, block] of Object.entries(values)) {
    const isSecret = blockId.startsWith(INPUTS.inquiryField.secretPrefix) && isJsonObject(block);
    sealed[blockId] = isSecret
      ? await sealedBlock(secrets, ref, { blockId, block, references })
      : block;
  }
  const payload: JsonObject = {
    ...request.payload,
    view: { ...view, state: { ...(state as JsonObject), values: sealed } },
  };
  return { request: { ...request, payload }, references };
}

async function sealedBlock(
  secrets: SecretBox,
  ref: InquiryRef | null,
  given: { readonly blockId: string; readonly block: JsonObject; readonly references: string[] },
): Promise<JsonObject> {
  const { secretPrefix, actionId } = INPUTS.inquiryField;
  const state = given.block[actionId];
  const value = isJsonObject(state) ? state["value"] : null;
  if (typeof value !== "string" || value === "") return { [actionId]: { value: null } };
  const field = given.blockId.slice(secretPrefix.length);
  const reference = await referenceTo(secrets, ref, { field, value });
  if (reference !== null) given.references.push(reference);
  return { [actionId]: { type: "plain_text_input", value: reference ?? NOT_SEALED } };
}

/** Null: it can't be sealed. What was typed is then gone, and the person types it again. */
async function referenceTo(
  secrets: SecretBox,
  ref: InquiryRef | null,
  { field, value }: { readonly field: string; readonly value: string },
): Promise<string | null> {
  if (ref === null) return null;
  try {
    return await secrets.seal({ runId: ref.runId, stepId: ref.stepId, field }, value);
  } catch (error) {
    if (error instanceof SecretUnavailable) return null;
    throw error;
  }
}
