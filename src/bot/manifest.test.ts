import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { COMMAND, SHORTCUTS } from "./messages/identifiers.ts";

// The parts of Slack's published schema that a manifest like ours uses, as strict as it is there: unknown keys
// are refused. Source: github.com/slackapi/manifest-schema, schemas/manifest.schema.1.0.0.json (commit 19557f5).
const text = (max: number, min = 1) => z.string().min(min).max(max);
const requestUrl = z
  .string()
  .regex(/^https?:\/\//)
  .max(3500);
const names = z.array(text(50)).max(255);
const manifestSchema = z.strictObject({
  _metadata: z.strictObject({ major_version: z.int(), minor_version: z.int() }).optional(),
  display_information: z.strictObject({
    name: text(35),
    description: text(140).optional(),
    background_color: z
      .string()
      .regex(/^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$/)
      .optional(),
    long_description: text(4000, 175).optional(),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    bot_user: z.strictObject({ display_name: text(80), always_online: z.boolean().optional() }),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().regex(/^\//).min(2).max(32),
          url: requestUrl.optional(),
          description: text(2000),
          usage_hint: text(1000).optional(),
          should_escape: z.boolean().optional(),
        }),
      )
      .min(1),
    shortcuts: z
      .array(
        z.strictObject({
          name: text(24),
          type: z.enum(["message", "global"]),
          callback_id: text(255),
          description: text(150),
        }),
      )
      .min(1),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: names }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ request_url: requestUrl.optional(), bot_events: names }),
    interactivity: z.strictObject({ is_enabled: z.boolean(), request_url: requestUrl.optional() }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    token_rotation_enabled: z.boolean(),
  }),
});

const root = new URL("../../", import.meta.url);
const source = readFileSync(new URL("manifest.yml", root), "utf8");
const manifest = manifestSchema.parse(parse(source));

/** Scopes that each method needs for what we use it for (docs.slack.dev/reference/methods). */
const METHOD_SCOPES: Readonly<Record<string, readonly string[]>> = {
  "auth.test": [],
  "bots.info": ["users:read"],
  "chat.getPermalink": [],
  "chat.postEphemeral": ["chat:write"],
  "chat.postMessage": ["chat:write"],
  "chat.update": ["chat:write"],
  "conversations.history": ["channels:history", "groups:history", "im:history"],
  "conversations.info": ["channels:read", "groups:read", "im:read"],
  "conversations.open": ["im:write"],
  "conversations.replies": ["channels:history", "groups:history", "im:history"],
  "files.uploadV2": ["files:write"],
  "usergroups.users.list": ["usergroups:read"],
  "users.info": ["users:read"],
  "views.open": [],
  "views.publish": [],
  "views.update": [],
};
const EVENT_SCOPES: Readonly<Record<string, readonly string[]>> = {
  app_home_opened: [],
  app_mention: ["app_mentions:read"],
  "message.im": ["im:history"],
};
/** The slash command, and the download of attached snippets by their private URL. */
const FEATURE_SCOPES = ["commands", "files:read"];

function methodsCalled(): readonly string[] {
  const files = ["src/bot/**/*.ts", "src/adapters/slack-directory/**/*.ts"].flatMap((pattern) =>
    globSync(pattern, { cwd: root }),
  );
  const calls = files
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((file) => [
      ...readFileSync(new URL(file, root), "utf8").matchAll(/client\.((?:[a-z]\w*\.)+[a-z]\w*)\(/g),
    ])
    .map((match) => match[1] ?? "")
    .filter((name) => !name.endsWith(".on"));
  return [...new Set(calls)].toSorted();
}

describe("the manifest", () => {
  it("knows every method of the Web API that the code calls, and no other", () => {
    expect(methodsCalled()).toEqual(Object.keys(METHOD_SCOPES).toSorted());
  });

  it("asks for exactly the scopes that its methods, events and features need", () => {
    const events = manifest.settings.event_subscriptions.bot_events;
    const needed = [
      ...Object.values(METHOD_SCOPES).flat(),
      ...events.flatMap((event) => EVENT_SCOPES[event] ?? [`an unknown event: ${event}`]),
      ...FEATURE_SCOPES,
    ];
    expect(manifest.oauth_config.scopes.bot).toEqual([...new Set(needed)].toSorted());
  });

  it("says why each scope is needed", () => {
    for (const scope of manifest.oauth_config.scopes.bot)
      expect(source).toMatch(new RegExp(`- ${scope} # \\S`));
  });

  it("subscribes to exactly the events that are listened to", () => {
    expect(manifest.settings.event_subscriptions.bot_events.toSorted()).toEqual(
      Object.keys(EVENT_SCOPES).toSorted(),
    );
  });

  it("names the command and the shortcut as the code does", () => {
    expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual([COMMAND]);
    expect(manifest.features.shortcuts.map(({ callback_id: id }) => id)).toEqual(
      Object.values(SHORTCUTS),
    );
    expect(manifest.settings.interactivity.is_enabled).toBe(true);
  });

  it("has people and channels in a command sent as ids", () => {
    expect(manifest.features.slash_commands[0]?.should_escape).toBe(true);
  });

  it("stays valid with the URLs of HTTP in place of Socket Mode", () => {
    const overHttp = source
      .replace(/^(\s*)# ((?:request_)?url: )/gm, "$1$2")
      .replace("socket_mode_enabled: true", "socket_mode_enabled: false");
    const parsed = manifestSchema.parse(parse(overHttp));
    const urls = [
      parsed.settings.event_subscriptions.request_url,
      parsed.settings.interactivity.request_url,
      parsed.features.slash_commands[0]?.url,
    ];
    expect(new Set(urls).size).toBe(1);
    expect(urls[0]).toMatch(/\/slack\/events$/);
  });
});
