import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CASES } from "#test/proof-scale.ts";
import { readCommand } from "./read-command.ts";
import { COMMAND_WORDS } from "./command-words.ts";
import type { Command } from "./command.ts";
import { readTypedText } from "./typed-text.ts";

const vocabulary = {
  operations: ["http.request", "ec2.stop_instances"],
  playbooks: ["restart-fleet"],
};
const RUNS = CASES;

function read(text: string, attached: string | null = null) {
  return readCommand(readTypedText(text), vocabulary, attached);
}
function command(text: string, attached: string | null = null): Command {
  const result = read(text, attached);
  if (!result.ok) throw new Error(result.refusal.sentence);
  return result.value;
}
function mistake(text: string, attached: string | null = null) {
  const result = read(text, attached);
  if (result.ok) throw new Error(`understood as ${result.value.kind}`);
  return result.refusal;
}

describe("words", () => {
  it.each<[string, Command]>([
    ["", { kind: "help" }],
    ["help", { kind: "help" }],
    ["HELP!", { kind: "help" }],
    ["pending", { kind: "pending" }],
    ["operations ec2", { kind: "operations", filter: "ec2" }],
    ["playbooks", { kind: "playbooks", filter: null }],
    ["show pl-7k3qx9a2bc", { kind: "show", id: "pl-7k3qx9a2bc" }],
    ["status", { kind: "status", id: null }],
    ["cancel run-7k3qx9a2bc", { kind: "cancel", id: "run-7k3qx9a2bc" }],
    ["logs stop[0]", { kind: "logs", id: null, step: "stop[0]" }],
    ["logs run-1 stop", { kind: "logs", id: "run-1", step: "stop" }],
    ["override http:lb.internal", { kind: "override", id: null, target: "http:lb.internal" }],
    [
      "override run-1 ec2:prod:eu-west-1",
      { kind: "override", id: "run-1", target: "ec2:prod:eu-west-1" },
    ],
    ["override", { kind: "override", id: null, target: null }],
    ["approve stop", { kind: "approve", id: null, step: "stop" }],
    ["retry", { kind: "retry", id: null, step: null }],
    ["retry stop[0]", { kind: "retry", id: null, step: "stop[0]" }],
    ["retry run-1 stop", { kind: "retry", id: "run-1", step: "stop" }],
    [
      "skip stop because it's done by hand",
      { kind: "skip", id: null, step: "stop", reason: "because it's done by hand" },
    ],
    ["skip run-1 stop “by hand”", { kind: "skip", id: "run-1", step: "stop", reason: "by hand" }],
    ["replay", { kind: "replay", id: null }],
    ["replay run-7k3qx9a2bc", { kind: "replay", id: "run-7k3qx9a2bc" }],
    ["checkpoint before-lunch", { kind: "checkpoint", id: null, name: "before-lunch" }],
    ["checkpoint pl-1 before-lunch", { kind: "checkpoint", id: "pl-1", name: "before-lunch" }],
    ["checkpoints", { kind: "checkpoints" }],
    [
      "delegate <@U0BOB|bob> for 3d",
      { kind: "delegate", toUserId: "U0BOB", until: { kind: "for", durationMs: 3 * 86_400_000 } },
    ],
    [
      "delegate @U0BOB until friday 18:00",
      {
        kind: "delegate",
        toUserId: "U0BOB",
        until: { kind: "weekday", weekday: "fri", minute: 18 * 60 },
      },
    ],
    ["delegate off", { kind: "delegate-off" }],
    ["delegations", { kind: "delegations" }],
    ["restore auto/run-1/2", { kind: "restore", name: "auto/run-1/2" }],
    ["skip", { kind: "skip", id: null, step: null, reason: null }],
    ["approve", { kind: "approve", id: null, step: null }],
    [
      "reject it's the wrong region, don't",
      { kind: "reject", id: null, reason: "it's the wrong region, don't" },
    ],
    ["reject pl-1 “wrong region”", { kind: "reject", id: "pl-1", reason: "wrong region" }],
    ["withdraw", { kind: "withdraw", id: null, reason: null }],
    ["dry-run", { kind: "dry-run", of: { id: null } }],
    ["dry-run pl-1", { kind: "dry-run", of: { id: "pl-1" } }],
    [
      "dry-run restart-fleet fleet=web",
      {
        kind: "dry-run",
        of: { kind: "playbook", name: "restart-fleet", arguments: { fleet: "web" } },
      },
    ],
    [
      "run restart-fleet fleet=web",
      {
        kind: "ask",
        wish: { kind: "playbook", name: "restart-fleet", arguments: { fleet: "web" } },
      },
    ],
    [
      "http.request method=GET url=<https://a.example/x?a=1&amp;b=2>",
      {
        kind: "ask",
        wish: {
          kind: "operation",
          name: "http.request",
          arguments: { method: "GET", url: "https://a.example/x?a=1&b=2" },
        },
      },
    ],
    [
      "history by <@U0ANN|ann> env=production since=2d text=“web fleet”",
      {
        kind: "history",
        typed: "by @U0ANN env=production since=2d text=“web fleet”",
        filter: {
          person: "U0ANN",
          environment: "production",
          since: { agoMs: 172_800_000 },
          text: "web fleet",
        },
      },
    ],
    [
      "history since=2026-11-01",
      {
        kind: "history",
        typed: "since=2026-11-01",
        filter: { since: { at: Date.UTC(2026, 10, 1) } },
      },
    ],
  ])("%j mean what they say", (text, meaning) => {
    expect(command(text)).toEqual(meaning);
  });

  it("a delegate is picked from Slack's list, and an end is said", () => {
    expect(mistake("delegate").sentence).toMatch(/Who decides in your place/);
    expect(mistake("delegate bob until friday").sentence).toMatch(/pick the name/);
    expect(mistake("delegate @U0BOB").sentence).toMatch(/Until when/);
    expect(mistake("delegate @U0BOB until someday").sentence).toMatch(/someday/);
  });

  it("that are nearly right suggest the nearest one", () => {
    expect(mistake("stauts")).toMatchObject({ word: "stauts", nearest: "status" });
    expect(mistake("aprove").nearest).toBe("approve");
    expect(mistake("ec2.stop_instance a=b").nearest).toBe("ec2.stop_instances");
    expect(mistake("restart-fleet fleet=web").nearest).toBe("run restart-fleet");
  });

  it("that nobody knows never become a command that changes something", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = read(text);
        const first =
          readTypedText(text)
            .words.trim()
            .split(/\s/)[0]
            ?.toLowerCase()
            .replace(/[:,.!]$/, "") ?? "";
        const known: readonly string[] = [
          ...COMMAND_WORDS,
          ...vocabulary.operations,
          "?",
          "log",
          "preview",
          "dryrun",
          "dry_run",
          "roll-back",
          "rerun",
          "",
        ];
        if (result.ok && result.value.kind !== "help")
          expect(
            [...known, "ask"].some((word) => word === first || result.value.kind === "ask"),
          ).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it("of any kind give a command or a sentence that ends, never an exception", () => {
    const parts = fc.constantFrom(
      ...COMMAND_WORDS,
      "http.request",
      "run",
      "```",
      "key=",
      "a=[b, c]",
      '"',
      "“",
      "[",
      "{",
      "<@U1>",
      "&amp;",
      "by",
      "since=1d",
      "pl-1",
      "\n",
      ",",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(parts, fc.string({ maxLength: 12 })), { maxLength: 12 }),
        (words) => {
          const result = read(words.join(" "));
          if (!result.ok) expect(result.refusal.sentence).toMatch(/[.?)]$/);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe("a plan", () => {
  const yaml = "title: Restart\nsteps:\n  - uses: http.request\n";

  it("is taken from a code block, with or without a language and the word plan", () => {
    for (const text of [
      `plan \`\`\`${yaml}\`\`\``,
      `plan\n\`\`\`yaml\n${yaml}\`\`\``,
      `\`\`\`\n${yaml}\`\`\``,
      `PLAN please see \`\`\`${yaml}\`\`\``,
    ]) {
      const asked = command(text);
      expect(asked).toMatchObject({ kind: "ask", wish: { kind: "source" } });
      expect(asked.kind === "ask" && asked.wish.kind === "source" && asked.wish.text.trim()).toBe(
        yaml.trim(),
      );
    }
  });

  it("is taken from an attached file, and from words that are YAML already", () => {
    expect(command("plan", yaml)).toEqual({ kind: "ask", wish: { kind: "source", text: yaml } });
    expect(command("", yaml)).toEqual({ kind: "ask", wish: { kind: "source", text: yaml } });
    expect(command('plan {"title": "x"}')).toEqual({
      kind: "ask",
      wish: { kind: "source", text: '{"title": "x"}' },
    });
  });

  it("that comes twice is refused rather than guessed", () => {
    expect(mistake("plan ```a: 1``` ```b: 2```").sentence).toMatch(/more than one plan/);
    expect(mistake("plan ```a: 1```", yaml).sentence).toMatch(/more than one plan/);
  });

  it("that is missing is asked for", () => {
    expect(mistake("plan restart everything").sentence).toMatch(/code block/);
    expect(mistake("plan restart-fleet fleet=web").sentence).toMatch(/run restart-fleet/);
  });

  it("in a code block reaches us exactly as it was typed", () => {
    const source = fc.string({
      unit: fc.constantFrom(..."abc &<>:-\"'#|@!{}[]\n ünï".split("")),
      minLength: 1,
    });
    fc.assert(
      fc.property(source, (text) => {
        const escaped = text
          .replaceAll("&", "&amp;")
          .replaceAll("<", "&lt;")
          .replaceAll(">", "&gt;");
        expect(readTypedText(`plan \`\`\`\n${escaped}\`\`\``).codeBlocks).toEqual([`\n${text}`]);
      }),
      { numRuns: RUNS },
    );
  });
});
