import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSecretRedactor } from "./secret-redactor.ts";

const SECRET = "s3cr3t/Val ue+42&x";
const redactor = createSecretRedactor([SECRET]);

describe("known values", () => {
  test.each([
    ["as it is", SECRET],
    ["in base 64", Buffer.from(SECRET).toString("base64")],
    ["in base 64 after a user name", Buffer.from(`user:${SECRET}`).toString("base64").slice(7)],
    ["URL-encoded", encodeURIComponent(SECRET)],
    ["form-encoded", encodeURIComponent(SECRET).replaceAll("%20", "+")],
    ["in hexadecimal", Buffer.from(SECRET).toString("hex")],
  ])("are masked %s", (_form, text) => {
    expect(redactor.text(`before ${text} after`)).not.toContain(text);
  });

  test("are masked however the output is cut into chunks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 40 }), { maxLength: 6 }),
        fc.boolean(),
        (cuts, newline) => {
          const text = `connecting with ${SECRET} now${newline ? "\n" : ""}`;
          const stream = redactor.stream();
          let shown = "";
          let from = 0;
          for (const cut of cuts.toSorted((a, b) => a - b)) {
            shown += stream.push(text.slice(from, Math.max(cut, from)));
            from = Math.max(cut, from);
          }
          shown += stream.push(text.slice(from)) + stream.end();
          expect(shown).toBe(text.replace(SECRET, "[redacted]"));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("are masked in one endless line", () => {
    const stream = redactor.stream();
    let shown = "";
    for (let part = 0; part < 200; part += 1) shown += stream.push(`${"x".repeat(250)}${SECRET}`);
    shown += stream.end();
    expect(shown).not.toContain(SECRET);
    expect(shown.match(/\[redacted\]/g)).toHaveLength(200);
  });
});

describe("shapes", () => {
  test.each([
    ["an AWS access key id", "AKIAIOSFODNN7EXAMPLE"],
    ["a Slack bot token", ["xoxb", "12345678901", "abcdefABCDEF"].join("-")],
    ["a GitHub token", `ghp_${"a1B2".repeat(9)}`],
    ["a JSON web token", `eyJ${"hbGciOi".repeat(3)}.${"eyJzdWIi".repeat(3)}.sig`],
  ])("%s is masked wherever it stands", (_what, secret) => {
    expect(redactor.text(`x ${secret} y`)).toBe("x [redacted] y");
  });

  test("an authorization header keeps its name only", () => {
    expect(redactor.text("Authorization: Bearer abcdef123456")).toBe(
      "Authorization: Bearer [redacted]",
    );
  });

  test("a password in a URL or an assignment is masked and the rest stays readable", () => {
    expect(redactor.text("postgres://app:hunter22@db/x")).toBe("postgres://app:[redacted]@db/x");
    expect(redactor.text("DB_PASSWORD=hunter22 next")).toBe("DB_PASSWORD=[redacted] next");
  });

  test("a private key is masked from its first line to its last, in chunks as well", () => {
    const key = [
      "-----BEGIN",
      "PRIVATE KEY-----\nMIIEvQ\nAAAA\n-----END",
      "PRIVATE KEY-----\n",
    ].join(" ");
    const stream = redactor.stream();
    let shown = "";
    for (const character of `a\n${key}b\n`) shown += stream.push(character);
    expect(shown + stream.end()).toBe("a\n[redacted]\nb\n");
    expect(redactor.text(`a ${key}b`)).toBe("a [redacted]\nb");
  });

  test("ordinary text is left alone", () => {
    const text = "restarted web-1 in 3.2 s; tokens: none, 2 keys pressed\n";
    expect(redactor.text(text)).toBe(text);
  });
});
