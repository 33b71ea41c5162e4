import { describe, expect, test } from "vitest";
import type { Json } from "./json.ts";
import { fillKnown, fillTemplates, hasExpressions } from "./template.ts";

const inputs = { host: "web-1", port: 8080, list: ["a", "b"], evil: "${{ inputs.host }}" };

function filled(value: Json): Json {
  const answer = fillTemplates(value, { inputs });
  if (!answer.ok) throw new Error(answer.refusal.map(({ sentence }) => sentence).join("; "));
  return answer.value;
}

describe("fillTemplates", () => {
  test.each<[Json, Json]>([
    ["plain", "plain"],
    ["${{ inputs.port }}", 8080],
    ["${{ inputs.list }}", ["a", "b"]],
    ["https://${{ inputs.host }}:${{ inputs.port }}/x", "https://web-1:8080/x"],
    [" ${{ inputs.port }}", " 8080"],
    ["${{ {'a': {'b': inputs.port}} }}", { a: { b: 8080 } }],
    ["${{ '}}' + \"}}\" }}", "}}}}"],
    [
      { a: ["${{ inputs.host }}"], "${{ k }}": 1 },
      { a: ["web-1"], "${{ k }}": 1 },
    ],
    ["$ {{ no }} ${x}", "$ {{ no }} ${x}"],
  ])("%j", (value, expected) => {
    expect(filled(value)).toEqual(expected);
  });

  test("tells all mistakes at once, each with its path", () => {
    const answer = fillTemplates({ a: "${{ nope }}", b: ["${{ 1 + }}"], c: "${{ 1" }, { inputs });
    expect(answer.ok ? [] : answer.refusal.map(({ path }) => path)).toEqual([
      ["a"],
      ["b", 0],
      ["c"],
    ]);
  });

  test("never evaluates what an expression yields", () => {
    const answer = fillTemplates("${{ inputs.evil }}", { inputs });
    expect(answer.ok ? answer.value : answer.refusal[0]?.sentence).toMatch(/never evaluated/);
  });
});

test("fillKnown leaves what needs later names, with the item's value written into it", () => {
  const later = new Set(["steps"]);
  const answer = fillKnown(
    { a: "${{ inputs.host }} ${{ steps.x.result + item }} ${{ item }}", b: "${{ item }}" },
    { scope: { inputs, item: "i-1" }, later, literals: { item: "i-1" } },
  );
  expect(answer).toEqual({
    ok: true,
    value: { a: 'web-1 ${{ steps.x.result + ("i-1") }} i-1', b: "i-1" },
  });
  expect(hasExpressions(answer.ok ? answer.value : null)).toBe(true);
});
