import { describe, expect, it } from "vitest";
import type { JsonObject } from "#engine/json.ts";
import { parseBody, readDelivery } from "./delivery.ts";

const bot = "U0BOT";

function event(fields: JsonObject, eventId = "Ev1"): JsonObject {
  return {
    type: "event_callback",
    team_id: "T1",
    event_id: eventId,
    token: "old",
    event: { channel: "C1", ts: "1.1", user: "U1", text: "hi", ...fields },
  };
}

function idOf(payload: JsonObject): string | null {
  const read = readDelivery(payload, bot);
  return read.kind === "delivery" ? read.delivery.id : null;
}

describe("an event", () => {
  it("is recorded under the message it tells of, so that a mention heard twice is one request", () => {
    expect(idOf(event({ type: "app_mention" }, "Ev1"))).toBe("message:T1:C1:1.1");
    expect(idOf(event({ type: "message", channel_type: "im" }, "Ev2"))).toBe("message:T1:C1:1.1");
  });

  it.each([
    ["an edit", { type: "message", channel_type: "im", subtype: "message_changed" }],
    ["a deletion", { type: "message", channel_type: "im", subtype: "message_deleted" }],
    [
      "a broadcast of a thread",
      { type: "message", channel_type: "im", subtype: "thread_broadcast" },
    ],
    ["a message of a bot", { type: "app_mention", bot_id: "B9" }],
    [
      "a bot's message that names a user",
      { type: "message", channel_type: "im", subtype: "bot_message" },
    ],
    ["our own message", { type: "message", channel_type: "im", user: bot }],
    ["a message of Slackbot", { type: "message", channel_type: "im", user: "USLACKBOT" }],
    ["chatter in a channel", { type: "message", channel_type: "channel" }],
    ["an event without a person", { type: "app_mention", user: null }],
    ["the messages tab of App Home", { type: "app_home_opened", tab: "messages" }],
    ["a kind of event that nobody subscribed to", { type: "reaction_added" }],
  ])("that is %s is no request", (_what, fields) => {
    expect(readDelivery(event(fields), bot)).toEqual({ kind: "ignored" });
  });

  it("with an attached file is a request", () => {
    expect(idOf(event({ type: "message", channel_type: "im", subtype: "file_share" }))).toBe(
      "message:T1:C1:1.1",
    );
  });

  it("is kept without Slack's old verification token", () => {
    const read = readDelivery(event({ type: "app_mention" }), bot);
    expect(read.kind === "delivery" && "token" in read.delivery.payload).toBe(false);
  });
});

describe("a command or interaction", () => {
  const command = {
    command: "/ops",
    team_id: "T1",
    user_id: "U1",
    text: "help",
    trigger_id: "1.2.a",
  };
  const click = {
    type: "block_actions",
    team: { id: "T1" },
    user: { id: "U1" },
    trigger_id: "1.3.b",
    actions: [],
  };

  it("is recorded under its trigger", () => {
    expect(idOf(command)).toBe("command:1.2.a");
    expect(idOf(click)).toBe("action:1.3.b");
  });

  it("without a trigger is recorded under a digest of what it says", () => {
    const { trigger_id: _none, ...bare } = command;
    expect(idOf(bare)).toBe(idOf({ ...bare }));
    expect(idOf(bare)).not.toBe(idOf({ ...bare, text: "pending" }));
  });

  it("takes the workspace of an organization's install from the person", () => {
    const read = readDelivery({ ...click, team: null, user: { id: "U1", team_id: "T2" } }, bot);
    expect(read.kind === "delivery" && read.delivery.teamId).toBe("T2");
  });

  it("without a workspace or person is unreadable", () => {
    expect(readDelivery({ ...click, user: {} }, bot).kind).toBe("unreadable");
    expect(readDelivery({ ...command, team_id: "" }, bot).kind).toBe("unreadable");
    expect(readDelivery({}, bot).kind).toBe("unreadable");
  });

  it("that only says that a modal was closed is no request, and so never a vote", () => {
    expect(readDelivery({ ...click, type: "view_closed" }, bot)).toEqual({ kind: "ignored" });
  });
});

describe("a body", () => {
  it("is read as JSON, as a form, and as a form with a JSON payload", () => {
    expect(parseBody("application/json", '{"a":1}')).toEqual({ a: 1 });
    expect(parseBody("application/x-www-form-urlencoded", "command=%2Fops&text=a+b")).toEqual({
      command: "/ops",
      text: "a b",
    });
    expect(
      parseBody(
        "application/x-www-form-urlencoded",
        `payload=${encodeURIComponent('{"type":"block_actions"}')}`,
      ),
    ).toEqual({ type: "block_actions" });
  });

  it.each([
    ["application/json", "{"],
    ["application/json", "[]"],
    ["application/json", "null"],
    ["application/x-www-form-urlencoded", "payload=%7B"],
    [undefined, ""],
  ])("of type %j that is %j is refused", (type, body) => {
    expect(parseBody(type, body)).toBeNull();
  });

  it("whose keys pose as built-in ones changes nothing else", () => {
    parseBody("application/x-www-form-urlencoded", "__proto__=x&constructor=y");
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });
});

it("a URL verification is answered with its challenge", () => {
  expect(readDelivery({ type: "url_verification", challenge: "abc" }, bot)).toEqual({
    kind: "challenge",
    challenge: "abc",
  });
});
