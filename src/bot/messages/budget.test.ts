import { describe, expect, test } from "vitest";
import { LIMITS, type Part, always, fitMessage } from "./budget.ts";
import { richText, section, words } from "./rich-text.ts";

const block = (characters: number) => richText(section(words("x".repeat(characters))));
const list = (count: number, characters: number, priority = 1): Part => ({
  items: count,
  priority,
  render: (shown) => Array.from({ length: shown }, () => block(characters)),
});

describe("a message's budget", () => {
  test("shows everything that fits", () => {
    const { shown, hidden } = fitMessage([always([block(100)]), list(10, 100)]);
    expect({ shown, hidden }).toEqual({ shown: [0, 10], hidden: 0 });
  });

  test("drops whole items from the end when the text is too long", () => {
    const { blocks, shown, hidden } = fitMessage([always([block(2000)]), list(9, 3000)]);
    expect({ blocks: blocks.length, shown, hidden }).toEqual({
      blocks: 4,
      shown: [0, 3],
      hidden: 6,
    });
  });

  test("drops whole items when there are too many blocks", () => {
    expect(fitMessage([list(80, 1)]).blocks).toHaveLength(LIMITS.messageBlocks);
  });

  test("gives room to the more important part first, wherever it stands", () => {
    expect(fitMessage([list(5, 3000, 2), list(3, 3000, 1)]).shown).toEqual([1, 3]);
  });

  test("leaves what is reserved free", () => {
    expect(fitMessage([list(60, 1)], { blocks: 8, characters: 0 }).blocks).toHaveLength(
      LIMITS.messageBlocks - 8,
    );
    expect(fitMessage([list(6, 3000)], { blocks: 0, characters: 6000 }).shown).toEqual([2]);
  });

  test("throws when what is always shown does not fit, because that is a defect", () => {
    expect(() => fitMessage([always([block(LIMITS.messageText + 1)])])).toThrow(/exceed/);
  });
});
