import { describe, expect, it } from "vitest";
import { readCommandLine, UsageError } from "./command-line.ts";
import { givenWords } from "./given-words.ts";

function refusal(...args: readonly string[]): UsageError {
  try {
    readCommandLine(args);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("it was read");
}

describe("a command line", () => {
  it("is start when it is empty", () => {
    expect(readCommandLine([])).toMatchObject({ command: "start", words: [] });
  });

  it("has a command of one or two words, then its own words", () => {
    expect(readCommandLine(["plan", "graph", "--mermaid", "a.yml", "x=1"])).toMatchObject({
      command: "plan graph",
      words: ["a.yml", "x=1"],
      flags: { mermaid: true },
    });
    expect(readCommandLine(["plan", "validate", "-"]).words).toEqual(["-"]);
  });

  it("asks for help by a word or a flag, before anything else is judged", () => {
    expect(readCommandLine(["help", "run"])).toMatchObject({ command: "help", words: ["run"] });
    expect(readCommandLine(["run", "--help"])).toMatchObject({ command: "help", words: ["run"] });
    expect(readCommandLine(["plan", "graph", "-h"])).toMatchObject({ command: "help" });
  });

  it("with a typo names the nearest word", () => {
    expect(refusal("strat").message).toContain("did you mean start?");
    expect(refusal("plan", "valdate").message).toContain("did you mean validate?");
    expect(refusal("plan").message).toContain(
      "plan needs one of validate, explain, graph, dry-run",
    );
  });

  it.each(["approve", "retry", "skip", "rollback", "start", "answer", "restore", "edit"])(
    "has no way to %s",
    (verb) => {
      expect(refusal("run", verb, "run-1").message).toContain(`unknown run command "${verb}"`);
    },
  );

  it("refuses a flag that its command does not take, and one that nobody knows", () => {
    expect(refusal("plan", "explain", "a.yml", "--tour").message).toBe(
      "plan explain takes no --tour",
    );
    expect(refusal("run", "cancel", "run-1", "--port", "1").command).toBe("run");
    expect(refusal("start", "--prot", "1").message).toContain("--prot");
  });
});

describe("words after a file", () => {
  it("are inputs as people type them for a playbook, quotes already taken by the shell", () => {
    const words = [
      "a.yml",
      "region=eu-west-1",
      'say=a "b" \\ c',
      "hosts=[a, b]",
      "n=1",
      "n=2",
      "empty=",
    ];
    expect(givenWords(words)).toEqual({
      files: ["a.yml"],
      given: {
        region: "eu-west-1",
        say: 'a "b" \\ c',
        hosts: ["a", "b"],
        n: ["1", "2"],
        empty: "",
      },
    });
  });

  it("are files when they could be paths", () => {
    expect(givenWords(["./a=b.yml", "-", "dir/c=d"]).files).toEqual(["./a=b.yml", "-", "dir/c=d"]);
  });

  it("that open a list and never close it are refused", () => {
    expect(() => givenWords(["hosts=[a, b"])).toThrow(/never closed/);
  });
});
