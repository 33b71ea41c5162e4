// Approving with a passkey over HTTP, as browsers do and as whoever attacks it would: real pages, a real Postgres, the
// playground's Slack to sign in with, and an authenticator whose every answer a test can bend.

import { createHash, createPublicKey, verify } from "node:crypto";
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import postgres from "postgres";
import { z } from "zod";
import { canonicalJson } from "#engine/canonical-json.ts";
import { castVote } from "#engine/cast-vote.ts";
import { editPlan } from "#engine/edit-plan.ts";
import { filePlan } from "#engine/file-plan.ts";
import { issueStepUpLink } from "#engine/issue-step-up.ts";
import { LINK_MS, SESSION_MS } from "#engine/step-up.ts";
import { removePasskey } from "#engine/remove-passkey.ts";
import type { Asker } from "#engine/use-case-ports.ts";
import { systemClock } from "#adapters/system/system-clock.ts";
import { aClause, aRule, anEnvironment } from "#test/builders/a-policy.ts";
import { openBotWorkspace, playgroundPolicy } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";
import { planSource } from "#test/builders/engine-world.ts";
import { SoftwarePasskey } from "#test/builders/software-passkey.ts";
import type { Flaw } from "#test/builders/software-passkey.ts";
import { allowedAt, StepUpBrowser } from "#test/builders/step-up-browser.ts";
import { until } from "#test/until.ts";
import { passkeyList, passkeyRemove } from "../../src/wiring/passkey-commands.ts";

const TEAM = "T0PLAYGROUND";
const [RITA, ANN, BOB, SAM] = ["U0RITA", "U0ANN", "U0BOB", "U0SAM"] as const;

let bot: BotWorkspace;
/** How far the bot's clock is ahead of Slack's. */
let aheadMs = 0;
beforeAll(async () => {
  const policy = playgroundPolicy();
  const { approval } = anEnvironment();
  const destructive = aRule([aClause(1, "sre")], { stepUp: "webauthn" });
  const production = anEnvironment({ approval: { ...approval, destructive } });
  bot = await openBotWorkspace("http", false, {
    clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
    policy: {
      ...policy,
      environments: { ...policy.environments, production },
      limits: { ...policy.limits, pendingPlansPerRequester: 1_000 },
    },
  });
}, 60_000);
afterAll(() => bot.close());

let made = 0;

function asks(userId: string): Asker {
  made += 1;
  const conversation = {
    id: bot.ports.ids.next("cv"),
    teamId: TEAM,
    channelId: "C0PRODUCTION",
    threadTs: null,
    words: "please",
    permalink: null,
  };
  return { teamId: TEAM, userId, requestId: `step-up-${made}`, entry: "button", conversation };
}

async function aPlan(): Promise<string> {
  const filed = await filePlan(
    bot.ports,
    asks(RITA),
    planSource("toy.destroy", { name: `web-${++made}` }),
  );
  if (!filed.ok) throw new Error(`the plan was not filed: ${filed.refusal.code}`);
  return filed.value.planId;
}

/** A link as a click on the card makes it. */
async function aLink(planId: string, userId: string): Promise<string> {
  const link = await issueStepUpLink(bot.ports, {
    planId,
    planVersion: 1,
    viewHash: "seen",
    viewFormat: 1,
    userId,
  });
  if (!link.ok) throw new Error(`no link: ${link.refusal.code}`);
  return link.value.token;
}

/** Ann before the plan's button, signed in. */
async function signedIn(planId: string): Promise<StepUpBrowser> {
  const browser = new StepUpBrowser(bot.pagesUrl);
  const back = await browser.signInAs(await aLink(planId, ANN), ANN);
  expect(back.status).toBe(303);
  return browser;
}

const votesOf = async (planId: string) => (await bot.ports.plans.get(planId))?.votes ?? [];

/** What was refused about the plan, and to whom it was laid. */
async function refusals(planId: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const row of bot.ports.audit.rows({ teamId: TEAM, planId, limit: 1_000 }))
    if (row.kind === "refused")
      found.push(`${row.actor} ${String((JSON.parse(row.data) as { code?: string }).code)}`);
  return found;
}

async function forgetPasskeys(userId: string): Promise<void> {
  for (const passkey of await bot.ports.stepUps.passkeys(TEAM, userId))
    await removePasskey(bot.ports, passkey, "test");
}

describe("an approval that needs a passkey", () => {
  test("comes by a private link, is signed, counts once, and says so everywhere", async () => {
    await bot.playground.slash("rita", "#ops-production", "/ops toy.destroy name=whole");
    const card = await until("the card", () =>
      bot.playground.messages("#ops-production").find(({ text }) => text.startsWith("Waiting")),
    );
    await bot.playground.click("ann", { channel: "#ops-production", ts: card.ts, text: "Approve" });
    const message = await until("the link", () =>
      bot.playground
        .ephemerals("ann")
        .find(({ message: { text } }) => text.startsWith("Approve with")),
    );
    const token = /\/step-up\/([A-Za-z0-9_-]{43})/.exec(JSON.stringify(message))?.[1] ?? "";
    const planId = /pl-\w+/.exec(card.text)?.[0] ?? "";
    expect(await votesOf(planId)).toEqual([]);

    const browser = new StepUpBrowser(bot.pagesUrl);
    expect((await browser.get(token)).text).toContain("Sign in with Slack");
    await browser.signInAs(token, ANN);
    expect((await browser.get("approve")).text).toContain("Register a passkey");
    const passkey = new SoftwarePasskey(bot.pagesUrl);
    expect((await browser.register(passkey)).status).toBe(200);
    const page = (await browser.get("approve")).text;
    for (const shown of ["Approve with my passkey", "toy.destroy", "whole"])
      expect(page).toContain(shown);
    expect((await browser.approve(passkey)).status).toBe(200);
    expect((await browser.get("approve")).text).toContain("You approved");
    expect((await browser.get(token)).status).toBe(410);

    const record = await bot.ports.plans.get(planId);
    expect(record).toMatchObject({
      status: "approved",
      votes: [{ userId: ANN, choice: "approve" }],
    });
    const told = () =>
      bot.playground.directMessages("ann").map(({ text }) => text.split(":")[0] ?? "");
    await until("what Ann is told", () => told().length >= 2);
    expect(told()).toEqual(["A passkey was registered for you.", "Your passkey approved"]);
    expect(await checkedAgain(planId)).toBe(true);
  }, 30_000);

  test("is asked for in words, too, and never counts by itself", async () => {
    const planId = await aPlan();
    const vote = {
      planId,
      planVersion: null,
      choice: "approve",
      reason: null,
      viewHash: null,
    } as const;
    for (const planVersion of [null, 1]) {
      const cast = await castVote(bot.ports, asks(BOB), { ...vote, planVersion });
      expect(cast).toMatchObject({ ok: false, refusal: { code: "step-up-needed" } });
    }
    expect(await votesOf(planId)).toEqual([]);
    const rejected = await castVote(bot.ports, asks(BOB), {
      ...vote,
      choice: "reject",
      reason: "no",
    });
    expect(rejected).toMatchObject({ ok: true, value: { record: { status: "rejected" } } });
  });

  test("makes no link for whoever could not approve", async () => {
    const planId = await aPlan();
    const linkTo = { channelId: "C0PRODUCTION", threadTs: null };
    const vote = {
      planId,
      planVersion: 1,
      choice: "approve",
      reason: null,
      viewHash: null,
      linkTo,
    } as const;
    for (const [userId, code] of [
      [RITA, "self-approval"],
      ["U0DEV", "not-an-approver"],
      ["U0GUS", "not-a-member"],
    ] as const) {
      const cast = await castVote(bot.ports, asks(userId), vote);
      expect(cast).toMatchObject({ ok: false, refusal: { code } });
    }
    expect(await refusals(planId)).not.toContain(expect.stringContaining("step-up-needed"));
  });
});

/** Whether the vote's signature holds, from the log alone, as docs/operations/step-up.md says it is checked. */
async function checkedAgain(planId: string): Promise<boolean> {
  const [vote] = await rowsOf(planId, "vote.cast");
  const [registered] = await rowsOf(null, "passkey.registered");
  const { hash, version, viewHash, viewFormat, choice, proof } = voteSchema.parse(vote);
  const { publicKey } = z.object({ publicKey: z.string() }).parse(registered);
  const { salt, clientDataJSON, authenticatorData, signature } = proof.assertion;
  const act = { teamId: TEAM, userId: ANN, planId, planVersion: version, planHash: hash };
  const said = { countersign: "step-up", purpose: "approve", salt, viewHash, viewFormat, choice };
  const [client, data] = [clientDataJSON, authenticatorData].map(bytes) as [Buffer, Buffer];
  const sha256 = (of: string | Buffer) => createHash("sha256").update(of).digest();
  const challenge = sha256(canonicalJson({ ...act, ...said })).toString("base64url");
  const asked: unknown = JSON.parse(client.toString("utf8"));
  // The two coordinates of a P-256 key in COSE, each after its length.
  const at = (from: number) =>
    bytes(publicKey)
      .subarray(from, from + 32)
      .toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: at(10), y: at(45) };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const signed = Buffer.concat([data, sha256(client)]);
  const verified = ((data[32] ?? 0) & 4) === 4;
  expect(asked).toMatchObject({ challenge, origin: bot.pagesUrl });
  return verified && verify("sha256", signed, key, bytes(signature));
}

const voteSchema = z.object({
  hash: z.string(),
  version: z.number(),
  viewHash: z.string(),
  viewFormat: z.number(),
  choice: z.literal("approve"),
  proof: z.object({
    assertion: z.object({
      salt: z.string(),
      clientDataJSON: z.string(),
      authenticatorData: z.string(),
      signature: z.string(),
    }),
  }),
});

function bytes(text: string): Buffer {
  return Buffer.from(text, "base64url");
}

async function rowsOf(planId: string | null, kind: string): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  const filter = { teamId: TEAM, limit: 10_000, ...(planId !== null && { planId }) };
  for await (const row of bot.ports.audit.rows(filter))
    if (row.kind === kind) found.push(JSON.parse(row.data));
  return found;
}

describe("a link", () => {
  test("of another person signs nobody in, is told to whom it belongs, and stays theirs", async () => {
    const planId = await aPlan();
    const token = await aLink(planId, ANN);
    const thief = new StepUpBrowser(bot.pagesUrl);
    const back = await thief.signInAs(token, BOB);
    expect([back.status, back.text]).toEqual([403, expect.stringContaining("ann")]);
    expect((await thief.get("approve")).status).toBe(401);
    expect((await thief.post("approve/options", {})).status).toBe(401);
    expect(await refusals(planId)).toEqual([`person:${BOB} step-up-wrong-account`]);
    expect((await new StepUpBrowser(bot.pagesUrl).signInAs(token, ANN)).status).toBe(303);
  });

  test("is not opened by somebody from another workspace", async () => {
    const planId = await aPlan();
    const back = await new StepUpBrowser(bot.pagesUrl).signInAs(await aLink(planId, ANN), SAM);
    expect(back.status).toBe(403);
    expect(await refusals(planId)).toEqual([`person:${SAM} step-up-wrong-account`]);
  });

  test("opens nothing after five minutes, and the session ends as soon", async () => {
    const planId = await aPlan();
    const token = await aLink(planId, ANN);
    const browser = await signedIn(await aPlan());
    try {
      aheadMs += Math.max(LINK_MS, SESSION_MS);
      expect((await new StepUpBrowser(bot.pagesUrl).get(token)).status).toBe(410);
      expect((await browser.post("approve/options", {})).status).toBe(401);
    } finally {
      aheadMs = 0;
    }
  });

  test("that was guessed or cut is not known, whatever is in it", async () => {
    const browser = new StepUpBrowser(bot.pagesUrl);
    for (const token of [
      "A".repeat(43),
      "%27%20or%201=1",
      "<script>",
      "approve/../x",
      "a".repeat(4_000),
    ])
      expect([404, 401]).toContain((await browser.get(token)).status);
    expect((await browser.post("begin", { token: { $ne: null } })).status).toBe(404);
  });

  test("gives way to a newer one for the same plan", async () => {
    const planId = await aPlan();
    const older = await aLink(planId, ANN);
    await aLink(planId, ANN);
    expect((await new StepUpBrowser(bot.pagesUrl).get(older)).status).toBe(404);
  });
});

describe("a sign-in", () => {
  test("that was not begun in this browser is none: the state is another's", async () => {
    const planId = await aPlan();
    const mine = new StepUpBrowser(bot.pagesUrl);
    const location = await mine.begin(await aLink(planId, ANN));
    const callback = await allowedAt(location, ANN);
    // Somebody is sent the address with the code: their browser holds no session.
    expect((await new StepUpBrowser(bot.pagesUrl).follow(callback)).status).toBe(401);
    const other = new StepUpBrowser(bot.pagesUrl);
    await other.begin(await aLink(await aPlan(), BOB));
    expect((await other.follow(callback)).status).toBe(400);
    expect((await mine.follow(callback)).status).toBe(303);
  });

  test("answers one question: a code for another nonce is refused, and the state is spent", async () => {
    const planId = await aPlan();
    const browser = new StepUpBrowser(bot.pagesUrl);
    const own = new URL(await browser.begin(await aLink(planId, ANN)));
    const stolen = new URL(own);
    stolen.searchParams.set("nonce", "another");
    const callback = await allowedAt(stolen.href, ANN);
    expect((await browser.follow(callback)).status).toBe(400);
    expect((await browser.follow(await allowedAt(own.href, ANN))).status).toBe(400);
    expect(await refusals(planId)).toEqual([
      `person:${ANN} step-up-state-unknown`,
      "system:engine step-up-state-unknown",
    ]);
  });

  test("that Slack refuses, or whose code was used before, signs nobody in", async () => {
    const planId = await aPlan();
    const token = await aLink(planId, ANN);
    const browser = new StepUpBrowser(bot.pagesUrl);
    expect((await browser.signInAs(token, "nobody")).status).toBe(403);
    const used = await allowedAt(await browser.begin(token), ANN);
    const code = new URL(used).searchParams.get("code") ?? "";
    expect((await browser.follow(used)).status).toBe(303);
    const again = new URL(used);
    again.searchParams.set(
      "state",
      new URL(await browser.begin(token)).searchParams.get("state") ?? "",
    );
    expect(again.searchParams.get("code")).toBe(code);
    const refused = await browser.follow(again.href);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining("invalid_code")]);
  });

  test("ends the session that was known before it", async () => {
    const browser = new StepUpBrowser(bot.pagesUrl);
    const callback = await allowedAt(await browser.begin(await aLink(await aPlan(), ANN)), ANN);
    const before = browser.cookie;
    await browser.follow(callback);
    expect(browser.cookie).not.toBe(before);
    const fixed = await fetch(`${bot.pagesUrl}/step-up/approve`, {
      headers: { cookie: before ?? "" },
    });
    expect(fixed.status).toBe(401);
  });
});

describe("a passkey's answer", () => {
  let anns: SoftwarePasskey;
  beforeEach(async () => {
    await forgetPasskeys(ANN);
    anns = new SoftwarePasskey(bot.pagesUrl);
    const browser = await signedIn(await aPlan());
    const { status, text } = await browser.register(anns);
    if (status !== 200) throw new Error(`not registered: ${status} ${text}`);
  });

  test("counts once, however often and at once it is sent", async () => {
    const planId = await aPlan();
    const browser = await signedIn(planId);
    const { options, salt } = await browser.question();
    const answer = { salt, response: anns.assert(options) };
    const sent = await Promise.all(
      Array.from({ length: 5 }, () => browser.post("approve", answer)),
    );
    expect(sent.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await browser.post("approve", answer)).status).not.toBe(200);
    expect(await votesOf(planId)).toHaveLength(1);
    expect(await rowsOf(planId, "vote.cast")).toHaveLength(1);
  });

  test("to another plan's question approves neither", async () => {
    const [one, other] = [await aPlan(), await aPlan()];
    const [here, there] = [await signedIn(one), await signedIn(other)];
    const asked = await here.question();
    await there.question();
    const answer = { salt: asked.salt, response: anns.assert(asked.options) };
    const refused = await there.post("approve", answer);
    expect(refused.status).toBe(403);
    expect(await refusals(other)).toEqual([`person:${ANN} step-up-challenge-unknown`]);
    for (const planId of [one, other]) expect(await votesOf(planId)).toEqual([]);
  });

  test("to the question of a registration approves nothing", async () => {
    await forgetPasskeys(ANN);
    const planId = await aPlan();
    const browser = await signedIn(planId);
    const asked = await browser.post("register/options", {});
    const { options, salt } = asked.json;
    const refused = await browser.post("approve", { salt, response: anns.assert(options) });
    expect(refused.status).toBe(403);
    expect(await votesOf(planId)).toEqual([]);
  });

  test.each<[string, Flaw]>([
    ["without the check that it is the person", { unverified: true }],
    ["given to another origin", { origin: "https://ops.evil.example" }],
    ["of another site's key", { rpId: "evil.example" }],
    ["to another challenge", { challenge: "AAAA" }],
    ["that is a registration's", { type: "webauthn.create" }],
    ["that counts as many uses as were seen", { counter: 1 }],
  ])("%s is refused and recorded, and its question is spent", async (_, flaw) => {
    const planId = await aPlan();
    const browser = await signedIn(planId);
    const { options, salt } = await browser.question();
    const refused = await browser.post("approve", { salt, response: anns.assert(options, flaw) });
    expect([refused.status, refused.json["title"]]).toEqual([403, "The passkey was not accepted"]);
    expect(await refusals(planId)).toEqual([`person:${ANN} passkey-refused`]);
    const again = await browser.post("approve", { salt, response: anns.assert(options) });
    expect(again.status).toBe(403);
    expect(await votesOf(planId)).toEqual([]);
  });

  test("by somebody else's passkey, or by a copy that lags behind, is refused", async () => {
    const planId = await aPlan();
    const browser = await signedIn(planId);
    const bobs = new SoftwarePasskey(bot.pagesUrl);
    const other = new StepUpBrowser(bot.pagesUrl);
    await other.signInAs(await aLink(planId, BOB), BOB);
    expect((await other.register(bobs)).status).toBe(200);
    expect((await browser.approve(bobs)).status).toBe(403);
    const copy = anns.copy();
    expect((await (await signedIn(await aPlan())).approve(anns)).status).toBe(200);
    expect((await browser.approve(copy)).status).toBe(403);
    expect(await refusals(planId)).toEqual([
      `person:${ANN} passkey-unknown`,
      `person:${ANN} passkey-refused`,
    ]);
    expect(await votesOf(planId)).toEqual([]);
    await forgetPasskeys(BOB);
  });

  test("by a passkey and its copy at the same moment counts for one of them", async () => {
    const plans = [await aPlan(), await aPlan()];
    const copy = anns.copy();
    const [here, there] = [await signedIn(plans[0] ?? ""), await signedIn(plans[1] ?? "")];
    const sql = postgres(bot.databaseUrl, { max: 2 });
    onTestFinished(() => sql.end());
    // Both signatures are checked against the same count before either moves it on.
    const { sent } = await sql.begin(async (held) => {
      await held`SELECT 1 FROM passkeys WHERE user_id = ${ANN} FOR UPDATE`;
      const answers = [here.approve(anns), there.approve(copy)];
      await until("both to wait for the count", async () => {
        const waiting = await sql`
          SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
            AND wait_event_type = 'Lock' AND query LIKE '%passkeys%'`;
        return waiting.length === 2;
      });
      return { sent: answers };
    });
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 403]);
    const votes = await Promise.all(plans.map(votesOf));
    expect(votes.flat()).toHaveLength(1);
  });

  test("to a version that was edited meanwhile approves nothing, before and after the question", async () => {
    const planId = await aPlan();
    const browser = await signedIn(planId);
    const { options, salt } = await browser.question();
    const { value } = planSource("toy.destroy", { name: `edited-${++made}` });
    const edited = await editPlan(bot.ports, asks(RITA), {
      planId,
      fromVersion: 1,
      value,
      text: JSON.stringify(value),
    });
    expect(edited).toMatchObject({ ok: true });
    const refused = await browser.post("approve", { salt, response: anns.assert(options) });
    expect([refused.status, refused.json["title"]]).toEqual([409, "The plan was edited meanwhile"]);
    expect((await browser.get("approve")).status).toBe(409);
    expect((await bot.ports.plans.get(planId))?.votes).toEqual([]);
  });

  test("by a passkey that an operator removed is refused, and another can be registered", async () => {
    const planId = await aPlan();
    const browser = await signedIn(planId);
    const { options, salt } = await browser.question();
    await forgetPasskeys(ANN);
    const refused = await browser.post("approve", { salt, response: anns.assert(options) });
    expect(refused.status).toBe(403);
    const next = new SoftwarePasskey(bot.pagesUrl);
    expect((await browser.register(next)).status).toBe(200);
    expect((await browser.approve(next)).status).toBe(200);
  });

  test("of a person who left the group since is no approval", async () => {
    const planId = await aPlan();
    const browser = await signedIn(planId);
    bot.playground.setGroup("sre", ["bob"]);
    try {
      const refused = await browser.approve(anns);
      expect([refused.status, refused.json["title"]]).toEqual([403, "Not approved"]);
      expect(await votesOf(planId)).toEqual([]);
    } finally {
      bot.playground.setGroup("sre", ["ann", "bob"]);
    }
  });
});

describe("a registration", () => {
  test("is for the first passkey alone, and only with the check that it is the person", async () => {
    await forgetPasskeys(ANN);
    const browser = await signedIn(await aPlan());
    const passkey = new SoftwarePasskey(bot.pagesUrl);
    for (const flaw of [{ unverified: true }, { origin: "https://evil.example" }, { rpId: "x" }])
      expect((await browser.register(passkey, flaw)).status).toBe(403);
    expect((await browser.register(passkey)).status).toBe(200);
    const second = await browser.register(new SoftwarePasskey(bot.pagesUrl));
    expect(second.status).toBe(403);
    expect(await bot.ports.stepUps.passkeys(TEAM, ANN)).toHaveLength(1);
  });

  test("of two at once leaves one passkey", async () => {
    await forgetPasskeys(ANN);
    const browsers = [await signedIn(await aPlan()), await signedIn(await aPlan())];
    const sent = await Promise.all(
      browsers.map((browser) => browser.register(new SoftwarePasskey(bot.pagesUrl))),
    );
    expect(sent.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
    expect(await bot.ports.stepUps.passkeys(TEAM, ANN)).toHaveLength(1);
  });
});

describe("an operator", () => {
  test("lists the passkeys and removes one by its name, which is recorded", async () => {
    vi.stubEnv("DATABASE_URL", bot.databaseUrl);
    onTestFinished(() => void vi.unstubAllEnvs());
    await forgetPasskeys(ANN);
    const browser = await signedIn(await aPlan());
    await browser.register(new SoftwarePasskey(bot.pagesUrl));
    const [passkey] = await bot.ports.stepUps.passkeys(TEAM, ANN);
    const name = passkey?.digest.slice(0, 12) ?? "";

    const listed = await said((output) => passkeyList(EXAMPLE, output));
    expect(listed).toMatchObject({ code: 0, complained: "" });
    expect(listed.printed).toContain(`${name}  ${ANN}  ${TEAM}  on one device, registered`);
    for (const wrong of [name.slice(0, 11), "", "%", "f".repeat(64)]) {
      const refused = await said((output) => passkeyRemove(wrong, EXAMPLE, output));
      expect(refused).toMatchObject({ code: 1, printed: "" });
    }
    const removed = await said((output) => passkeyRemove(name, EXAMPLE, output));
    expect(removed).toMatchObject({ code: 0, complained: "" });
    expect(await bot.ports.stepUps.passkeys(TEAM, ANN)).toEqual([]);
    const [event] = await rowsOf(null, "passkey.removed").then((rows) => rows.slice(-1));
    expect(event).toMatchObject({ passkey: passkey?.digest, userId: ANN, entry: "command-line" });
  });
});

const EXAMPLE = { configFile: "countersign.example.yml" };

type Output = Parameters<typeof passkeyList>[1];

async function said(act: (output: Output) => Promise<number>) {
  const [printed, complained]: [string[], string[]] = [[], []];
  const code = await act({
    print: (text) => {
      printed.push(text);
      return 0;
    },
    complain: (text) => {
      complained.push(text);
    },
  });
  return { code, printed: printed.join("\n"), complained: complained.join("\n") };
}

describe("the pages", () => {
  test("do nothing for a page elsewhere, whatever it sends", async () => {
    const planId = await aPlan();
    const browser = await signedIn(planId);
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "" },
      { "sec-fetch-site": "cross-site" },
    ]) {
      const refused = await browser.post("approve/options", {}, headers);
      expect(refused.status).toBe(403);
      expect(refused.text).toContain("does not come from a page of Countersign");
    }
    const plain = await browser.post("approve/options", {}, { "content-type": "text/plain" });
    expect(plain.status).toBe(415);
    const long = await browser.post("approve", { salt: "x".repeat(70_000) });
    expect(long.status).toBe(413);
    expect((await browser.get("approve/options")).status).toBe(404);
  });

  test("can't be framed, cached, sniffed or scripted, and send no address on", async () => {
    const browser = new StepUpBrowser(bot.pagesUrl);
    const { headers, text } = await browser.get(await aLink(await aPlan(), ANN));
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'self';/,
    );
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(text).not.toMatch(/<script>|<style|\son\w+=|javascript:/);
    for (const asset of ["step-up.js", "step-up.css", "webauthn.js", "icon.svg"])
      expect((await browser.get(`assets/${asset}`)).status).toBe(200);
    expect((await browser.get("assets/../pages.ts")).status).toBe(404);
    const begun = await browser.post("begin", { token: await aLink(await aPlan(), ANN) });
    expect(begun.headers.get("set-cookie")).toMatch(/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  });

  test("show a plan's text as text", async () => {
    const given = planSource("toy.destroy", { name: `shown${++made}` });
    // A first passkey's page shows the title alone.
    const value = { ...given.value, title: `<img src=x onerror=alert(1)>\u202Etxt${made}` };
    const source = { kind: "source", value, text: JSON.stringify(value) } as const;
    const filed = await filePlan(bot.ports, asks(RITA), source);
    if (!filed.ok) throw new Error(filed.refusal.code);
    const browser = await signedIn(filed.value.planId);
    const { text } = await browser.get("approve");
    expect(text).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(text).not.toContain("<img");
    expect(text).not.toContain("\u202E");
  });

  test("ran into nothing that no code expected", () => {
    expect(bot.problems).toEqual([]);
  });
});
