import { expect, test } from "vitest";
import { planReceipt } from "#engine/plan-receipt.ts";
import { aRecord } from "#test/builders/plan-records.ts";
import { rowsOf } from "#test/builders/plan-rows.ts";
import { receiptMarkdown } from "./receipt-markdown.ts";

const ASSERTION = { salt: "s", authenticatorData: "a", clientDataJSON: "c", signature: "x" };
const HOSTILE = "# x | y `z` <b>\n[a](http://e.com) www.e.com a@e.com \u202E*now*";

/** @param passkey that signed the vote; absent: none did. */
function markdown(title: string, reason: string, passkey?: string): string {
  const receipt = planReceipt(
    rowsOf([
      {
        by: "person:U0RITA",
        event: {
          kind: "plan.filed",
          version: 1,
          hash: "ab".repeat(32),
          title,
          environment: "production",
          risk: "modify",
          operations: ["toy.change"],
          policyVersion: "p1",
          rule: aRecord().rule,
          requestId: "Ev1",
        },
      },
      {
        by: "person:U0ANN",
        event: {
          kind: "vote.cast",
          version: 1,
          hash: "ab".repeat(32),
          policyVersion: "p1",
          viewHash: "cd".repeat(32),
          viewFormat: 1,
          choice: "reject",
          reason,
          groups: ["sre"],
          requestId: "Ev2",
          entry: "button",
          ...(passkey !== undefined && { proof: { passkey, assertion: ASSERTION } }),
        },
      },
    ]),
  );
  if (receipt === null) throw new Error("there is no filing");
  return receiptMarkdown(receipt);
}

test("says who voted on which hash under which policy and what they saw, by the numbers of the rows", () => {
  const text = markdown("Restart web", "Not now");
  const vote = text.split("\n").find((line) => line.startsWith("| #11 |"));
  for (const part of ["person:U0ANN", "reject: Not now", "`p1`", "ab".repeat(32), "cd".repeat(32)])
    expect(vote).toContain(part);
  expect(text).toContain("| #11 | 11 to 11 | `vote.cast` | `d11` | `h11` |");
  expect(text).toContain("countersign audit verify FILE --head T1/11/h11");
});

test("says which passkey signed a vote", () => {
  const text = markdown("Restart web", "Not now", "3f9a0c41d2be".repeat(5));
  expect(text).toContain("reject, signed with passkey 3f9a0c41d2be: Not now");
  expect(markdown("Restart web", "Not now")).not.toContain("passkey");
});

test("what people wrote makes no mark-up, no link, no cell and no line", () => {
  const [plain, hostile] = [markdown("x", "x"), markdown(HOSTILE, HOSTILE)];
  expect(hostile.split("\n")).toHaveLength(plain.split("\n").length);
  const cells = (text: string) => text.split("\n").map((line) => line.split(/(?<!\\)\|/).length);
  expect(cells(hostile)).toEqual(cells(plain));
  const bare = hostile.replaceAll(/\\./g, "");
  for (const mark of ["http://e.com", "www.e.com", "a@e.com", "<b>", "[a]", "*now*", "\u202E"])
    expect(bare).not.toContain(mark);
});
