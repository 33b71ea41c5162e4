import { describe, expect, test } from "vitest";
import type { JsonObject } from "#engine/json.ts";
import type { InboundRequest } from "#engine/message-store.ts";
import { withoutTypedSecrets } from "./typed-secrets.ts";

const SECRET = "hunter22";
const redactor = { certain: (text: string, mask = "") => text.replaceAll(SECRET, mask) };

function clean(kind: InboundRequest["kind"], payload: JsonObject): JsonObject {
  const request = { id: "1", kind, teamId: "T1", userId: "U1", payload, receivedAt: 1 };
  return withoutTypedSecrets(request, redactor).payload;
}

describe("what a person typed is worked on without its secrets", () => {
  test.each([
    ["event", (text: string) => ({ event: { text, channel: SECRET } })],
    ["command", (text: string) => ({ text, command: SECRET })],
    ["shortcut", (text: string) => ({ message: { text, ts: SECRET } })],
    [
      "view",
      (value: string) => ({
        view: { id: SECRET, state: { values: { [SECRET]: { a: { type: SECRET, value } } } } },
      }),
    ],
  ] as const)("in a request of kind %s, whose names and ids stay as they are", (kind, payload) => {
    expect(clean(kind, payload(`it is ${SECRET}.`))).toEqual(payload("it is (secret-removed)."));
  });

  test("and the same words in styled pieces are left out", () => {
    const pieces = [
      { type: "text", text: "hunt" },
      { type: "text", text: "er22" },
    ];
    expect(clean("event", { event: { text: SECRET, blocks: pieces } })).toEqual({
      event: { text: "(secret-removed)", blocks: [] },
    });
  });

  test("whatever is missing or of another kind is left alone", () => {
    for (const payload of [{}, { view: null }, { view: { state: [] } }, { event: "text" }])
      for (const kind of ["event", "view", "shortcut", "command", "action"] as const)
        expect(clean(kind, payload)).toEqual(payload);
  });
});
