// compose.yaml read, not run: which process comes to the database as whom, and who knows the owner's password.

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const service = z.looseObject({
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  restart: z.string(),
});
const text = await readFile(new URL("../../compose.yaml", import.meta.url), "utf8");
const { services } = z
  .object({ services: z.record(z.string(), service) })
  .parse(parse(text, { merge: true }));

function named(name: string): z.infer<typeof service> {
  const found = services[name];
  if (found === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return found;
}

const OWNER = "postgres://countersign:${POSTGRES_PASSWORD";
const migrate = named("migrate");
const role = migrate.command.at(-1) ?? "";
const password = named("app-password");

test("the owner migrates and makes the role that bots and workers run as", () => {
  expect(migrate.command).toEqual(["migrate", "--app-role", role]);
  expect(migrate.environment["DATABASE_URL"]).toContain(OWNER);
  for (const name of ["bot", "worker"])
    expect(named(name).environment["DATABASE_URL"]).toMatch(
      `postgres://${role}:\${POSTGRES_APP_PASSWORD`,
    );
});

test("what serves people has no word of the owner's password, though .env gives all it holds", () => {
  for (const name of ["bot", "worker"]) {
    const { POSTGRES_PASSWORD: blank, ...others } = named(name).environment;
    expect(named(name)["env_file"]).toMatchObject([{ path: ".env" }]);
    expect(blank).toBe("");
    expect(JSON.stringify(others)).not.toContain("${POSTGRES_PASSWORD");
  }
});

test("the role has its password before a bot or worker starts, and only once it is made", () => {
  const done = { condition: "service_completed_successfully" };
  expect(password.depends_on).toEqual({ migrate: done });
  expect(password.command.join(" ")).toContain(`\\password ${role}`);
  for (const name of ["bot", "worker"])
    expect(named(name).depends_on["app-password"]).toEqual(done);
  // Each runs once: what never ends would never let the next begin.
  for (const { restart } of [migrate, password]) expect(restart).toBe("no");
});
