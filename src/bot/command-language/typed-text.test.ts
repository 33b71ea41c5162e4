import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CASES } from "#test/proof-scale.ts";
import { readTypedText, undoEscapes, withoutMention } from "./typed-text.ts";

describe("Slack's escapes", () => {
  it.each([
    ["a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"],
    ["&amp;lt;", "&lt;"],
    ["<@U0ANN>", "@U0ANN"],
    ["<@U0ANN|ann>", "@U0ANN"],
    ["<#C0OPS|ops>", "#C0OPS"],
    ["<!subteam^S0SRE|@sre>", "@S0SRE"],
    ["<!here>", "@here"],
    ["<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"],
    ["<http://example.com|example.com>", "example.com"],
    ["<mailto:ann@example.com|ann@example.com>", "ann@example.com"],
    ["<https://evil.example|https://good.example>", "https://evil.example"],
  ])("%j were typed as %j", (escaped, typed) => {
    expect(undoEscapes(escaped)).toBe(typed);
  });

  it("are undone exactly once", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = text
          .replaceAll("&", "&amp;")
          .replaceAll("<", "&lt;")
          .replaceAll(">", "&gt;");
        expect(undoEscapes(escaped)).toBe(text);
      }),
      { numRuns: CASES },
    );
  });
});

describe("code blocks", () => {
  it("are taken out of the words and keep their lines", () => {
    expect(readTypedText("plan this ```a: 1\nb: &lt;x&gt;``` please")).toEqual({
      words: "plan this \n please",
      codeBlocks: ["a: 1\nb: <x>"],
    });
  });

  it("lose a language that only the person gave a meaning", () => {
    expect(readTypedText("```yaml\na: 1```").codeBlocks).toEqual(["a: 1"]);
    expect(readTypedText("```yaml: 1```").codeBlocks).toEqual(["yaml: 1"]);
  });
});

it("the words after the bot's mention are the command; before it when nothing follows", () => {
  expect(withoutMention("@U0BOT status", "U0BOT")).toBe("status");
  expect(withoutMention("hey @U0BOT status", "U0BOT")).toBe("status");
  expect(withoutMention("status @U0BOT", "U0BOT")).toBe("status");
  expect(withoutMention("@U0BOT", "U0BOT")).toBe("");
});
