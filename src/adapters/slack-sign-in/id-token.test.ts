import { describe, expect, test } from "vitest";
import { readIdToken } from "./id-token.ts";

const NOW = 1_763_690_000_000;
const SECONDS = NOW / 1000;
const expected = { issuer: "https://slack.com", clientId: "123.456", now: NOW };
const claims = {
  iss: "https://slack.com",
  aud: "123.456",
  exp: SECONDS + 300,
  iat: SECONDS,
  nonce: "abc",
  "https://slack.com/team_id": "T0ACME",
  "https://slack.com/user_id": "U0ANN",
};

function token(changes: Readonly<Record<string, unknown>> = {}): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part({ ...claims, ...changes })}.c2ln`;
}

describe("an ID token", () => {
  test("names a person, a workspace and the nonce it answers", () => {
    expect(readIdToken(token(), expected)).toEqual({
      ok: true,
      value: { teamId: "T0ACME", userId: "U0ANN", nonce: "abc" },
    });
  });

  test("may be for others too, when it was issued to us", () => {
    const both = ["999.9", "123.456"];
    expect(readIdToken(token({ aud: both, azp: "123.456" }), expected).ok).toBe(true);
    expect(readIdToken(token({ aud: both, azp: "999.9" }), expected).ok).toBe(false);
    expect(readIdToken(token({ aud: both }), expected).ok).toBe(false);
  });

  test.each([
    ["another issuer", { iss: "https://slack.com.evil.example" }, "somebody else"],
    ["another app's audience", { aud: "999.9" }, "another app"],
    ["another authorized party", { azp: "999.9" }, "another app"],
    ["an end that has passed", { exp: SECONDS - 61 }, "expired"],
    ["an issue long ago", { iat: SECONDS - 601 }, "just now"],
    ["an issue to come", { iat: SECONDS + 61 }, "just now"],
    ["no nonce", { nonce: undefined }, "can be read"],
    ["no user", { "https://slack.com/user_id": undefined }, "can be read"],
    ["a user that is no text", { "https://slack.com/user_id": ["U0ANN"] }, "can be read"],
  ])("with %s is refused", (_, changes, words) => {
    const answer = readIdToken(token(changes), expected);
    expect(answer.ok ? "accepted" : answer.refusal).toContain(words);
  });

  test.each(["", "a", "a.b", "a.b.c", "a.b.c.d", `${token()}.more`, "..."])(
    "that is %j is none",
    (text) => {
      expect(readIdToken(text, expected)).toMatchObject({ ok: false });
    },
  );
});
