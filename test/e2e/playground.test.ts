// A real Bolt app on the playground, over HTTP and over Socket Mode: the same listeners, the same outcomes.

import { App, LogLevel } from "@slack/bolt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PATIENT_TRIGGERS_MS } from "#test/builders/hurried.ts";
import { startPlayground, type Playground } from "#playground/server.ts";

let playground: Playground;
let app: App;

async function connect(mode: "http" | "socket"): Promise<void> {
  const { botToken, appToken, signingSecret } = playground.credentials;
  const common = {
    token: botToken,
    clientOptions: { slackApiUrl: playground.apiUrl },
    logLevel: LogLevel.ERROR,
  };
  if (mode === "socket") {
    app = new App({ ...common, appToken, socketMode: true });
    await app.start();
    return;
  }
  app = new App({ ...common, signingSecret });
  const server = await app.start({ port: 0, host: "127.0.0.1" });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  playground.setRequestUrl(`http://127.0.0.1:${port}/slack/events`);
}

const deployCard = (status: string) => [
  { type: "header", text: { type: "plain_text", text: "Restart api-1 & api-2" } },
  { type: "section", block_id: "status", text: { type: "mrkdwn", text: status } },
  {
    type: "actions",
    elements: [
      {
        type: "button",
        action_id: "approve",
        text: { type: "plain_text", text: "Approve" },
        value: "plan-1",
        confirm: { text: { type: "plain_text", text: "Really?" } },
      },
      {
        type: "button",
        action_id: "reject",
        text: { type: "plain_text", text: "Reject" },
        value: "plan-1",
      },
    ],
  },
];

beforeEach(async () => {
  playground = await startPlayground({ triggerLifetimeMs: PATIENT_TRIGGERS_MS });
});

afterEach(async () => {
  await app.stop();
  await playground.close();
});

describe.each(["http", "socket"] as const)("a Bolt app over %s", (mode) => {
  beforeEach(() => connect(mode));

  test("a mention reaches the app with its words decoded as Slack encodes them", async () => {
    const heard: unknown[] = [];
    app.event("app_mention", async ({ event, say }) => {
      heard.push(event.text);
      await say({ text: "On it", thread_ts: event.ts });
    });
    const asked = playground.say(
      "@rita",
      "#ops-production",
      "@countersign run <b> & https://example.com",
    );
    await playground.waitFor(() => playground.messages("#ops-production", asked.ts).length === 2);
    expect(heard).toEqual(["<@U0COUNTERSIGN> run &lt;b&gt; &amp; <https://example.com>"]);
    expect(playground.messages("#ops-production", asked.ts)[1]?.text).toBe("On it");
  });

  test("a slash command is answered in place, only for the person who typed it", async () => {
    app.command("/ops", ({ ack, command }) => ack(`You said ${command.text}`));
    await playground.slash("@rita", "#ops-production", "/ops help me");
    expect(playground.ephemerals("@rita").map((shown) => shown.message.text)).toEqual([
      "You said help me",
    ]);
    expect(playground.ephemerals("@ann")).toEqual([]);
  });

  test("a click opens a modal whose submission updates the card", async () => {
    app.action("reject", async ({ ack, body, client }) => {
      await ack();
      const triggerId = "trigger_id" in body ? body.trigger_id : "";
      const place =
        "channel" in body && "message" in body ? `${body.channel?.id} ${body.message?.["ts"]}` : "";
      await client.views.open({
        trigger_id: triggerId,
        view: {
          type: "modal",
          callback_id: "reason",
          private_metadata: place,
          title: { type: "plain_text", text: "Reject" },
          submit: { type: "plain_text", text: "Reject" },
          blocks: [
            {
              type: "input",
              block_id: "why",
              label: { type: "plain_text", text: "Reason" },
              element: { type: "plain_text_input", action_id: "text" },
            },
          ],
        },
      });
    });
    app.view("reason", async ({ ack, view, client, body }) => {
      const reason = view.state.values["why"]?.["text"]?.value ?? "";
      if (reason.length < 5)
        return ack({ response_action: "errors", errors: { why: "Say more." } });
      await ack();
      const [channel = "", ts = ""] = view.private_metadata.split(" ");
      await client.chat.update({ channel, ts, text: `Rejected by <@${body.user.id}>: ${reason}` });
      return undefined;
    });
    const posted = await app.client.chat.postMessage({
      channel: "C0PRODUCTION",
      text: "Card",
      blocks: deployCard("Waiting"),
    });
    const ts = posted.ts ?? "";
    await playground.click("@ann", { channel: "#ops-production", ts, actionId: "reject" });
    await playground.waitFor(() => playground.views("@ann").length === 1);
    expect(await playground.submitView("@ann", { values: {} })).toMatchObject({
      kind: "errors",
      from: "slack",
    });
    expect(await playground.submitView("@ann", { values: { why: "no" } })).toEqual({
      kind: "errors",
      from: "app",
      errors: { why: "Say more." },
    });
    expect(await playground.submitView("@ann", { values: { Reason: "Not today" } })).toEqual({
      kind: "closed",
    });
    const card = await playground.waitFor(() =>
      playground.messages("#ops-production").find((message) => message.text.startsWith("Rejected")),
    );
    expect(card).toMatchObject({ ts, text: "Rejected by <@U0ANN>: Not today" });
    expect(card.blocks).toBeUndefined();
  });

  test("a click's payload repeats the card with its entities inflated", async () => {
    const heard: unknown[] = [];
    app.action("approve", async ({ ack, body, action }) => {
      await ack();
      heard.push(
        "message" in body ? body.message?.["blocks"][0].text.text : "",
        "value" in action ? action.value : "",
      );
    });
    const { ts = "" } = await app.client.chat.postMessage({
      channel: "C0PRODUCTION",
      blocks: deployCard("Waiting"),
      text: "Card",
    });
    await playground.click("@ann", {
      channel: "#ops-production",
      ts,
      text: "Approve",
      confirm: false,
    });
    expect(heard).toEqual([]);
    await playground.click("@ann", { channel: "#ops-production", ts, text: "Approve" });
    expect(heard).toEqual(["Restart api-1 &amp; api-2", "plan-1"]);
  });

  test("the Home tab is published when it is opened", async () => {
    app.event("app_home_opened", async ({ event, client }) => {
      await client.views.publish({
        user_id: event.user,
        view: {
          type: "home",
          blocks: [{ type: "section", text: { type: "mrkdwn", text: "Nothing waits for you" } }],
        },
      });
    });
    playground.openHome("@ann");
    const home = await playground.waitFor(() => playground.home("@ann"));
    expect(home["type"]).toBe("home");
  });

  test("a message of a direct conversation arrives as message.im and is answered there", async () => {
    app.message("ping", async ({ say }) => {
      await say("pong");
    });
    playground.say("@gus", "dm", "ping");
    const texts = () => playground.directMessages("@gus").map((message) => message.text);
    await playground.waitFor(() => texts().length === 2);
    expect(texts()).toEqual(["ping", "pong"]);
  });

  test("a snippet attached to a mention can be downloaded with the bot's token, and not without", async () => {
    const contents: string[] = [];
    app.event("app_mention", async ({ event, say }) => {
      const url =
        (event as { files?: { url_private_download: string }[] }).files?.[0]
          ?.url_private_download ?? "";
      const headers = { authorization: `Bearer ${playground.credentials.botToken}` };
      contents.push(
        await (await fetch(url, { headers })).text(),
        String((await fetch(url, { redirect: "manual" })).status),
      );
      await say("read");
    });
    playground.say("@rita", "#ops-production", "@countersign plan", {
      files: [{ name: "plan.yaml", content: "title: x" }],
    });
    await playground.waitFor(() => contents.length === 2);
    expect(contents).toEqual(["title: x", "302"]);
  });

  test("files.uploadV2 shares a file in a thread", async () => {
    const parent = playground.say("@rita", "#ops-production", "logs please");
    await app.client.files.uploadV2({
      channel_id: "C0PRODUCTION",
      thread_ts: parent.ts,
      filename: "run.log",
      content: "line 1\nline 2",
      initial_comment: "The whole log",
    });
    const reply = playground.messages("#ops-production", parent.ts)[1];
    expect(reply?.text).toBe("The whole log");
    expect(reply?.files?.[0]).toMatchObject({ name: "run.log", mode: "snippet", lines: 2 });
  });

  test("a rate limited call waits as long as it is told, then succeeds once", async () => {
    playground.faults.next("chat.postMessage", { kind: "rate-limited", retryAfterSeconds: 1 });
    await app.client.chat.postMessage({ channel: "C0PRODUCTION", text: "Patient" });
    expect(playground.messages("#ops-production").map((message) => message.text)).toEqual([
      "Patient",
    ]);
    expect(playground.calls("chat.postMessage").map((call) => call.outcome)).toEqual([
      "rate-limited",
      "ok",
    ]);
  });

  test("an event delivered twice carries the same id both times", async () => {
    const ids: string[] = [];
    app.event("app_mention", async ({ body, say }) => {
      ids.push(body.event_id);
      await say("heard");
    });
    playground.say("@rita", "#ops-production", "@countersign help");
    await playground.waitFor(() => playground.messages("#ops-production").length === 2);
    await playground.redeliver(1, "events_api");
    await playground.waitFor(() => playground.messages("#ops-production").length === 3);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("a submission may push a second modal and update the first", async () => {
    const modal = (title: string) => ({
      type: "modal" as const,
      callback_id: "step",
      title: { type: "plain_text" as const, text: title },
      submit: { type: "plain_text" as const, text: "Next" },
      blocks: [],
    });
    app.command("/ops", async ({ ack, command, client }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: modal("One") });
    });
    app.view("step", async ({ ack, view }) => {
      if (view.title.text === "One") await ack({ response_action: "push", view: modal("Two") });
      else if (view.title.text === "Two")
        await ack({ response_action: "update", view: modal("Three") });
      else await ack({ response_action: "clear" });
    });
    await playground.slash("@rita", "#ops-production", "/ops wizard");
    await playground.waitFor(() => playground.views("@rita").length === 1);
    expect(await playground.submitView("@rita")).toEqual({ kind: "pushed" });
    expect(await playground.submitView("@rita")).toEqual({ kind: "updated" });
    expect(playground.views("@rita").map((open) => open.view["title"])).toMatchObject([
      { text: "One" },
      { text: "Three" },
    ]);
    expect(await playground.submitView("@rita")).toEqual({ kind: "cleared" });
    expect(playground.views("@rita")).toEqual([]);
  });

  test("a refused message says which block is wrong", async () => {
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3001) } }];
    const refusal = app.client.chat.postMessage({ channel: "C0PRODUCTION", text: "Long", blocks });
    await expect(refusal).rejects.toMatchObject({
      data: {
        error: "invalid_blocks",
        response_metadata: {
          messages: [
            "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
          ],
        },
      },
    });
  });
});

test("a Socket Mode app comes back after Slack refreshes its connection", async () => {
  await connect("socket");
  app.command("/ops", ({ ack }) => ack("still here"));
  const opened = playground.calls("apps.connections.open").length;
  playground.refreshSockets();
  await playground.waitFor(
    () => playground.calls("apps.connections.open").length > opened && playground.connected(),
    { timeoutMs: 20_000, what: "the app to connect again" },
  );
  await playground.slash("@rita", "#ops-production", "/ops help");
  expect(playground.ephemerals("@rita")[0]?.message.text).toBe("still here");
});

test("a request with a wrong signature is refused by the app", async () => {
  await connect("http");
  let heard = 0;
  app.command("/ops", ({ ack }) => {
    heard += 1;
    return ack("done");
  });
  await playground.slash("@rita", "#ops-production", "/ops help");
  const body = playground.deliveries()[0]?.request?.body ?? "";
  const forged = await playground.signedRequest({ body, secret: "not the secret" });
  expect(forged).toMatchObject({ kind: "http-error", status: 401 });
  expect(heard).toBe(1);
});
