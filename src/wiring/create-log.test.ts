import fc from "fast-check";
import { expect, test } from "vitest";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import {
  ENCODINGS,
  everySpelling,
  partsOf,
  plantedSecret,
  survivorIn,
} from "#test/builders/planted-secrets.ts";
import { createLog } from "./create-log.ts";

test("no line holds a secret, in whichever encoding an error, its cause or a field has it", () => {
  const secrets = fc.sample(plantedSecret, { seed: 20_261_126, numRuns: 100 });
  const lines: string[] = [];
  const log = createLog("trace", createSecretRedactor(secrets), (line) => lines.push(line));
  for (const [index, secret] of secrets.entries()) {
    const text = ENCODINGS[index % ENCODINGS.length]?.of(secret) ?? secret;
    const cause = new Error(`the target said ${text}`);
    log.error({ err: new Error(`no ${text}`, { cause }), [text]: text }, `it was ${text}`);
    log.debug({ list: [text, { deep: text }] }, "request %s", text);
  }
  expect(lines).toHaveLength(200);
  expect(lines.join("")).toContain("[redacted]");
  const seen = partsOf(lines.join(""));
  expect(
    secrets.filter((secret) =>
      everySpelling(secret).some((spelling) => survivorIn(seen, spelling) !== null),
    ),
  ).toEqual([]);
});
