import { describe, expect, test } from "vitest";
import { Channels } from "./channels.ts";
import { People } from "./people.ts";
import { defaultSeed } from "./seed.ts";
import { encodeTyped } from "./typed-text.ts";

const directory = { people: new People(defaultSeed), channels: new Channels(defaultSeed) };

describe("what a person types is told to the app", () => {
  test.each([
    ["with entities escaped", "a < b & c > d", "a &lt; b &amp; c &gt; d"],
    ["with users as ids", "ask @ann", "ask <@U0ANN>"],
    ["with user groups as subteams", "ask @sre", "ask <!subteam^S0SRE>"],
    ["with channels as ids and names", "see #general", "see <#C0GENERAL|general>"],
    [
      "with links in angle brackets",
      "see https://x.test/?a=1&b=2.",
      "see <https://x.test/?a=1&amp;b=2>.",
    ],
    [
      "with links inside code in angle brackets too",
      "```\nurl: https://x.test/a\n```",
      "```url: <https://x.test/a>```",
    ],
    ["with names inside code left alone", "```@ann```", "```@ann```"],
    ["with an unpaired fence as plain text", "a ```b", "a ```b"],
    ["with nobody's name left alone", "mail@nowhere @nobody", "mail@nowhere @nobody"],
  ])("%s", (_rule, typed, encoded) => {
    expect(encodeTyped(typed, directory).text).toBe(encoded);
  });

  test("with the users it mentions counted, and those in code not", () => {
    expect(encodeTyped("@countersign and `@ann` ```@bob```", directory).mentions).toEqual([
      "U0COUNTERSIGN",
    ]);
  });
});
