import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { load, problemsOf, SMALLEST } from "#test/builders/written-config.ts";
import { parseConfig, readConfigFile } from "./read-config-file.ts";

describe("countersign.yml", () => {
  test("the approvals nobody wrote down are none, one and two of the environment's approvers", () => {
    const { approval } = load(SMALLEST).policy.environments["production"] ?? {};
    expect(approval?.["read-only"].require).toEqual([]);
    expect(approval?.modify.require).toEqual([{ count: 1, fromGroups: ["sre"], fromUsers: [] }]);
    expect(approval?.destructive.require).toEqual([
      { count: 2, fromGroups: ["sre"], fromUsers: [] },
    ]);
  });

  test("without approvers a change can be approved by nobody", () => {
    const { policy } = load("environments: { production: {} }");
    expect(policy.environments["production"]?.approval.modify.require).toEqual([
      { count: 1, fromGroups: [], fromUsers: [] },
    ]);
  });

  test("the groups that a filter names are asked for it", () => {
    const filter = `"!('night' in person.groups)"`;
    const require = `[{ count: 1, from: [sre], filter: ${filter} }]`;
    const { policies } = load(
      `
${SMALLEST.trim()}
policies: [{ name: p, match: {}, require: ${require} }]
`.replace("groups: {", "groups: { night: { users: [U0NIGHT00] }, day: { users: [U0DAY0000] },"),
    ).policy;
    expect(policies[0]?.terms.require?.[0]?.filterGroups).toEqual(["night"]);
  });

  test("an empty file of permissions allows nothing", () => {
    const { policy, settings } = load("environments: { production: {} }");
    expect(policy.channels).toEqual([]);
    expect(policy.environments["production"]?.allow).toEqual([]);
    expect(settings.shell.programs).toEqual([]);
    expect(settings.http.allowed_hosts).toEqual([]);
    expect(settings.ec2.default_regions).toEqual([]);
  });

  test("the same meaning has the same version, another meaning another", () => {
    const reordered =
      SMALLEST.replace("groups: { sre: { users: [U0ANN] } }\n", "") +
      "groups: { sre: { users: [U0ANN] } }\n";
    expect(load(reordered).policy.version).toBe(load(SMALLEST).policy.version);
    expect(load(SMALLEST.replace("ec2.*", "*").replace("[*]", '["*"]')).policy.version).not.toBe(
      load(SMALLEST).policy.version,
    );
  });

  test("heads of the log are published once a day unless it says how often, and somewhere", () => {
    const publish = (words: string) =>
      load(`${SMALLEST}audit: { publish: { ${words} } }\n`).settings.audit.publish;
    expect(publish("channel: C0AUDIT")).toEqual({ channel: "C0AUDIT", every: 86_400_000 });
    expect(publish("file: heads, every: 15m")).toEqual({ file: "heads", every: 900_000 });
    expect(problemsOf(() => publish("every: 1h"))).toMatchObject([
      { path: "audit.publish", expected: "a channel, a file, or both" },
    ]);
    expect(problemsOf(() => publish("file: heads, every: 5s"))).toMatchObject([
      { path: "audit.publish.every", expected: /a minute or more/ },
    ]);
  });

  test("a group's hours and its on-call service are read", () => {
    const yaml = `
groups:
  sre:
    users: [U0ANN]
    on_call:
      url: "https://on-call.example.com/{group}"
      path: "$[*]"
      headers_from_env: { authorization: ON_CALL_TOKEN }
      people: { ann@example.com: U0ANN }
    working_hours: { days: mon-fri, from: "09:00", to: "18:00", time_zone: Europe/Amsterdam }
environments: { production: { approvers: [sre] } }
`;
    const { policy, secrets } = load(yaml, { ON_CALL_TOKEN: "Token abc" });
    expect(policy.groups["sre"]).toEqual({
      name: "sre",
      slackGroupIds: [],
      userIds: ["U0ANN"],
      onCall: {
        url: "https://on-call.example.com/{group}",
        path: "$[*]",
        headersFromEnv: { authorization: "ON_CALL_TOKEN" },
        people: { "ann@example.com": "U0ANN" },
      },
      workingHours: {
        days: ["mon", "tue", "wed", "thu", "fri"],
        from: "09:00",
        to: "18:00",
        timeZone: "Europe/Amsterdam",
      },
    });
    expect(secrets).toContain("Token abc");
    expect(problemsOf(() => load(yaml))).toMatchObject([
      {
        path: "groups.sre.on_call.headers_from_env.authorization",
        found: "ON_CALL_TOKEN, which is not set",
      },
    ]);
  });

  test.each([
    ["on_call: { url: on-call.example.com, path: $ }", "groups.sre.on_call.url", /an address such/],
    [
      'on_call: { url: "https://{group}.example.com/", path: $ }',
      "groups.sre.on_call.url",
      /host does not depend/,
    ],
    [
      'on_call: { url: "https://me:secret@example.com/", path: $ }',
      "groups.sre.on_call.url",
      /headers_from_env/,
    ],
    [
      'on_call: { url: "https://example.com/", path: oncalls }',
      "groups.sre.on_call.path",
      /JSON path/,
    ],
    [
      'working_hours: { days: mon-fri, from: "09:00", to: "09:00", time_zone: UTC }',
      "groups.sre.working_hours",
      /not the same/,
    ],
    [
      'working_hours: { days: [mon], from: "09:00", to: "18:00", time_zone: Mars }',
      "groups.sre.working_hours.time_zone",
      /time zone such as/,
    ],
  ])("%s is refused at its place", (line, path, expected) => {
    const yaml = `
groups:
  sre:
    users: [U0ANN]
    ${line}
environments: { production: { approvers: [sre] } }
`;
    expect(problemsOf(() => load(yaml))).toMatchObject([
      { path, expected: expect.stringMatching(expected) as unknown },
    ]);
  });

  test("an unknown key is told with its path and the nearest key", () => {
    const [problem] = problemsOf(() =>
      parseConfig("f", SMALLEST.replace("approvers:", "aprovers:")),
    );
    expect(problem).toMatchObject({
      path: "environments.production.aprovers",
      nearest: "approvers",
    });
  });

  test("a group that is not defined is told with its path and the nearest group", () => {
    const [problem] = problemsOf(() =>
      parseConfig("f", SMALLEST.replace("approvers: [sre]", "approvers: [sree]")),
    );
    expect(problem).toMatchObject({
      path: "environments.production.approvers[0]",
      found: "sree",
      nearest: "sre",
    });
  });

  test.each([
    ["a duration", "limits: { run_time: soon }", "limits.run_time"],
    ["a Slack id", "channels: { allow: ['#ops'] }", "channels.allow"],
    [
      "a clause for nobody",
      "environments: { p: { approval: { modify: { require: [{ count: 1 }] } } } }",
      "environments.p.approval.modify.require[0]",
    ],
  ])("%s that is wrong is told with its path", (_what, yaml, path) => {
    const text = yaml.startsWith("environments")
      ? yaml
      : `${SMALLEST.replace(/channels:.*\n/, "")}${yaml}`;
    expect(problemsOf(() => parseConfig("f", text)).map((problem) => problem.path)).toContainEqual(
      expect.stringContaining(path),
    );
  });

  test("a permission may be narrowed to channels, but to none in which nobody could use it", () => {
    const narrowed = (channels: string, own = '"*"') =>
      SMALLEST.replace("operations: [ec2.*]", `operations: [ec2.*], channels: ${channels}`).replace(
        "approvers: [sre]",
        `approvers: [sre]\n    channels: ${own}`,
      );
    const allowOf = (yaml: string) => load(yaml).policy.environments["production"]?.allow[0];
    expect(allowOf(narrowed("[C0OPS]"))).toMatchObject({ channels: ["C0OPS"] });
    expect(allowOf(narrowed('"*"'))).not.toHaveProperty("channels");
    const path = "environments.production.allow[0].channels[0]";
    expect(problemsOf(() => load(narrowed("[C0OPPS]")))).toMatchObject([
      { path, found: "C0OPPS", nearest: "C0OPS", expected: expect.stringMatching(/: C0OPS$/) },
    ]);
    expect(problemsOf(() => load(narrowed("[C0OPS]", "[C0ELSE]")))).toMatchObject([
      { path, found: "C0OPS", expected: expect.stringMatching(/there is none$/) },
    ]);
    expect(problemsOf(() => load(narrowed("[]")))).toMatchObject([
      { path: "environments.production.allow[0].channels" },
    ]);
    const anywhere = narrowed("[C0ANY]").replace("allow: [C0OPS]", 'allow: "*"');
    expect(allowOf(anywhere)).toMatchObject({ channels: ["C0ANY"] });
  });

  test("broken YAML is told with line and column", () => {
    const [problem] = problemsOf(() => parseConfig("f", "groups: {\nenvironments: ["));
    expect(problem?.path).toMatch(/^line \d+, column \d+$/);
  });

  test("a missing file says how to make one", () => {
    const [problem] = problemsOf(() => readConfigFile("/nowhere/none.yml"));
    expect(problem?.expected).toContain("countersign.example.yml");
  });

  test("nobody may break the glass unless it says who, and then not past a passkey, with a week to review", () => {
    expect(load(SMALLEST).policy.breakGlass).toBeNull();
    const yaml = `${SMALLEST}break_glass: { users: [U0BOB], environments: [production] }`;
    expect(load(yaml).policy.breakGlass).toEqual({
      groups: [],
      users: ["U0BOB"],
      environments: ["production"],
      withoutPasskey: false,
      reviewWithinMs: 7 * 86_400_000,
    });
  });

  test.each([
    ["{ environments: [production] }", "break_glass"],
    ["{ users: [U0BOB], environments: [] }", "break_glass.environments"],
    ["{ users: [U0BOB], environments: ['*'] }", "break_glass.environments"],
    ["{ groups: [everybody], environments: [production] }", "break_glass.groups"],
    ["{ groups: [sre], environments: [prod] }", "break_glass.environments"],
    [
      "{ groups: [sre], environments: [production], review_within: never }",
      "break_glass.review_within",
    ],
    ["{ groups: [sre], environments: [production], without: passkey }", "break_glass"],
  ])("who may break the glass written as %s is refused at %s", (given, path) => {
    const paths = problemsOf(() => load(`${SMALLEST}break_glass: ${given}`)).map((one) => one.path);
    expect(paths.some((one) => one.startsWith(path))).toBe(true);
  });

  test.each(["countersign.example.yml", "src/playground/countersign.yml"])(
    "the shipped %s is valid",
    (file) => {
      expect(() => parseConfig(file, readFileSync(file, "utf8"))).not.toThrow();
    },
  );

  test("the shipped example lets nobody change anything", () => {
    const { environments } = parseConfig("f", readFileSync("countersign.example.yml", "utf8"));
    const operations = Object.values(environments).flatMap((value) =>
      value.allow.flatMap((allowed) => allowed.operations),
    );
    expect(new Set(operations)).toEqual(new Set(["ec2.describe_instances"]));
  });
});

describe("secrets that plans refer to", () => {
  const secrets = (text: string): string => `${SMALLEST}\nsecrets: { db: { ${text} } }\n`;
  const USE = "environments: [production], operations: [http.*]";

  test("have their uses in the policy, and not where they come from", () => {
    const { policy, secrets: known } = load(secrets(`env: DB_VALUE, ${USE}`), {
      DB_VALUE: "hunter22",
    });
    expect(policy.secrets).toEqual({
      db: { environments: ["production"], operations: ["http.*"] },
    });
    expect(JSON.stringify(policy)).not.toMatch(/DB_VALUE|hunter22/);
    expect(known).toContain("hunter22");
  });

  test.each([
    [USE, "secrets.db", "one of env, file, command"],
    [`env: A, file: /b, ${USE}`, "secrets.db", "one of env, file, command"],
    [`command: [vault], ${USE}`, "secrets.db.command[0]", "absolute path"],
    [`env: A, timeout: 5s, ${USE}`, "secrets.db.timeout", "only with command"],
    [`env: A, environments: [prod], operations: [a]`, "secrets.db.environments[0]", "production"],
    [`command: [/v], profile: aws, ${USE}`, "secrets.db.profile", "a name defined in this file"],
    ["env: A", "secrets.db.environments", ""],
  ])("%s is wrong at %s", (text, path, expected) => {
    const problem = problemsOf(() => load(secrets(text))).find((one) => one.path === path);
    expect(problem?.expected).toContain(expected);
  });

  test("are written as docs/secrets.md writes them", () => {
    const page = readFileSync(new URL("../../docs/secrets.md", import.meta.url), "utf8");
    const [, block = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const profile = "profiles: { aws-production: { type: aws, regions: [eu-west-1] } }";
    const { secrets: named } = parseConfig("page", `${SMALLEST}\n${profile}\n${block}`);
    expect(Object.keys(named)).toEqual(["db-password", "deploy-key", "api-token", "warehouse"]);
  });
});

describe("step-up", () => {
  const URL_LINE = "public_url: https://ops.example.com/";
  const asking = (more = "") =>
    `${SMALLEST}\npolicies: [{ name: proven, match: { risks: [destructive] }, step_up: webauthn${more} }]`;

  test("is part of a policy and of an environment's rule", () => {
    expect(load(asking()).policy.policies[0]?.terms).toEqual({ stepUp: "webauthn" });
    const { policy } = load(`${SMALLEST}    approval: { destructive: { step_up: webauthn } }`);
    expect(policy.environments["production"]?.approval.destructive.stepUp).toBe("webauthn");
    expect(policy.environments["production"]?.approval.modify.stepUp).toBeNull();
  });

  test("contradicts approval by waiting and votes that outlive an edit", () => {
    const path = (more: string) => problemsOf(() => load(asking(more)))[0]?.path;
    expect(path(", sticky: true")).toBe("policies[0].sticky");
    const waiting = asking(", on_timeout: approve").replace("[destructive]", "[modify]");
    expect(problemsOf(() => load(waiting))[0]?.path).toBe("policies[0].on_timeout");
  });

  test("has its pages at https with a host name, or on this machine", () => {
    expect(load(`${SMALLEST}\n${URL_LINE}`).publicUrl).toBe("https://ops.example.com");
    expect(load(`${SMALLEST}\npublic_url: http://localhost:3000`).publicUrl).toBe(
      "http://localhost:3000",
    );
    expect(load(SMALLEST).publicUrl).toBeNull();
    for (const wrong of [
      "http://ops.example.com",
      "https://192.0.2.1",
      "https://[2001:db8::1]",
      "https://ops.example.com/countersign",
      "https://me:secret@ops.example.com",
      "https://ops.example.com/?a=b",
      "http://127.0.0.1:3000",
      "ops.example.com",
      "javascript:alert(1)",
    ])
      expect(problemsOf(() => load(`${SMALLEST}\npublic_url: "${wrong}"`))[0]).toMatchObject({
        path: "public_url",
        expected: expect.stringContaining("https://ops.example.com") as string,
      });
  });
});
