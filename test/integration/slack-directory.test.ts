import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DirectoryUnavailable } from "#engine/identity.ts";
import type { Directory } from "#engine/identity.ts";
import { createSlackDirectory } from "#adapters/slack-directory/slack-directory.ts";
import { startPlayground } from "#playground/server.ts";
import type { Playground } from "#playground/server.ts";

const TEAM = "T0PLAYGROUND";
let playground: Playground;
let directory: Omit<Directory, "onCall">;
let now = 1_000_000;

beforeAll(async () => {
  playground = await startPlayground();
  const client = new WebClient(playground.credentials.botToken, {
    slackApiUrl: playground.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  directory = createSlackDirectory({
    client,
    teamId: TEAM,
    clock: { now: () => now, sleep: async () => undefined },
  });
});
afterAll(() => playground.close());

describe("a person's standing", () => {
  it.each([
    ["U0ANN", "member"],
    ["U0GUS", "guest"],
    ["U0SAM", "stranger"],
    ["U0LEE", "deactivated"],
    ["U0COUNTERSIGN", "bot"],
    ["U0NOBODY", "not-found"],
  ])("of %s is %s", async (userId, expected) => {
    const standing = await directory.standing(TEAM, userId, "fresh");
    expect(standing.kind === "member" ? "member" : standing.reason).toBe(expected);
  });

  it("in another workspace is never asked about", async () => {
    playground.forgetCalls();
    expect(await directory.standing("T0ELSEWHERE", "U0ANN", "fresh")).toMatchObject({
      kind: "refused",
      reason: "other-workspace",
    });
    expect(playground.calls("users.info")).toHaveLength(0);
  });

  it("asked fresh is Slack's answer of that moment; cached it is at most a minute old", async () => {
    await directory.standing(TEAM, "U0BOB", "fresh");
    playground.changeUser("bob", { deleted: true });
    expect((await directory.standing(TEAM, "U0BOB", "cached")).kind).toBe("member");
    expect((await directory.standing(TEAM, "U0BOB", "fresh")).kind).toBe("refused");
    playground.changeUser("bob", { deleted: false });
    expect((await directory.standing(TEAM, "U0BOB", "cached")).kind).toBe("refused");
    now += 60_000;
    expect((await directory.standing(TEAM, "U0BOB", "cached")).kind).toBe("member");
  });

  it("asked for by many at once is asked of Slack once", async () => {
    playground.forgetCalls();
    await Promise.all(Array.from({ length: 50 }, () => directory.standing(TEAM, "U0DEV", "fresh")));
    expect(playground.calls("users.info")).toHaveLength(1);
  });

  it.each([
    ["Slack has an outage", { kind: "http-error", status: 503 }],
    ["Slack asks to wait", { kind: "rate-limited", retryAfterSeconds: 7 }],
    ["the token was taken back", { kind: "api-error", error: "token_revoked" }],
  ] as const)("is unavailable, not a guess, when %s", async (_when, fault) => {
    playground.faults.next("users.info", fault);
    await expect(directory.standing(TEAM, "U0ANN", "fresh")).rejects.toThrow(DirectoryUnavailable);
  });
});

describe("a user group", () => {
  it("has the members Slack names now", async () => {
    expect(await directory.groupMembers(TEAM, "S0SRE", "fresh")).toEqual(["U0ANN", "U0BOB"]);
    playground.setGroup("sre", ["U0ANN"]);
    expect(await directory.groupMembers(TEAM, "S0SRE", "fresh")).toEqual(["U0ANN"]);
  });

  it("on a free plan is unavailable, and the reason says what to do", async () => {
    playground.setUserGroupsAvailable(false);
    await expect(directory.groupMembers(TEAM, "S0SRE", "fresh")).rejects.toThrow(
      /paid plan.*`users`/,
    );
    expect(directory.groupRemedy?.("S0SRE")).toMatch(/paid plan.*`users`/);
    playground.setUserGroupsAvailable(true);
    await directory.groupMembers(TEAM, "S0SRE", "fresh");
    expect(directory.groupRemedy?.("S0SRE")).toBeNull();
  });
});

describe("what an operator must do about a user group", () => {
  it.each([
    ["plan_upgrade_required", /paid plan.*`users`/],
    ["paid_teams_only", /paid plan.*`users`/],
    ["no_such_subteam", /correct its id/],
    ["missing_scope", /usergroups:read/],
  ])("is known after Slack has answered %s", async (error, remedy) => {
    playground.faults.next("usergroups.users.list", { kind: "api-error", error });
    await expect(directory.groupMembers(TEAM, "S0SRE", "fresh")).rejects.toThrow(remedy);
    expect(directory.groupRemedy?.("S0SRE")).toMatch(remedy);
  });

  it("is nothing while Slack is only away", async () => {
    playground.faults.next("usergroups.users.list", { kind: "http-error", status: 503 });
    await expect(directory.groupMembers(TEAM, "S0SRE", "fresh")).rejects.toThrow(
      DirectoryUnavailable,
    );
    expect(directory.groupRemedy?.("S0SRE")).toBeNull();
  });
});

describe("the members of a user group", () => {
  it("are Slack's of that moment when deciding, and for display at most a minute old", async () => {
    playground.setGroup("sre", ["U0ANN", "U0BOB"]);
    expect(await directory.groupMembers(TEAM, "S0SRE", "fresh")).toEqual(["U0ANN", "U0BOB"]);
    playground.setGroup("sre", ["U0ANN"]);
    expect(await directory.groupMembers(TEAM, "S0SRE", "cached")).toEqual(["U0ANN", "U0BOB"]);
    now += 59_999;
    expect(await directory.groupMembers(TEAM, "S0SRE", "cached")).toEqual(["U0ANN", "U0BOB"]);
    now += 1;
    expect(await directory.groupMembers(TEAM, "S0SRE", "cached")).toEqual(["U0ANN"]);
    playground.setGroup("sre", ["U0BOB"]);
    expect(await directory.groupMembers(TEAM, "S0SRE", "fresh")).toEqual(["U0BOB"]);
    expect(await directory.groupMembers(TEAM, "S0SRE", "cached")).toEqual(["U0BOB"]);
  });
});

describe("a channel", () => {
  it("is shared when another organization is in it, or invited", async () => {
    expect(await directory.channel("C0PRODUCTION")).toMatchObject({
      shared: false,
      isMember: true,
      name: "ops-production",
    });
    expect(await directory.channel("C0PARTNER")).toMatchObject({ shared: true });
    playground.changeChannel("ops-staging", { isPendingExtShared: true });
    expect(await directory.channel("C0STAGING")).toMatchObject({ shared: true });
  });

  it("that the bot can't see is taken as shared", async () => {
    expect(await directory.channel("C0UNKNOWN")).toMatchObject({ shared: true, isMember: false });
  });
});
