// Every message and view against the local Slack's own idea of Block Kit, which shares nothing with the bot.

import { describe, expect, test } from "vitest";
import { checkMessageBlocks, checkView } from "#playground/block-kit-limits/check-surface.ts";
import { sampleMessages, sampleViews } from "#test/builders/sample-messages.ts";

describe("the playground accepts", () => {
  test.each(Object.entries(sampleMessages))("the message %s", (_, { text, blocks }) => {
    expect(checkMessageBlocks(JSON.parse(JSON.stringify(blocks)))).toEqual({ ok: true });
    expect(text).not.toBe("");
  });

  test.each(Object.entries(sampleViews))("the view %s", (_, view) => {
    const surface = view.type === "home" ? "home" : "modal";
    expect(checkView(JSON.parse(JSON.stringify(view)), surface)).toEqual({ ok: true });
  });
});
