import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cutInto,
  ENCODINGS,
  plantedSecret,
  shapelessSecret,
  survivor,
} from "#test/builders/planted-secrets.ts";
import { createSecretRedactor } from "./secret-redactor.ts";
import type { SecretRedactor } from "./secret-redactor.ts";

const numRuns = 1_000;

const ordinary = fc.string({
  unit: fc.constantFrom(...Array.from("restarted web-1 in 3.2 s\n\t{}[]\"'")),
  maxLength: 60,
});
const cuts = fc.array(fc.nat({ max: 5_000 }), { maxLength: 12 });
const encoding = fc.constantFrom(...ENCODINGS);

function streamed(redactor: SecretRedactor, chunks: readonly string[]): string {
  const stream = redactor.stream();
  return chunks.map((chunk) => stream.push(chunk)).join("") + stream.end();
}

describe("a known secret", () => {
  test("survives in no encoding, wherever it stands", () => {
    fc.assert(
      fc.property(plantedSecret, encoding, ordinary, ordinary, (secret, { of }, before, after) => {
        const redactor = createSecretRedactor([secret]);
        const shown = redactor.text(`${before} ${of(secret)} ${after}`);
        expect(survivor(shown, of(secret))).toBeNull();
      }),
      { numRuns },
    );
  });

  test("survives in no chunking of output", () => {
    fc.assert(
      fc.property(plantedSecret, encoding, ordinary, cuts, (secret, { of }, around, places) => {
        const redactor = createSecretRedactor([secret]);
        const text = `${around} ${of(secret)} ${around}\n${of(secret)}\n`;
        const shown = streamed(redactor, cutInto(text, places));
        expect(survivor(shown, of(secret))).toBeNull();
      }),
      { numRuns },
    );
  });

  test("is masked in output as it is in a whole text", () => {
    fc.assert(
      fc.property(shapelessSecret, encoding, ordinary, cuts, (secret, { of }, around, places) => {
        const redactor = createSecretRedactor([secret]);
        const text = `${around} ${of(secret)} ${around}`;
        expect(streamed(redactor, cutInto(text, places))).toBe(redactor.text(text));
      }),
      { numRuns },
    );
  });

  test("is masked beside others that overlap it", () => {
    fc.assert(
      fc.property(shapelessSecret, fc.nat({ max: 5 }), (secret, from) => {
        const part = secret.slice(from).trim();
        const redactor = createSecretRedactor([secret, part]);
        expect(redactor.text(`<${secret}>`)).toBe(`<${redactor.mask}>`);
      }),
      { numRuns },
    );
  });
});

describe("text without secrets", () => {
  const redactor = createSecretRedactor(["correct horse battery staple", "0123456789abcdef"]);

  test("is unchanged, whole and in chunks", () => {
    fc.assert(
      fc.property(fc.array(ordinary, { maxLength: 30 }), cuts, (lines, places) => {
        const text = lines.join("\n");
        expect(redactor.text(text)).toBe(text);
        expect(redactor.certain(text)).toBe(text);
        expect(streamed(redactor, cutInto(text, places))).toBe(text);
      }),
      { numRuns },
    );
  });

  test("of any characters is unchanged where only certain secrets are looked for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), cuts, (text, places) => {
        fc.pre(!/PRIVATE KEY|:\/\//.test(text));
        expect(redactor.certain(text)).toBe(text);
        expect(streamed(redactor, cutInto(text, places))).toBe(redactor.text(text));
      }),
      { numRuns },
    );
  });
});
