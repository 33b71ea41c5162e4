import { describe, expect, it } from "vitest";
import type { OutboxItem } from "#engine/notice.ts";
import { TryMemory } from "./try-memory.ts";

function item(tries: number): OutboxItem {
  return {
    id: 7,
    key: "plan-card:pl-1",
    version: 1,
    notice: { kind: "plan-card", planId: "pl-1" },
    tries,
    dueAt: 0,
  };
}

describe("whether an earlier try may have arrived", () => {
  it("is not asked before the first", () => {
    expect(new TryMemory().mayHaveArrived(item(1))).toBe(false);
  });

  it("is unknown after another process's try", () => {
    expect(new TryMemory().mayHaveArrived(item(2))).toBe(true);
  });

  it("is denied when every try was ours and sent nothing", () => {
    const memory = new TryMemory();
    memory.notSent(item(1));
    memory.notSent(item(2));
    expect(memory.mayHaveArrived(item(3))).toBe(false);
  });

  it("stays possible once a try had no answer, also after later ones that sent nothing", () => {
    const memory = new TryMemory();
    memory.unanswered(item(1));
    memory.notSent(item(1));
    memory.notSent(item(2));
    expect(memory.mayHaveArrived(item(3))).toBe(true);
  });

  it("is possible when somebody else tried in between", () => {
    const memory = new TryMemory();
    memory.notSent(item(1));
    expect(memory.mayHaveArrived(item(3))).toBe(true);
  });
});

it("the next edit waits for its interval", () => {
  const memory = new TryMemory();
  expect(memory.nextEditAt("plan-card:pl-1", 10_000, 3_000)).toBeNull();
  memory.sent(item(1), 10_000);
  expect(memory.nextEditAt("plan-card:pl-1", 11_000, 3_000)).toBe(13_000);
  expect(memory.nextEditAt("plan-card:pl-1", 13_000, 3_000)).toBeNull();
});
