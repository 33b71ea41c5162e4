import { describe, expect, test } from "vitest";
import { ec2Failure, mayHaveActed, reportedBy } from "./ec2-errors.ts";

describe("codes", () => {
  test.each([
    ["AuthFailure", 401, "authentication"],
    ["RequestExpired", 400, "authentication"],
    ["ExpiredTokenException", 400, "authentication"],
    ["CredentialsProviderError", null, "authentication"],
    ["UnauthorizedOperation", 403, "authorization"],
    ["OperationNotPermitted", 400, "authorization"],
    ["OptInRequired", 401, "authorization"],
    ["InvalidParameterValue", 400, "validation"],
    ["InvalidAMIID.Malformed", 400, "validation"],
    ["MissingParameter", 400, "validation"],
    ["UnsupportedOperation", 400, "validation"],
    ["InvalidInstanceID.NotFound", 400, "resource"],
    ["InvalidGroup.Duplicate", 400, "resource"],
    ["IncorrectInstanceState", 400, "resource"],
    ["InstanceLimitExceeded", 400, "resource"],
    ["IdempotentParameterMismatch", 400, "resource"],
    ["RequestLimitExceeded", 503, "temporary"],
    ["ThrottlingException", 400, "temporary"],
    ["InsufficientInstanceCapacity", 500, "temporary"],
    ["Unavailable", 503, "temporary"],
    ["DependencyViolation", 400, "dependency"],
    ["InternalError", 500, "dependency"],
    ["ECONNREFUSED", null, "network"],
    ["ECONNRESET", null, "network"],
    ["TimeoutError", null, "timeout"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", null, "configuration"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", null, "configuration"],
    ["SomethingNew", 400, "validation"],
    ["SomethingNew", 503, "temporary"],
    ["SomethingNew", 502, "dependency"],
    ["SomethingNew", null, "unknown"],
  ])("%s with status %s is %s", (code, status, category) => {
    expect(ec2Failure({ code, status, message: "" }).category).toBe(category);
  });
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
    category: "dependency",
    message: "Error: XML parse error in <html>",
  });
});
