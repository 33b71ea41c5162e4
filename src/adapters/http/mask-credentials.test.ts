import { expect, test } from "vitest";
import { credentialSpellings, maskCredentials } from "./mask-credentials.ts";

test("a credential is masked in every spelling in which it may come back", () => {
  const secret = 'pass"word/1';
  const basic = Buffer.from(`ann:${secret}`).toString("base64");
  const spellings = credentialSpellings({ authorization: `Basic ${basic}`, "x-key": "key-123456" });
  const text = [
    `Basic ${basic}`,
    `ann:${secret}`,
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret),
    Buffer.from(secret).toString("base64"),
    "key-123456",
  ].join(" ");
  const masked = maskCredentials(text, spellings);
  expect(masked).not.toContain("word");
  expect(masked).not.toContain(basic);
  expect(masked).not.toContain("123456");
});

test("a short value is left alone, it would mask ordinary words", () => {
  expect(maskCredentials("yes or no", credentialSpellings({ "x-flag": "no" }))).toBe("yes or no");
});
