import { describe, expect, test } from "vitest";
import { categoryOf, errorCode } from "./error-categories.ts";
import { ERROR_SOURCES, ERROR_TABLE } from "./error-table.ts";

describe("the table", () => {
  test.each(ERROR_SOURCES)("says each code of %s once", (source) => {
    const codes = ERROR_TABLE[source].flatMap((row) => row.codes);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  test.each(ERROR_SOURCES)("of %s has no row whose codes all go to an earlier one", (source) => {
    const shadowed = ERROR_TABLE[source].filter(
      ({ codes, category }) =>
        !codes.flatMap(samplesOf).some((code) => categoryOf(source, code) === category),
    );
    expect(shadowed).toEqual([]);
  });

  test("gives every exit code and every HTTP status a category", () => {
    for (let code = 1; code <= 255; code++) expect(categoryOf("exit", code)).not.toBeNull();
    for (let status = 100; status <= 599; status++) {
      expect(categoryOf("http", status)).not.toBeNull();
    }
  });
});

describe("a code", () => {
  test.each([
    ["aws", "InvalidInstanceID.NotFound", "resource"],
    ["aws", "InvalidInstanceID.Malformed", "validation"],
    ["aws", "RequestLimitExceeded", "temporary"],
    ["aws", "InstanceLimitExceeded", "resource"],
    ["aws", "EC2ThrottledException", "temporary"],
    ["aws", "InsufficientInstanceCapacity", "temporary"],
    ["exit", "137", "resource"],
    ["exit", "139", "permanent"],
    ["http", "502", "temporary"],
    ["http", "505", "dependency"],
    ["tls", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "configuration"],
  ] as const)("%s %s is %s", (source, code, category) => {
    expect(categoryOf(source, code)).toBe(category);
  });

  test("that is exact in a later source comes before a pattern of an earlier one", () => {
    expect(categoryOf(["aws", "node"], "ENOTFOUND")).toBe("network");
  });

  test("that nobody knows has no category", () => {
    expect(categoryOf(ERROR_SOURCES, "EWHATEVER")).toBeNull();
    expect(categoryOf("node", "constructor")).toBeNull();
    expect(categoryOf("http", "4xx")).toBeNull();
  });

  test("is found beneath causes and among several addresses", () => {
    const refused = Object.assign(new Error("no"), { code: "ECONNREFUSED" });
    expect(errorCode(new Error("x", { cause: refused }))).toBe("ECONNREFUSED");
    expect(errorCode(new AggregateError([refused]))).toBe("ECONNREFUSED");
    expect(errorCode(new Error("x"))).toBeNull();
    const loop: { cause?: unknown } = {};
    loop.cause = loop;
    expect(errorCode(loop)).toBeNull();
  });
});

function samplesOf(code: string): readonly string[] {
  const [from, to] = code.split("-").map(Number);
  if (from !== undefined && to !== undefined && Number.isInteger(to)) {
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  }
  return [code.replaceAll("*", ""), code.replaceAll("*", "Zz"), code.replaceAll("*", "05")];
}
