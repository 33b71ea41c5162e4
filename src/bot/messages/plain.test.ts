import { describe, expect, test } from "vitest";
import { cutTo, identifier, lastLines, oneLine, reveal } from "./plain.ts";

describe("untrusted text", () => {
  test.each([
    ["a right-to-left override", "safe\u202Eevil", "safe\\u{202E}evil"],
    ["a bidi isolate", "\u2066x\u2069", "\\u{2066}x\\u{2069}"],
    ["a zero-width space", "pro\u200Bd", "pro\\u{200B}d"],
    ["a byte order mark", "\uFEFFx", "\\u{FEFF}x"],
    ["a tag character", "a\u{E0041}", "a\\u{E0041}"],
    ["a Hangul filler", "a\u3164b", "a\\u{3164}b"],
    ["a blank Braille pattern", "a\u2800b", "a\\u{2800}b"],
    ["a no-break space", "a\u00A0b", "a\\u{A0}b"],
    ["a NUL", "a\u0000b", "a\\u{0}b"],
    ["an escape sequence", "\u001B[31m", "\\u{1B}[31m"],
    ["a lone surrogate", "a\uD800b", "a\\u{D800}b"],
    ["a Cyrillic letter in a Latin word", "prоd", "pr\\u{43E}d"],
    [
      "a Cyrillic host before a Latin ending",
      "аррӏе.com",
      "\\u{430}\\u{440}\\u{440}\\u{4CF}\\u{435}.com",
    ],
    ["a fullwidth letter in a Latin word", "dеｌete", "d\\u{435}\\u{FF4C}ete"],
  ])("shows %s written out", (_, text, shown) => {
    expect(reveal(text)).toBe(shown);
  });

  test("keeps words of other alphabets, accents and emoji as they are", () => {
    for (const text of ["Перезапуск", "Überprüfung", "再起動", "déjà vu", "🚀 go"])
      expect(reveal(text)).toBe(text);
  });

  test("shows newlines as marks, so that nothing can be pushed out of sight", () => {
    expect(oneLine("start\n\n\n\ndrop database", 100)).toEqual({
      text: "start ⏎×4 drop database",
      cut: false,
    });
  });

  test("shows padding as its count", () => {
    expect(oneLine(`start${" ".repeat(300)}drop database`, 100).text).toBe(
      "start [300 spaces] drop database",
    );
  });

  test("says how many characters were cut, also when the far end was never looked at", () => {
    const text = `${"a".repeat(50)}${"b".repeat(99_950)}`;
    const shown = oneLine(text, 60);
    expect(shown.cut).toBe(true);
    expect(shown.text.length).toBeLessThanOrEqual(60);
    const kept = shown.text.indexOf("…");
    expect(shown.text).toContain(`(+${100_000 - kept} characters)`);
  });

  test("keeps right-to-left letters to themselves", () => {
    expect(oneLine("שלום", 50).text).toBe("\u2068שלום\u2069");
  });
});

test("a name from a plan shows nothing but printable ASCII", () => {
  expect(identifier("ec2.stop_іnstances\n").text).toBe("ec2.stop_\\u{456}nstances\\u{A}");
});

test("a cut never splits a surrogate pair", () => {
  for (let max = 20; max < 40; max += 1)
    expect(cutTo("😀".repeat(40), max).text).not.toMatch(/[\uD800-\uDBFF]…/);
});

test("the last lines of an output are shown and the earlier ones counted", () => {
  const output = Array.from({ length: 5000 }, (_, index) => `line ${index + 1}`).join("\n");
  const { text } = lastLines(`${output}\n`, { lines: 3, characters: 200 });
  expect(text).toBe("… 4,997 earlier lines\nline 4998\nline 4999\nline 5000");
});
