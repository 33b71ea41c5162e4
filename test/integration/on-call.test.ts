import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { gatherMembers } from "#engine/gather-facts.ts";
import { DirectoryUnavailable } from "#engine/identity.ts";
import type { OnCallSource } from "#engine/policy.ts";
import { selectValues } from "#adapters/checks/json-path-query.ts";
import { DEFAULT_HTTP_CONFIG } from "#adapters/http/http-config.ts";
import { createHttpRequest } from "#adapters/http/http-operations.ts";
import { createOnCall } from "#adapters/on-call/on-call.ts";
import { loadConfig } from "#config";
import { serveLoopback } from "#playground/infrastructure/loopback-server.ts";
import type {
  Answered,
  Asked,
  LoopbackServer,
} from "#playground/infrastructure/loopback-server.ts";
import { createFakeDirectory } from "#test/fakes/fake-directory.ts";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import { openOnCall } from "../../src/wiring/open-on-call.ts";
import { opsgenieAnswer, pagerDutyAnswer } from "#test/fixtures/on-call-answers.ts";

let server: LoopbackServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function asking(changes: Partial<OnCallSource> = {}, ranges = ["127.0.0.0/8"]) {
  const asked: Asked[] = [];
  let answer: Answered = json(pagerDutyAnswer("PT23IWX"));
  server = await serveLoopback(0, (question) => {
    asked.push(question);
    return answer;
  });
  const source: OnCallSource = {
    url: `${server.url}/{group}/oncalls?schedule_ids[]=PI7DH85`,
    path: "$.oncalls[*].user.id",
    headersFromEnv: { authorization: "PAGERDUTY_TOKEN" },
    people: { PT23IWX: "U0ANN", PXPGF42: "U0BOB" },
    ...changes,
  };
  const clock = createManualClock();
  const onCall = createOnCall({
    request: createHttpRequest({
      ...DEFAULT_HTTP_CONFIG,
      allowedHosts: [],
      allowedPrivateRanges: ranges,
      profiles: {
        sre: {
          allowedHosts: [server.url],
          headers: async () => ({ authorization: "Token token=y_NbAkKc66ryYTWUXYEu" }),
        },
      },
    }),
    select: selectValues,
    clock,
  });
  return {
    asked,
    clock,
    ask: () => onCall("sre", source),
    answerWith: (next: Answered) => {
      answer = next;
    },
  };
}

function json(body: unknown): Answered {
  return { status: 200, type: "application/json; charset=utf-8", body: JSON.stringify(body) };
}

/** The example of this name in docs/groups.md, as the program loads it, with its host put here. */
function documented(name: string, url: string) {
  const page = readFileSync("docs/groups.md", "utf8");
  const yaml = new RegExp(`\`\`\`yaml ${name}\n(.*?)\`\`\``, "s").exec(page)?.[1] ?? "";
  const folder = mkdtempSync(join(tmpdir(), "countersign-on-call-"));
  try {
    const file = join(folder, "countersign.yml");
    writeFileSync(
      file,
      [
        yaml.replace(/https:\/\/[^/]+/, url),
        "http: { allowed_private_ranges: [127.0.0.0/8] }",
        "environments: { production: { approvers: [on-call] } }",
      ].join("\n"),
    );
    return loadConfig(
      {},
      {
        COUNTERSIGN_CONFIG: file,
        PAGERDUTY_AUTHORIZATION: "Token token=y_NbAkKc66ryYTWUXYEu",
        OPSGENIE_AUTHORIZATION: "GenieKey eb24a1fa",
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the documented example of", () => {
  it.each([
    [
      "pagerduty",
      pagerDutyAnswer("PT23IWX", "PXPGF42"),
      ["U0ANN0000"],
      "/oncalls",
      /^Token token=/,
    ],
    [
      "opsgenie",
      opsgenieAnswer("bob@example.com", "ann@example.com"),
      ["U0ANN0000", "U0BOB0000"],
      "/v2/schedules/on-call/on-calls",
      /^GenieKey /,
    ],
  ])("%s gives a group its people of this hour", async (name, body, people, path, header) => {
    const asked: Asked[] = [];
    server = await serveLoopback(0, (question) => {
      asked.push(question);
      return json(body);
    });
    const config = documented(name, server.url);
    const directory = {
      ...createFakeDirectory(),
      onCall: openOnCall(config, createManualClock()),
    };
    const { policy } = config;
    expect(await gatherMembers({ directory, policy }, "T0ACME", ["on-call"], "fresh")).toEqual({
      "on-call": people,
    });
    expect(asked).toMatchObject([
      { path, headers: { authorization: expect.stringMatching(header) as unknown } },
    ]);
    await server.close();
    const away = { ...createFakeDirectory(), onCall: openOnCall(config, createManualClock()) };
    expect(
      await gatherMembers({ directory: away, policy }, "T0ACME", ["on-call"], "fresh"),
    ).toEqual({});
  });
});

describe("who is on call", () => {
  it("is what PagerDuty says, each of its people once, by their Slack ids", async () => {
    const { ask, asked, answerWith } = await asking();
    answerWith(json(pagerDutyAnswer("PXPGF42", "PT23IWX", "PT23IWX")));
    expect(await ask()).toEqual(["U0ANN", "U0BOB"]);
    expect(asked).toMatchObject([
      {
        method: "GET",
        path: "/sre/oncalls",
        headers: {
          accept: "application/json",
          authorization: "Token token=y_NbAkKc66ryYTWUXYEu",
        },
      },
    ]);
  });

  it("is what Opsgenie says", async () => {
    const { ask, answerWith } = await asking({
      path: "$.data.onCallRecipients[*]",
      people: { "ann@example.com": "U0ANN" },
    });
    answerWith(json(opsgenieAnswer("ann@example.com", "stranger@example.com")));
    expect(await ask()).toEqual(["U0ANN"]);
  });

  it("may be named by Slack user ids, without a table", async () => {
    const { ask, answerWith } = await asking({ path: "$[*]", people: {} });
    answerWith(json(["U0CAT", "WDAN1"]));
    expect(await ask()).toEqual(["U0CAT", "WDAN1"]);
  });

  it("is nobody when the service says so", async () => {
    const { ask, answerWith } = await asking();
    answerWith(json(pagerDutyAnswer()));
    expect(await ask()).toEqual([]);
  });

  it("is asked once in half a minute, however many want to know, and then again", async () => {
    const { ask, asked, clock, answerWith } = await asking();
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    expect(new Set(answers.flat())).toEqual(new Set(["U0ANN"]));
    answerWith(json(pagerDutyAnswer("PXPGF42")));
    clock.advance(29_999);
    expect(await ask()).toEqual(["U0ANN"]);
    expect(asked).toHaveLength(1);
    clock.advance(1);
    expect(await ask()).toEqual(["U0BOB"]);
    expect(asked).toHaveLength(2);
  });

  it("is not known once an answer is too old and the service is away, and is again when it is back", async () => {
    const { ask, asked, clock, answerWith } = await asking();
    expect(await ask()).toEqual(["U0ANN"]);
    answerWith("cut");
    clock.advance(30_000);
    await expect(ask()).rejects.toThrow(DirectoryUnavailable);
    await expect(ask()).rejects.toThrow(/the on-call service of sre/);
    expect(asked).toHaveLength(2);
    answerWith(json(pagerDutyAnswer("PXPGF42")));
    clock.advance(5_000);
    expect(await ask()).toEqual(["U0BOB"]);
  });

  it.each<[string, Answered, RegExp]>([
    [
      "a wrong token",
      { status: 401, type: "application/json", body: '{"secret":"x"}' },
      /HTTP 401/,
    ],
    ["too many questions", { status: 429, type: "text/plain", body: "slow down" }, /HTTP 429/],
    [
      "a page",
      { status: 200, type: "text/html", body: "<h1>Sign in</h1>" },
      /not answer with JSON/,
    ],
    ["broken JSON", { status: 200, type: "application/json", body: '{"oncalls":[' }, /with JSON/],
    [
      "too much",
      { status: 200, type: "application/json", body: JSON.stringify(["x".repeat(300_000)]) },
      /too long/,
    ],
    ["objects for ids", json({ oncalls: [{ user: { id: { deep: 1 } } }] }), /no id/],
    [
      "somebody unlisted",
      json(pagerDutyAnswer("PUNKNOWN")),
      /PUNKNOWN is on call and is not listed/,
    ],
  ])("is not known after %s", async (_what, answer, reason) => {
    const { ask, answerWith } = await asking();
    answerWith(answer);
    const refused = await ask().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DirectoryUnavailable);
    expect(String(refused)).toMatch(reason);
    expect(String(refused)).not.toMatch(/secret|y_NbAkKc/);
  });

  it("is not asked of an address that is not allowed", async () => {
    const { ask, asked } = await asking({}, []);
    await expect(ask()).rejects.toThrow(/ADDRESS_REFUSED/);
    expect(asked).toEqual([]);
  });
});
