// The playground's promises to an app, checked without any Slack SDK: plain requests in, plain requests out.

import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manualClock, type ManualClock } from "./clock.ts";
import { isRecord, parseJson, type JsonRecord } from "./json-value.ts";
import { startPlayground, type Playground, type PlaygroundOptions } from "./server.ts";
import { signRequest } from "./signing.ts";

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const hang = Symbol("no answer at all");

let clock: ManualClock;
let playground: Playground;
let app: Server;
let heard: Heard[];
/** What the app answers next: a body, or a status. */
let answers: (string | number | typeof hang)[];

async function start(options: PlaygroundOptions = {}): Promise<void> {
  const { port } = app.address() as AddressInfo;
  playground = await startPlayground({
    clock,
    requestUrl: `http://127.0.0.1:${port}/slack/events`,
    ...options,
  });
}

beforeEach(async () => {
  clock = manualClock(Date.UTC(2026, 0, 1));
  heard = [];
  answers = [];
  app = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      heard.push({ headers: request.headers, body });
      const answer = answers.shift() ?? "";
      if (answer === hang) return;
      response.statusCode = typeof answer === "number" ? answer : 200;
      response.end(typeof answer === "number" ? "" : answer);
    });
  });
  await new Promise<void>((resolve) => {
    app.listen(0, "127.0.0.1", resolve);
  });
  await start();
});

afterEach(async () => {
  await playground.close();
  await new Promise<void>((resolve) => {
    app.close(() => resolve());
    app.closeAllConnections();
  });
});

async function call(
  method: string,
  args: JsonRecord = {},
  token = playground.credentials.botToken,
): Promise<JsonRecord> {
  const response = await fetch(`${playground.apiUrl}${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(args),
  });
  const answer: unknown = await response.json();
  return isRecord(answer) ? answer : {};
}

const channel = "C0PRODUCTION";
const plain = (text: string) => ({ type: "plain_text", text });
const modal = (fields: JsonRecord = {}) => ({
  type: "modal",
  title: plain("Title"),
  blocks: [],
  ...fields,
});
const button = { type: "button", action_id: "go", text: plain("Go") };
const card = [{ type: "actions", elements: [button] }];
const until = (count: number) =>
  playground.waitFor(() => heard.length >= count, { what: `${count} requests` });

/** Clicks a button and returns the trigger of the click. */
async function trigger(): Promise<string> {
  const { ts } = await call("chat.postMessage", { channel, text: "card", blocks: card });
  await playground.click("@ann", { channel, ts: String(ts), actionId: "go" });
  const payload = parseJson(new URLSearchParams(heard.at(-1)?.body).get("payload") ?? "");
  return isRecord(payload) ? String(payload["trigger_id"]) : "";
}

describe("a Web API call is refused with", () => {
  const long = "x".repeat(4001);
  test.each<[string, string, JsonRecord]>([
    ["unknown_method", "chat.teleport", {}],
    ["channel_not_found", "chat.postMessage", { channel: "C0NOWHERE", text: "x" }],
    ["channel_not_found", "chat.postMessage", { text: "x" }],
    ["no_text", "chat.postMessage", { channel }],
    ["msg_too_long", "chat.postMessage", { channel, text: "x".repeat(40_001) }],
    ["invalid_blocks_format", "chat.postMessage", { channel, blocks: "{" }],
    ["invalid_metadata_format", "chat.postMessage", { channel, text: "x", metadata: { a: 1 } }],
    ["thread_not_found", "chat.postMessage", { channel, text: "x", thread_ts: "1.000001" }],
    ["message_not_found", "chat.update", { channel, ts: "1.000001", text: "x" }],
    ["message_not_found", "chat.getPermalink", { channel, message_ts: "1.000001" }],
    ["user_not_in_channel", "chat.postEphemeral", { channel, user: "U0SAM", text: "x" }],
    ["user_not_found", "users.info", { user: "U0NOBODY" }],
    ["thread_not_found", "conversations.replies", { channel, ts: "1.000001" }],
    ["invalid_cursor", "conversations.history", { channel, cursor: "nonsense" }],
    ["users_list_not_supplied", "conversations.open", {}],
    ["no_such_subteam", "usergroups.users.list", { usergroup: "S0NONE" }],
    ["invalid_trigger_id", "views.open", { trigger_id: "x", view: modal() }],
    ["invalid_arguments", "views.open", { view: modal() }],
    ["not_found", "views.update", { view_id: "V0NONE", view: modal() }],
    ["file_not_found", "files.info", { file: "F0NONE" }],
    ["file_not_found", "files.completeUploadExternal", { files: [{ id: "F0NONE" }] }],
    ["not_allowed_token_type", "apps.connections.open", {}],
  ])("%s by %s", async (error, method, args) => {
    expect(await call(method, args)).toMatchObject({ ok: false, error });
  });

  test("invalid_auth when the token is not the workspace's, not_authed without one", async () => {
    expect(await call("auth.test", {}, "xoxb-wrong")).toMatchObject({ error: "invalid_auth" });
    expect(await call("auth.test", {}, "")).toMatchObject({ error: "not_authed" });
  });

  test("not_in_channel where the bot was not invited", async () => {
    playground.changeChannel("#general", { members: ["U0RITA"] });
    expect(await call("chat.postMessage", { channel: "C0GENERAL", text: "x" })).toMatchObject({
      error: "not_in_channel",
    });
  });

  test("cant_update_message for another's words, msg_too_long beyond 4,000 characters", async () => {
    const { ts } = playground.say("@rita", channel, "mine");
    expect(await call("chat.update", { channel, ts, text: "x" })).toMatchObject({
      error: "cant_update_message",
    });
    const own = await call("chat.postMessage", { channel, text: "ours" });
    expect(await call("chat.update", { channel, ts: own["ts"], text: long })).toMatchObject({
      error: "msg_too_long",
    });
  });

  test("plan_upgrade_required for user groups on a free plan", async () => {
    playground.setUserGroupsAvailable(false);
    expect(await call("usergroups.list")).toMatchObject({ error: "plan_upgrade_required" });
  });

  test("missing_scope when the token lacks it", async () => {
    await playground.close();
    await start({ scopes: ["users:read"] });
    expect(await call("chat.postMessage", { channel, text: "x" })).toMatchObject({
      error: "missing_scope",
      needed: "chat:write",
    });
    expect(await call("users.info", { user: "U0RITA" })).toMatchObject({ ok: true });
  });
});

describe("messages", () => {
  test("metadata is told only to who asks for it", async () => {
    const metadata = { event_type: "plan", event_payload: { id: "P-1" } };
    await call("chat.postMessage", { channel, text: "card", metadata });
    const plainHistory = await call("conversations.history", { channel });
    const full = await call("conversations.history", { channel, include_all_metadata: true });
    expect(plainHistory["messages"]).toEqual([expect.not.objectContaining({ metadata })]);
    expect(full["messages"]).toEqual([expect.objectContaining({ metadata })]);
  });

  test("an update with text and no blocks takes the blocks away", async () => {
    const { ts } = await call("chat.postMessage", { channel, text: "card", blocks: card });
    await call("chat.update", { channel, ts, text: "done" });
    expect(playground.messages(channel)[0]).not.toHaveProperty("blocks");
  });

  test("a thread's parent counts its replies, and history leaves them out", async () => {
    const { ts } = playground.say("@rita", channel, "parent");
    await call("chat.postMessage", { channel, text: "reply", thread_ts: ts });
    const history = await call("conversations.history", { channel });
    expect(history["messages"]).toEqual([expect.objectContaining({ ts, reply_count: 1 })]);
    const replies = await call("conversations.replies", { channel, ts });
    expect(replies["messages"]).toHaveLength(2);
  });

  test("history comes in pages that a cursor joins", async () => {
    for (const text of ["one", "two", "three"]) await call("chat.postMessage", { channel, text });
    const first = await call("conversations.history", { channel, limit: 2 });
    const cursor = isRecord(first["response_metadata"])
      ? first["response_metadata"]["next_cursor"]
      : "";
    const second = await call("conversations.history", { channel, limit: 2, cursor });
    expect([first["has_more"], second["has_more"]]).toEqual([true, false]);
    expect(second["messages"]).toEqual([expect.objectContaining({ text: "one" })]);
  });

  test("forms carry nested values as JSON in strings", async () => {
    const response = await fetch(`${playground.apiUrl}chat.postMessage`, {
      method: "POST",
      headers: { authorization: `Bearer ${playground.credentials.botToken}` },
      body: new URLSearchParams({ channel, text: "form", blocks: JSON.stringify(card) }),
    });
    expect(await response.json()).toMatchObject({ ok: true });
    expect(playground.messages(channel)[0]?.blocks).toMatchObject(card);
  });
});

describe("a trigger", () => {
  test("opens one modal", async () => {
    const id = await trigger();
    expect(await call("views.open", { trigger_id: id, view: modal() })).toMatchObject({ ok: true });
    expect(await call("views.open", { trigger_id: id, view: modal() })).toMatchObject({
      error: "exchanged_trigger_id",
    });
    expect(playground.views("@ann")).toHaveLength(1);
    expect(playground.modalText("@ann")).toBe("# Title\n");
  });

  test("expires after three seconds", async () => {
    const id = await trigger();
    clock.advance(3001);
    expect(await call("views.open", { trigger_id: id, view: modal() })).toMatchObject({
      error: "expired_trigger_id",
    });
  });
});

describe("modals", () => {
  test("stack three deep and no deeper", async () => {
    await call("views.open", { trigger_id: await trigger(), view: modal({ submit: plain("Go") }) });
    const pushed = JSON.stringify({
      response_action: "push",
      view: modal({ submit: plain("Go") }),
    });
    answers = [pushed, pushed, pushed];
    expect(await playground.submitView("@ann")).toEqual({ kind: "pushed" });
    expect(await playground.submitView("@ann")).toEqual({ kind: "pushed" });
    expect(await playground.submitView("@ann")).toEqual({
      kind: "failed",
      reason: "push_limit_reached",
    });
    expect(playground.views("@ann")).toHaveLength(3);
  });

  test("an update with an old hash is refused", async () => {
    const opened = await call("views.open", { trigger_id: await trigger(), view: modal() });
    const view = isRecord(opened["view"]) ? opened["view"] : {};
    const update = { view_id: view["id"], hash: view["hash"], view: modal() };
    expect(await call("views.update", update)).toMatchObject({ ok: true });
    expect(await call("views.update", update)).toMatchObject({ error: "hash_conflict" });
  });

  test("closing tells the app when it asked to know", async () => {
    await call("views.open", {
      trigger_id: await trigger(),
      view: modal({ notify_on_close: true, callback_id: "c" }),
    });
    await playground.closeView("@ann");
    const payload = parseJson(new URLSearchParams(heard.at(-1)?.body).get("payload") ?? "");
    expect(payload).toMatchObject({
      type: "view_closed",
      is_cleared: false,
      view: { callback_id: "c" },
    });
  });

  test("a submission that is not answered leaves the modal open with trouble", async () => {
    await call("views.open", { trigger_id: await trigger(), view: modal({ submit: plain("Go") }) });
    answers = [500];
    expect(await playground.submitView("@ann")).toEqual({
      kind: "failed",
      reason: "http_service_error",
    });
    expect(playground.views("@ann")[0]?.trouble).toContain("trouble connecting");
  });
});

describe("deliveries", () => {
  test("are signed over the raw body at the clock's time", async () => {
    playground.say("@rita", channel, "@countersign help");
    await until(1);
    const { headers, body } = heard[0] ?? { headers: {}, body: "" };
    const timestampSeconds = clock.now() / 1000;
    const signature = signRequest({
      secret: playground.credentials.signingSecret,
      body,
      timestampSeconds,
    });
    expect(headers).toMatchObject(signature);
  });

  test("an event that fails is sent again at once, after a minute and after five, with the same id", async () => {
    answers = [500, 500, 500, 500];
    playground.say("@rita", channel, "@countersign help");
    await until(1);
    await playground.waitFor(
      () => playground.deliveries()[0]?.acknowledgement?.kind === "http-error",
    );
    for (const delayMs of [0, 60_000, 300_000, 3_600_000]) {
      clock.advance(delayMs);
      await playground.settled();
    }
    expect(heard.map(({ headers }) => headers["x-slack-retry-num"])).toEqual([
      undefined,
      "1",
      "2",
      "3",
    ]);
    expect(heard.at(-1)?.headers["x-slack-retry-reason"]).toBe("http_error");
    const ids = heard.map(({ body }) => (parseJson(body) as JsonRecord)["event_id"]);
    expect(new Set(ids).size).toBe(1);
  });

  test("a command that is not acknowledged in three seconds fails for the person to see", async () => {
    answers = [hang];
    const typed = playground.slash("@rita", channel, "/ops help");
    await playground.waitFor(() => playground.deliveries().length === 1);
    clock.advance(3000);
    await typed;
    expect(playground.ephemerals("@rita")[0]?.message.text).toBe(
      '/ops failed with the error "operation_timeout"',
    );
  });

  test("a command in a thread never reaches the app", async () => {
    const { ts } = playground.say("@rita", channel, "parent");
    await playground.slash("@rita", channel, "/ops help", { threadTs: ts });
    expect(heard).toEqual([]);
    expect(playground.ephemerals("@rita")[0]?.message.text).toBe(
      "/ops is not supported in threads. Sorry!",
    );
  });

  test("can be repeated exactly, and forged", async () => {
    const { ts } = await call("chat.postMessage", { channel, text: "card", blocks: card });
    await playground.click("@ann", { channel, ts: String(ts), actionId: "go" });
    const request = playground.deliveries().at(-1)?.request;
    if (request === undefined) throw new Error("nothing was sent");
    await playground.sendRaw(request);
    await playground.signedRequest({ body: request.body, secret: "wrong", timestampSeconds: 1 });
    expect(heard.map(({ body }) => body)).toEqual([request.body, request.body, request.body]);
    expect(heard[1]?.headers["x-slack-signature"]).toBe(heard[0]?.headers["x-slack-signature"]);
    expect(heard[2]?.headers["x-slack-request-timestamp"]).toBe("1");
  });

  test("an event is repeated with its id and a retry mark", async () => {
    playground.say("@rita", channel, "@countersign help");
    await until(1);
    await playground.settled();
    await playground.redeliver(1, "events_api");
    expect(heard[1]?.body).toBe(heard[0]?.body);
    expect(heard[1]?.headers["x-slack-retry-num"]).toBe("1");
  });

  test("a mention where the bot is not invited is not delivered", async () => {
    playground.changeChannel("#general", { members: ["U0RITA"] });
    playground.say("@rita", "#general", "@countersign help");
    expect(playground.ephemerals("@rita")[0]?.message.text).toContain("is not in this channel");
    expect(playground.deliveries()).toEqual([]);
  });

  test("a deactivated person cannot act", () => {
    expect(() => playground.say("@lee", channel, "hello")).toThrow("deactivated");
  });
});

test("a message shortcut carries the message and its thread", async () => {
  const { ts } = playground.say("@rita", channel, "please restart api");
  await playground.shortcut("@rita", { callbackId: "plan_from_message", channel, ts });
  const payload = parseJson(new URLSearchParams(heard.at(-1)?.body).get("payload") ?? "");
  expect(payload).toMatchObject({
    type: "message_action",
    callback_id: "plan_from_message",
    message_ts: ts,
    message: { text: "please restart api" },
    channel: { id: channel },
  });
});

describe("a response_url", () => {
  async function issue(): Promise<string> {
    await playground.slash("@rita", channel, "/ops help");
    return new URLSearchParams(heard.at(-1)?.body).get("response_url") ?? "";
  }
  const post = (url: string, body: JsonRecord) =>
    fetch(url, { method: "POST", body: JSON.stringify(body) });

  test("is good for five answers", async () => {
    const url = await issue();
    const statuses: number[] = [];
    for (const text of ["1", "2", "3", "4", "5", "6"])
      statuses.push((await post(url, { text })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
    expect(playground.ephemerals("@rita")).toHaveLength(5);
  });

  test("is good for thirty minutes", async () => {
    const url = await issue();
    clock.advance(30 * 60_000 + 1);
    expect(await (await post(url, { text: "late" })).json()).toMatchObject({
      error: "expired_url",
    });
  });

  test("replaces or deletes the message that was clicked", async () => {
    const { ts } = await call("chat.postMessage", { channel, text: "card", blocks: card });
    await playground.click("@ann", { channel, ts: String(ts), actionId: "go" });
    const payload = parseJson(
      new URLSearchParams(heard.at(-1)?.body).get("payload") ?? "",
    ) as JsonRecord;
    await post(String(payload["response_url"]), { text: "replaced", replace_original: true });
    expect(playground.messages(channel)).toMatchObject([{ ts, text: "replaced" }]);
    await post(String(payload["response_url"]), { delete_original: true });
    expect(playground.messages(channel)).toEqual([]);
  });
});

describe("faults on demand", () => {
  const raw = (method: string) =>
    fetch(`${playground.apiUrl}${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${playground.credentials.botToken}` },
      body: new URLSearchParams({ channel, text: "x" }),
    });

  test("answer 429 with Retry-After for the next calls of one method only", async () => {
    playground.faults.next("chat.postMessage", { kind: "rate-limited", retryAfterSeconds: 7 });
    const limited = await raw("chat.postMessage");
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    expect((await raw("chat.postMessage")).status).toBe(200);
  });

  test("answer 500 to everything until they are lifted", async () => {
    const lift = playground.faults.always("*", { kind: "http-error", status: 500 });
    expect([(await raw("auth.test")).status, (await raw("users.list")).status]).toEqual([500, 500]);
    lift();
    expect((await raw("auth.test")).status).toBe(200);
  });

  test("break the connection before the call, or after it was carried out", async () => {
    playground.faults.next("chat.postMessage", { kind: "drop" });
    await expect(raw("chat.postMessage")).rejects.toThrow("fetch failed");
    expect(playground.messages(channel)).toHaveLength(0);
    playground.faults.next("chat.postMessage", { kind: "drop-answer" });
    await expect(raw("chat.postMessage")).rejects.toThrow("fetch failed");
    expect(playground.messages(channel)).toHaveLength(1);
    expect(playground.calls("chat.postMessage").map(({ outcome }) => outcome)).toEqual([
      "drop",
      "drop",
    ]);
  });

  test("tokens are not kept in the log", async () => {
    await call("chat.postMessage", { channel, text: "x", token: playground.credentials.botToken });
    expect(JSON.stringify(playground.calls())).not.toContain(playground.credentials.botToken);
  });
});

test("real rate limits bite when they are on, and lift with time", async () => {
  await playground.close();
  await start({ rateLimits: true });
  const listed = async () => (await call("users.list"))["error"] ?? "ok";
  const outcomes: unknown[] = [];
  for (let count = 0; count < 21; count += 1) outcomes.push(await listed());
  expect(outcomes.slice(-2)).toEqual(["ok", "ratelimited"]);
  clock.advance(60_000);
  expect(await listed()).toBe("ok");
});

describe("a saved workspace", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "playground-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("keeps messages, files and later timestamps between starts", async () => {
    await playground.close();
    const file = path.join(folder, "deeper", "workspace.json");
    await start({ file });
    const before = playground.say("@rita", channel, "kept", {
      files: [{ name: "a.txt", content: "abc" }],
    });
    await playground.close();
    await start({ file });
    expect(playground.messages(channel)).toMatchObject([{ ts: before.ts, text: "kept" }]);
    const after = playground.say("@rita", channel, "later");
    expect(Number(after.ts)).toBeGreaterThan(Number(before.ts));
  });

  test("that is not one is refused and left alone", async () => {
    const file = path.join(folder, "workspace.json");
    writeFileSync(file, "{}");
    await expect(startPlayground({ file })).rejects.toThrow("is not a saved playground");
    expect(readFileSync(file, "utf8")).toBe("{}");
  });
});

describe("the page's interface", () => {
  const act = (name: string, body: JsonRecord, headers: Record<string, string> = {}) =>
    fetch(`${playground.url}playground/api/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  test("lets a person speak over HTTP", async () => {
    expect((await act("say", { user: "@rita", channel, text: "hello" })).status).toBe(200);
    expect(playground.messages(channel)).toMatchObject([{ user: "U0RITA", text: "hello" }]);
  });

  test("refuses what another site's form could send", async () => {
    const refused = await act(
      "say",
      { user: "@rita", channel, text: "x" },
      { "content-type": "text/plain" },
    );
    expect(refused.status).toBe(415);
  });

  test("explains what cannot be done", async () => {
    const refused = await act("say", { user: "@sam", channel, text: "x" });
    expect(await refused.json()).toEqual({ error: "@sam is not in C0PRODUCTION." });
  });

  test("serves nothing outside the page's folder", async () => {
    expect((await fetch(`${playground.url}..%2fserver.ts`)).status).toBe(404);
    expect((await fetch(`${playground.url}tsconfig.json`)).status).toBe(404);
  });
});

test("a connection to what is no address is refused, and the workspace goes on", async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { connection: "Upgrade", upgrade: "websocket" };
    request({ host: "127.0.0.1", port: playground.port, path: "//", headers, agent: false })
      .on("response", (response) => resolve(response.statusCode))
      .on("error", reject)
      .end();
  });
  expect(status).toBe(404);
  expect(await call("auth.test")).toMatchObject({ ok: true });
});
