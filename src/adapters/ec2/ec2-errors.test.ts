import { describe, expect, test } from "vitest";
import { ec2Failure, mayHaveActed, reportedBy } from "./ec2-errors.ts";

describe("a code that nobody knows", () => {
  test.each([
    [400, "validation"],
    [503, "temporary"],
    [502, "temporary"],
    [500, "dependency"],
    [null, "unknown"],
  ])("has the category of its status %s: %s", (status, category) => {
    expect(ec2Failure({ code: "SomethingNew", status, message: "" }).category).toBe(category);
  });
});

test("the SDK's plain errors are told by their words", () => {
  const told = (message: string) => ec2Failure({ code: "Error", status: null, message }).category;
  expect(told("Region is missing")).toBe("configuration");
  expect(told("socket hang up")).toBe("network");
});

describe("after a failed change EC2", () => {
  test.each([
    ["UnauthorizedOperation", 403, false],
    ["RequestLimitExceeded", 503, false],
    ["InternalError", 500, true],
    ["ECONNREFUSED", null, false],
    ["CredentialsProviderError", null, false],
    ["ECONNRESET", null, true],
    ["TimeoutError", null, true],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", null, false],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", null, false],
  ])("%s with status %s: may have acted is %s", (code, status, expected) => {
    expect(mayHaveActed({ code, status, message: "" })).toBe(expected);
  });
});

test("Node's own code counts when no answer came", () => {
  const error = Object.assign(new Error("read"), { name: "Error", code: "ECONNRESET" });
  expect(reportedBy(error)).toMatchObject({ code: "ECONNRESET", status: null });
});

test("an encoded authorization message is left out", () => {
  const message = "You are not authorized. Encoded authorization failure message: aGVsbG8";
  const failure = ec2Failure({ code: "UnauthorizedOperation", status: 403, message });
  expect(failure.message).toBe("UnauthorizedOperation: You are not authorized.");
});

test("a connection that never stood carried nothing", () => {
  const message =
    "the request socket did not establish a connection with the server within 5000 ms";
  expect(mayHaveActed({ code: "TimeoutError", status: null, message })).toBe(false);
});

test("an answer that is no EC2's is told in one line", () => {
  const failure = ec2Failure({
    code: "Error",
    status: 502,
    message: "XML parse error\n  in <html>",
  });
  expect(failure).toMatchObject({
    category: "temporary",
    message: "Error: XML parse error in <html>",
  });
});
