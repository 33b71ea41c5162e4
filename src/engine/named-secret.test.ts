import { describe, expect, test } from "vitest";
import { z } from "zod";
import { aPolicy } from "#test/builders/a-policy.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import { toyOperations } from "#test/builders/toy-operations.ts";
import { createMemorySecretBox } from "#test/fakes/memory-secret-box.ts";
import { castVote } from "./cast-vote.ts";
import { filePlan } from "./file-plan.ts";
import { forgedReference, namedReference, namedSecretProblems } from "./named-secret.ts";
import { createRegistry, eraseOperation } from "./operation.ts";
import type { AttemptContext } from "./operation.ts";
import { explainRefusal } from "./explain-refusal.ts";
import { revealedOperation } from "./revealed-operation.ts";
import { SecretUnavailable } from "./secret-box.ts";

const SECRETS = {
  "db-password": { environments: ["production"], operations: ["toy.*"] },
  "staging-key": { environments: ["staging"], operations: ["*"] },
};
const AT = { path: "steps[0].with", operation: "toy.change", environment: "production" };
const problems = (value: string, changes: Partial<typeof AT> = {}) =>
  namedSecretProblems({ tags: [value] }, { ...AT, ...changes }, { secrets: SECRETS });

describe("a reference in a plan", () => {
  test("is the whole of a text", () => {
    expect(namedReference("secret:db-password")).toBe("db-password");
    for (const text of ["secret:", "secret:answer/run-1", " secret:db", "secret:Db", "a secret:db"])
      expect(namedReference(text)).toBeNull();
  });

  test("to a known secret is no problem where it may be used", () => {
    expect(problems("secret:db-password")).toEqual([]);
    expect(problems("no secret: just words")).toEqual([]);
  });

  test.each([
    ["secret:db-pasword", {}, "a secret that is not known", "secret:db-password"],
    ["secret:DB", {}, "a secret that is not known", undefined],
    ["secret:staging-key", {}, "secret:staging-key in production", undefined],
    ["secret:db-password", { operation: "ec2.stop" }, "secret:db-password in ec2.stop", undefined],
    ["--with=secret:db-password", {}, "secret:db-password with something around it", undefined],
  ])("%s with %j is a problem that names its path", (text, changes, found, nearest) => {
    const [problem] = problems(text, changes);
    expect(problem).toMatchObject({ path: "steps[0].with.tags[0]", found });
    expect(problem?.nearest).toBe(nearest);
  });

  test.each([
    ["a path", "../../etc/passwd"],
    ["another path", "/etc/shadow"],
    ["a source", "file:/etc/shadow"],
    ["a variable", "env/DB_PASSWORD"],
    ["a command", "$(id)"],
    ["a known name and a command", "db-password;id"],
    ["a name of JavaScript's own", "__proto__"],
    ["another of them", "constructor"],
    ["the secret itself", "hunter22"],
    ["a secret that is no name", "Hunter22!xyz/="],
    ["very much", "x".repeat(10_000)],
  ])("with %s behind the prefix is refused, and not repeated", (_what, text) => {
    const [problem] = problems(`secret:${text}`);
    expect(problem).toMatchObject({
      path: "steps[0].with.tags[0]",
      found: "a secret that is not known",
    });
    expect(JSON.stringify(problem)).not.toContain(text);
  });

  test("in a text that is shown stays that text, and no secret is asked for", async () => {
    const world = createWorld(aPolicy({ secrets: SECRETS }));
    const asked: string[] = [];
    const registry = createRegistry(
      [...toyOperations(world.calls)].map((operation) =>
        revealedOperation(operation, {
          secrets: world.secrets,
          learn: () => undefined,
          named: { resolve: async (name) => String(asked.push(name)) },
        }),
      ),
    );
    const shown = "secret:db-password";
    const require = [{ count: 1, from: ["sre"] }];
    const value = {
      title: shown,
      steps: [
        {
          id: "a",
          uses: "toy.change",
          with: { name: "web-1" },
          ask: { message: shown },
          approval: { message: shown, require },
        },
      ],
    };
    const ports = { ...world.ports, registry };
    const source = { kind: "source", value, text: JSON.stringify(value) } as const;
    const filed = await filePlan(ports, world.asks("U0REQ"), source);
    if (!filed.ok) throw new Error(explainRefusal(filed.refusal));
    expect(filed.value.plan.title).toBe(shown);
    expect(filed.value.plan.steps[0]?.inquiry?.message).toBe(shown);
    const vote = { planId: filed.value.planId, planVersion: 1, choice: "reject" } as const;
    const given = { ...vote, viewHash: null, reason: shown };
    expect(await castVote(ports, world.asks("U0ANN"), given)).toMatchObject({ ok: true });
    expect(asked).toEqual([]);
  });

  test("stays a reference in the plan that is filed", async () => {
    const world = createWorld(aPolicy({ secrets: SECRETS }));
    const value = {
      title: "Change it",
      steps: [
        { id: "a", uses: "toy.change", with: { name: "web-1", tags: ["secret:db-password"] } },
      ],
    };
    const filed = await filePlan(world.ports, world.asks("U0REQ"), {
      kind: "source",
      value,
      text: JSON.stringify(value),
    });
    if (!filed.ok) throw new Error(explainRefusal(filed.refusal));
    expect(filed.value.plan.steps[0]?.with).toMatchObject({ tags: ["secret:db-password"] });
  });

  test("that nobody knows refuses the plan with its place and the nearest name", async () => {
    const world = createWorld(aPolicy({ secrets: SECRETS }));
    const value = {
      title: "Change it",
      steps: [{ id: "a", uses: "toy.change", with: { name: "secret:db-pass-word" } }],
    };
    const filed = await filePlan(world.ports, world.asks("U0REQ"), {
      kind: "source",
      value,
      text: JSON.stringify(value),
    });
    expect(filed).toMatchObject({
      ok: false,
      refusal: {
        code: "plan-invalid",
        problems: [{ path: "steps[0].with.name", nearest: "secret:db-password" }],
      },
    });
  });
});

describe("a reference that an expression made", () => {
  test.each([
    [{ a: "${{ steps.x.result }}" }, { a: "secret:db" }, "a"],
    [{ a: "${{ steps.x.result }}" }, { a: { b: ["x", "secret:db"] } }, "a.b.1"],
    [{ a: ["secret:db", "${{ 1 }}"] }, { a: ["secret:db", 1] }, null],
    [{ a: "${{ steps.x.result }}" }, { a: "see secret:db" }, null],
  ])("%j filled in as %j: forged at %s", (written, filled, forged) => {
    expect(forgedReference(written, filled)).toBe(forged);
  });
});

describe("inside the attempt", () => {
  const input = z.strictObject({ token: z.string().max(30), host: z.string().default("h") });
  const seen: unknown[] = [];
  const learnt: string[] = [];
  const operation = revealedOperation(
    eraseOperation({
      name: "test.use",
      summary: "Use a token.",
      input,
      result: z.json(),
      example: { token: "x" },
      worstRisk: "destructive",
      risk: ({ host }: z.infer<typeof input>) =>
        host === "h" || host.startsWith("secret:") ? "modify" : "destructive",
      effect: () => "idempotent",
      defaultTimeoutMs: 1_000,
      describe: () => "Use a token.",
      describeUndo: () => "Put it back.",
      locks: () => [],
      capture: async (given) => {
        seen.push(given);
        return {};
      },
      undo: (_input, _result, captured) => ({ uses: "test.use", with: { ...captured } }),
      run: async (given) => {
        // It was taught before it is used.
        seen.push(learnt.includes(given.token) ? given : "used before it could be masked");
        return null;
      },
    }),
    {
      secrets: createMemorySecretBox(),
      learn: (text) => learnt.push(text),
      named: {
        resolve: async (name, wanted) => {
          if (name === "away")
            throw new SecretUnavailable("the secret away cannot be had", { category: "timeout" });
          if (name === "short") return "abc";
          if (name === "long") return "x".repeat(31);
          return `${name} for ${wanted.operation}`;
        },
      },
    },
  );
  const context = (step: AttemptContext["step"]): AttemptContext => ({
    signal: new AbortController().signal,
    idempotencyKey: "key",
    output: () => undefined,
    profile: null,
    timeoutMs: 1_000,
    ...(step !== undefined && { step }),
  });
  const inRun = context({ runId: "run-1", stepId: "a" });

  test("the operation is given the secret, and its input stays a reference elsewhere", async () => {
    const given = operation.input.parse({ token: "secret:db" });
    await operation.run(given, inRun);
    expect(seen.at(-1)).toEqual({ token: "db for test.use", host: "h" });
    expect(given).toMatchObject({ token: "secret:db" });
  });

  test.each([
    ["away", "timeout", "cannot be had"],
    ["short", "configuration", "shorter than 6"],
    ["long", "validation", "does not fit the input at with.token"],
  ])("%s fails the attempt as %s, and nothing was sent", async (name, category, words) => {
    const before = seen.length;
    await expect(
      operation.run(operation.input.parse({ token: `secret:${name}` }), inRun),
    ).rejects.toMatchObject({
      failure: { category, acted: false, message: expect.stringContaining(words) },
    });
    expect(seen).toHaveLength(before);
  });

  test("a secret that would make it a riskier step is refused", async () => {
    await expect(
      operation.run(operation.input.parse({ token: "token-1", host: "secret:host" }), inRun),
    ).rejects.toThrow("change the risk");
  });

  test("outside a run no secret is opened", async () => {
    await expect(
      operation.capture?.(operation.input.parse({ token: "secret:db" }), context(undefined)),
    ).rejects.toThrow("only inside a run");
  });

  test("a state that was read cannot name a secret in what puts it back", () => {
    const given = operation.input.parse({ token: "secret:db" });
    expect(operation.undo?.(given, null, { token: "secret:db" })).toMatchObject({
      with: { token: "secret:db" },
    });
    expect(() => operation.undo?.(given, null, { token: "secret:other" })).toThrow("by hand");
  });
});
