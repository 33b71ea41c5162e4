import { describe, expect, test } from "vitest";
import { load, problemsOf, SMALLEST } from "#test/builders/written-config.ts";

describe("the environment", () => {
  test("no tokens mean the playground; an app-level token means Socket Mode", () => {
    expect(load(SMALLEST).slack).toBeNull();
    expect(
      load(SMALLEST, { SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1" }).slack,
    ).toMatchObject({ appToken: "xapp-1" });
  });

  test("HTTP without a signing secret is refused", () => {
    const [problem] = problemsOf(() => load(SMALLEST, { SLACK_BOT_TOKEN: "xoxb-1" }));
    expect(problem?.path).toBe("SLACK_SIGNING_SECRET");
  });

  test("a mistaken variable is named and its value not repeated", () => {
    const refused = () => load(SMALLEST, { SLACK_BOT_TOKEN: "hunter22-hunter22" });
    expect(problemsOf(refused)[0]?.path).toBe("SLACK_BOT_TOKEN");
    expect(refused).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter22") }),
    );
  });

  test.each([
    ["PORT", "eighty"],
    ["DATABASE_URL", "mysql://x"],
    ["REDIS_URL", "http://x"],
    ["LOG_LEVEL", "loud"],
  ])("a wrong %s is refused by name", (name, value) => {
    expect(problemsOf(() => load(SMALLEST, { [name]: value }))[0]?.path).toBe(name);
  });

  test("a credential that the file names and the environment lacks is refused", () => {
    const yaml = `${SMALLEST}\nprofiles: { lb: { type: http, hosts: [lb.example.com], headers_from_env: { authorization: LB_AUTH } } }`;
    expect(problemsOf(() => load(yaml))[0]).toMatchObject({
      path: "profiles.lb.headers_from_env.authorization",
    });
    expect(load(yaml, { LB_AUTH: "Bearer abc" }).secrets).toContain("Bearer abc");
  });

  test("passwords in URLs are secrets", () => {
    expect(load(SMALLEST, { DATABASE_URL: "postgres://a:p%40ss@h/d" }).secrets).toContain("p@ss");
  });

  test("variables that are called secrets are masked, whoever is given them", () => {
    const { secrets: known } = load(SMALLEST, { APP_PASSWORD: "hunter22", REGION: "eu-west-1" });
    expect(known).toContain("hunter22");
    expect(known).not.toContain("eu-west-1");
  });

  test("takes both of the Slack app's id and secret, and masks the secret", () => {
    const both = { SLACK_CLIENT_ID: "123.456", SLACK_CLIENT_SECRET: "client-hush" };
    const { signIn, secrets } = load(SMALLEST, both);
    expect(signIn).toEqual({ clientId: "123.456", clientSecret: "client-hush" });
    expect(secrets).toContain("client-hush");
    for (const [name, value] of Object.entries(both)) {
      const missing = Object.keys(both).find((other) => other !== name);
      expect(problemsOf(() => load(SMALLEST, { [name]: value }))[0]?.path).toBe(missing);
    }
    expect(load(SMALLEST).signIn).toBeNull();
  });
});
