import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkSignature } from "./signature.ts";

const secret = "8f742231b10e8888abcd99yyyzzz85a5";
const now = 1_800_000_000_000;

function signed(body: string, atSeconds: number, withSecret = secret) {
  const digest = createHmac("sha256", withSecret).update(`v0:${atSeconds}:${body}`).digest("hex");
  return {
    secret,
    body: Buffer.from(body),
    timestamp: String(atSeconds),
    signature: `v0=${digest}`,
    now,
  };
}

describe("the signature of a request", () => {
  it("is the one that Slack's documentation computes", () => {
    const body =
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    const request = {
      secret,
      body: Buffer.from(body),
      timestamp: "1531420618",
      signature,
      now: 1_531_420_618_000,
    };
    expect(checkSignature(request)).toBe("valid");
  });

  it.each([
    ["now", 0, "valid"],
    ["exactly five minutes ago", -300, "valid"],
    ["just over five minutes ago", -301, "too-old"],
    ["exactly five minutes ahead", 300, "valid"],
    ["just over five minutes ahead", 301, "in-the-future"],
    ["an hour ahead", 3600, "in-the-future"],
  ])("made %s is answered by the clock window on both sides", (_when, offset, answer) => {
    expect(checkSignature(signed("{}", now / 1000 + offset))).toBe(answer);
  });

  it("of another body, secret or time is wrong", () => {
    const good = signed("a=1", now / 1000);
    expect(checkSignature({ ...good, body: Buffer.from("a=2") })).toBe("wrong");
    expect(checkSignature(signed("a=1", now / 1000, "another secret"))).toBe("wrong");
    expect(checkSignature({ ...good, timestamp: String(now / 1000 - 1) })).toBe("wrong");
  });

  it.each([
    "",
    "v0=",
    "v1=00",
    "v0=zz",
    `v0=${"0".repeat(63)}`,
    `v0=${"0".repeat(65)}`,
    `V0=${"0".repeat(64)}`,
  ])("written as %j is wrong", (signature) => {
    expect(checkSignature({ ...signed("{}", now / 1000), signature })).toBe("wrong");
  });

  it.each([undefined, "", "soon", "-1", "1e9", "1.5", " 1800000000", "99999999999999"])(
    "without a plain timestamp (%j) is missing",
    (timestamp) => {
      expect(checkSignature({ ...signed("{}", now / 1000), timestamp })).toBe("missing");
    },
  );

  it("is never checked against an empty secret", () => {
    expect(() => checkSignature({ ...signed("{}", now / 1000, ""), secret: "" })).toThrow(/empty/);
  });
});
