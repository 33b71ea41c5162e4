import { beforeEach, describe, expect, test } from "vitest";
import type { JsonObject } from "#engine/json.ts";
import type { InboundRequest } from "#engine/message-store.ts";
import { createMemorySecretBox } from "#test/fakes/memory-secret-box.ts";
import type { MemorySecretBox } from "#test/fakes/memory-secret-box.ts";
import { CALLBACKS, INPUTS } from "../messages/identifiers.ts";
import { sealSecrets } from "./seal-secrets.ts";

const { actionId, blockPrefix, secretPrefix } = INPUTS.inquiryField;
const SECRET = "hunter2-Zx9";
let secrets: MemorySecretBox;

beforeEach(() => {
  secrets = createMemorySecretBox();
});

function submitted(changes: JsonObject = {}): InboundRequest {
  const view: JsonObject = {
    callback_id: CALLBACKS.inquiry,
    private_metadata: JSON.stringify(["run-1", "stop", 1]),
    state: {
      values: {
        [`${blockPrefix}ticket`]: { [actionId]: { type: "plain_text_input", value: "OPS-1" } },
        [`${secretPrefix}token`]: { [actionId]: { type: "plain_text_input", value: SECRET } },
      },
    },
    ...changes,
  };
  return {
    id: "view/V1",
    kind: "view",
    teamId: "T0ACME",
    userId: "U0REQ",
    payload: { type: "view_submission", user: { id: "U0REQ" }, view },
    receivedAt: 0,
  };
}

describe("a submitted answer", () => {
  test("holds a reference where a secret was typed, and the rest as it was", async () => {
    const { request, references } = await sealSecrets(secrets, submitted());
    expect(references).toHaveLength(1);
    expect(JSON.stringify(request)).not.toContain(SECRET);
    expect(request).toMatchObject({
      id: "view/V1",
      payload: {
        user: { id: "U0REQ" },
        view: {
          callback_id: CALLBACKS.inquiry,
          state: {
            values: {
              [`${blockPrefix}ticket`]: { [actionId]: { value: "OPS-1" } },
              [`${secretPrefix}token`]: { [actionId]: { value: references[0] } },
            },
          },
        },
      },
    });
    const [reference = ""] = references;
    expect(await secrets.open(reference, { runId: "run-1", stepId: "stop" })).toBe(SECRET);
  });

  test.each<[string, JsonObject]>([
    ["of a window that is none of ours", { private_metadata: "forged" }],
    ["without a window's reference", { private_metadata: null }],
  ])("%s keeps nothing of a secret", async (_, changes) => {
    const { request, references } = await sealSecrets(secrets, submitted(changes));
    expect(references).toEqual([]);
    expect(JSON.stringify(request)).not.toContain(SECRET);
    expect(secrets.kept()).toEqual([]);
  });

  test("keeps nothing of a secret that could not be sealed", async () => {
    secrets.lose("The key is gone.");
    const { request, references } = await sealSecrets(secrets, submitted());
    expect(references).toEqual([]);
    expect(JSON.stringify(request)).not.toContain(SECRET);
  });

  test("keeps nothing of what else stands in a secret's block", async () => {
    const state = {
      values: {
        [`${secretPrefix}token`]: {
          [actionId]: { type: "plain_text_input", value: "", echo: SECRET },
          other: { value: SECRET },
        },
      },
    };
    const { request } = await sealSecrets(secrets, submitted({ state }));
    expect(JSON.stringify(request)).not.toContain(SECRET);
  });

  test.each<[string, JsonObject]>([
    ["of another window", { callback_id: CALLBACKS.reject }],
    ["without values", { state: {} }],
    ["without a state", { state: null }],
  ])("%s is left as it is", async (_, changes) => {
    const given = submitted(changes);
    expect(await sealSecrets(secrets, given)).toEqual({ request: given, references: [] });
  });
});
