// The audit log on a command line: exported whole and narrowed, signed, verified.

import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waysToRewrite } from "#adapters/postgres/log-rewriters.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import { createAppRole } from "#test/servers/app-role.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import { countersign } from "./support/command.ts";
import type { Ended } from "./support/command.ts";
import { openScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

const EXAMPLE = fileURLToPath(new URL("../../countersign.example.yml", import.meta.url));

type TestContext = { readonly onTestFinished: (end: () => Promise<void>) => void };

let folder = "";
const inFolder = (name: string) => join(folder, name);
const [key, publicKey] = ["key.pem", "key.pub.pem"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-audit-"));
  const pair = generateKeyPairSync("ed25519", {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  await writeFile(inFolder(key), pair.privateKey);
  await writeFile(inFolder(publicKey), pair.publicKey);
});
afterAll(() => rm(folder, { recursive: true }));

test("an export is signed, verified by its key and its chain, and bad once a byte is changed", async (context) => {
  // The program as it is to be run: under a role that can't change the log.
  const { role } = await anAppRole(context);
  const scene = await openScene(context, { databaseUrl: role.url });
  const { database } = scene.program.storage;
  expect(await waysToRewrite(database)).toEqual({ role: role.name, ways: [] });
  await approvedPlan(scene);
  const file = inFolder("audit.ndjson");
  const exported = await audit(scene, "export", "--out", file, "--sign", inFolder(key));
  expect(exported).toMatchObject({ code: 0, err: "" });
  expect(exported.out).toMatch(
    /audit\.ndjson: \d+ rows, SHA-256 [0-9a-f]{64}\n.*audit\.ndjson\.sig/,
  );

  const verified = await audit(scene, "verify", file, "--public-key", inFolder(publicKey));
  expect(verified).toMatchObject({ code: 0, err: "" });
  expect(verified.out).toMatch(/^The signature is good: \d+ rows of .*, the whole log\.$/m);
  expect(verified.out).toContain("The audit log is whole");

  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("vote.cast", "vote.cAst"));
  const changed = await audit(scene, "verify", file, "--public-key", inFolder(publicKey));
  expect(changed.code).toBe(1);
  expect(changed.out).toContain("The signature is NOT good. The file is not the one");
});

test("a narrowed export has only what was asked for, and its signature says so", async (context) => {
  const scene = await openScene(context);
  const { planId } = await approvedPlan(scene);
  const narrowed = await audit(scene, "export", "--plan", planId, "--kind", "vote.*");
  const rows = narrowed.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(rows).toEqual([expect.objectContaining({ kind: "vote.cast", planId })]);

  const found = await countersign(
    ["history", "--text", "do a", "--person", "U0ANN", "--json"],
    scene.workspace.environment,
  );
  expect(JSON.parse(found.out)).toEqual([
    expect.objectContaining({ planId, outcome: "completed", permalink: expect.any(String) }),
  ]);
  const table = await countersign(
    ["history", "--outcome", "completed"],
    scene.workspace.environment,
  );
  expect(table.out).toMatch(new RegExp(`^PLAN .*\\n${planId} +completed .* =Do a$`, "m"));

  const receipt = await audit(scene, "receipt", planId, "--json");
  expect(JSON.parse(receipt.out)).toMatchObject({
    planId,
    votes: [{ by: "person:U0ANN", choice: "approve", counted: true }],
    decisions: [{ outcome: "approved", counted: ["U0ANN"] }],
    runs: [{ outcome: "completed", calls: [{ call: "a", outcome: "succeeded" }] }],
  });
  const view = await audit(scene, "view", planId, "--drawn");
  expect(view).toMatchObject({ code: 0, err: "" });
  expect(view.out).toMatch(/^#\d+ \S+ U0ANN approve, version 1: match [0-9a-f]{64}\n=Do a$/m);

  const file = inFolder("votes.csv");
  const words = [
    "export",
    "--format",
    "csv",
    "--kind",
    "vote.cast",
    "--since",
    "1h",
    "--out",
    file,
  ];
  await audit(scene, ...words, "--sign", inFolder(key));
  const csv = await readFile(file, "utf8");
  expect(csv).toMatch(/^"time","teamId","seq".*\r\n"20.*"vote\.cast".*\r\n$/);
  const verified = await audit(scene, "verify", file, "--public-key", inFolder(publicKey));
  expect(verified).toMatchObject({ code: 0, err: "" });
  expect(verified.out).toMatch(
    /good: 1 row of .*, only since 20\S+, kind vote\.cast\.$|good: 1 row of .*, only kind vote\.cast, since 20\S+Z\.$/m,
  );
});

test.each([
  [["export", "--sign", "key.pem"], /--sign needs --out FILE/],
  [
    ["verify", "/nowhere/a.ndjson", "--public-key", "/nowhere/k"],
    /\/nowhere\/k.*\n?.*no such file/,
  ],
])("%j is refused with what was found and expected", async (words, message) => {
  const answer = await countersign(["audit", ...words], {}, { directory: folder });
  expect(answer).toMatchObject({ code: 2, out: "" });
  expect(answer.err).toMatch(message);
});

test("a file that is no key is named with what was expected", async () => {
  const answer = await countersign(
    ["audit", "export", "--out", "x", "--sign", inFolder(publicKey)],
    {},
    { directory: folder },
  );
  expect(answer.code).toBe(2);
  expect(answer.err).toMatch(/key\.pub\.pem[^]*expected an Ed25519 private key in PEM/);
});

test("migrate makes the role that the program is to run under, or prints the SQL for whoever may", async (context) => {
  const { clone, role } = await anAppRole(context);
  const migrate = (databaseUrl: string, name: string) =>
    countersign(["migrate", "--app-role", name, "--config", EXAMPLE], {
      DATABASE_URL: databaseUrl,
    });
  const [asOwner, asItself] = await Promise.all([
    migrate(clone.url, role.name),
    migrate(role.url, `${role.name}_other`),
  ]);
  expect(asOwner).toMatchObject({ code: 0, err: "" });
  expect(asOwner.out).toContain(`The role ${role.name} has its rights and can only append`);
  expect(asItself.code).toBe(1);
  expect(asItself.err).toMatch(/_other is not ready: .* may not: permission denied.*\nWhoever may/);
  expect(asItself.out).toContain(`create role "${role.name}_other" login;`);
});

async function anAppRole({ onTestFinished }: TestContext) {
  const clone = await createTestDatabase();
  const owner = await openServerDatabase(clone.url, { connections: 1 });
  const role = await createAppRole(clone, owner);
  await owner.close();
  onTestFinished(async () => {
    await clone.drop();
    await role.drop();
  });
  return { clone, role };
}

function audit({ workspace }: Scene, ...words: readonly string[]): Promise<Ended> {
  return countersign(["audit", ...words], workspace.environment);
}

/** One step that ann approved and that has run. */
async function approvedPlan({ workspace, talk }: Scene) {
  const card = await talk.asksForPlan("rita", {
    title: "=Do a",
    steps: [
      {
        id: "a",
        uses: "http.request",
        with: { method: "PUT", url: `${workspace.target.url}/do/a` },
      },
    ],
  });
  await talk.approves("ann", card);
  await talk.ends(card, "Completed");
  return card;
}
