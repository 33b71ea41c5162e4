import { describe, expect, test } from "vitest";
import { requestInput, requestUrl, statusExpected } from "./request-input.ts";

const url = "https://api.test/one";

describe("the input is refused", () => {
  test.each([
    ["credentials in the address", { url: "https://ann:secret@api.test/" }, "url"],
    ["another scheme", { url: "file:///etc/passwd" }, "url"],
    ["a line break in the address", { url: "https://api.test/\r\nx" }, "url"],
    ["a line break in a header", { url, headers: { "x-one": "a\r\nx-two: b" } }, "headers.x-one"],
    ["a header name with a space", { url, headers: { "x one": "a" } }, "headers.x one"],
    ["a host header", { url, headers: { Host: "other" } }, "headers.Host"],
    [
      "a transfer encoding",
      { url, headers: { "transfer-encoding": "x" } },
      "headers.transfer-encoding",
    ],
    ["a credential", { url, headers: { Authorization: "Bearer x" } }, "headers.Authorization"],
    ["an API key", { url, headers: { "X-Api-Key": "x" } }, "headers.X-Api-Key"],
    ["a cookie", { url, headers: { cookie: "x" } }, "headers.cookie"],
    ["two bodies", { url, method: "POST", json: 1, text: "1" }, "text"],
    ["a body of a read", { url, json: 1 }, "json"],
    ["too many redirects", { url, follow_redirects: 6 }, "follow_redirects"],
    ["a method of its own", { url, method: "TRACE" }, "method"],
    ["a status that is none", { url, expect_status: ["2xx"] }, "expect_status.0"],
  ])("%s, at its path", (_what, input, path) => {
    const paths = requestInput.safeParse(input).error?.issues.map((issue) => issue.path.join("."));
    expect(paths).toContain(path);
  });
});

test("query values are encoded and can't end the query", () => {
  const input = requestInput.parse({ url: `${url}?a=1#part`, query: { b: ["x&y", 2], c: true } });
  expect(requestUrl(input).href).toBe("https://api.test/one?a=1&b=x%26y&b=2&c=true");
});

test("a status is expected when a number or a range covers it", () => {
  expect(statusExpected([204, "300-302"], 204)).toBe(true);
  expect(statusExpected([204, "300-302"], 301)).toBe(true);
  expect(statusExpected([204, "300-302"], 200)).toBe(false);
});
