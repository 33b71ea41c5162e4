import { expect, test } from "vitest";
import { auditChain } from "#test/builders/audit-chain.ts";
import { rowsProblem } from "./rows-problem.ts";

const chain = auditChain([1, 3, 2, 1]);

test("rows that were picked out of a chain fit, wherever they were picked", () => {
  expect(rowsProblem(chain)).toBeNull();
  expect(rowsProblem(chain.filter(({ first }) => first !== 2))).toBeNull();
  expect(rowsProblem([])).toBeNull();
});

test.each(["data", "actor", "kind", "digest", "hash", "previousHash"] as const)(
  "another %s in any row is found",
  (member) => {
    for (const [index, row] of chain.entries()) {
      const last = row.seq === row.last;
      if ((member === "hash" || member === "previousHash") && !last) continue;
      const other = { ...row, [member]: member === "data" ? '{"x":1}' : "0".repeat(63) + "e" };
      expect(rowsProblem(chain.with(index, other))).toMatch(`Row ${row.seq} `);
    }
  },
);
