import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpuMs } from "#test/builders/cpu-time.ts";
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

describe("parts of a secret", () => {
  test.each([
    [
      "AWS's names in JSON",
      '{"SecretAccessKey": "abcd/efgh+ijkl"}',
      '{"SecretAccessKey": "[redacted]"}',
    ],
    ["a quoted value with spaces", 'password="correct horse"', 'password="[redacted]"'],
    [
      "JSON in JSON",
      String.raw`{\"api_key\":\"abc def\"}`,
      String.raw`{\"api_key\":\"[redacted]\"}`,
    ],
    ["a reference", "password: secret:db-password", "password: secret:db-password"],
    ["an expression", "token: ${{answers.token}}", "token: ${{answers.token}}"],
  ])("%s", (_what, text, shown) => {
    expect(redactor.text(text)).toBe(shown);
  });

  test("the first line of one key does not hide where another begins", () => {
    const frame = (which: string) => ["-----", which, " PRIVATE", " KEY-----"].join("");
    const key = (body: string) => `${frame("BEGIN")}\n${body}\n${frame("END")}`;
    const knowing = createSecretRedactor([key("MIIEknownknown")]);
    expect(knowing.text(key("MIIEunknown"))).toBe("[redacted]");
    expect(knowing.text("it holds MIIEknownknown")).toBe("it holds [redacted]");
  });
});

describe("certain secrets", () => {
  test("are masked, and words that only a name makes suspicious are kept", () => {
    expect(redactor.certain(`token: please, ${SECRET}`, "(gone)")).toBe("token: please, (gone)");
    expect(redactor.knows(`x${encodeURIComponent(SECRET)}`)).toBe(true);
    expect(redactor.knows("x")).toBe(false);
  });
});

describe("the time it takes", () => {
  const secrets = Array.from(
    { length: 500 },
    (_, index) => `pass${index}word-${index * 7919}-${"x".repeat(index % 40)}`,
  );
  const knowing = createSecretRedactor(secrets);

  test.each([
    ["ordinary output", "2026-11-26T04:00:00Z web-1 GET /healthz 200 3ms\n".repeat(20_000)],
    ["one endless line", "x".repeat(1_000_000)],
    ["beginnings of secrets", "pass1word-".repeat(100_000)],
    ["beginnings of tokens", "eyJaaaaaaaa-".repeat(40_000)],
    ["names of secrets", 'password="'.repeat(40_000)],
    ["beginnings of addresses", "https://a:".repeat(40_000)],
  ])("grows with the text: %s", (_what, text) => {
    const spent = cpuMs(() => {
      const stream = knowing.stream();
      for (let at = 0; at < text.length; at += 8_192) stream.push(text.slice(at, at + 8_192));
      stream.end();
      knowing.text(text);
    });
    // Measured at 40 to 700 ms on a busy machine; what grows with the square takes minutes.
    expect(spent).toBeLessThan(8_000);
  });
});
