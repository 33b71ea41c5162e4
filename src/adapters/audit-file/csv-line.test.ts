import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLine } from "./csv-line.ts";

test("texts are quoted, quotes doubled, null is nothing and differs from empty text", () => {
  expect(csvLine(["a", 'say "no"', null, "", 7, "x,y\r\nz"])).toBe(
    '"a","say ""no""",,"",7,"x,y\r\nz"\r\n',
  );
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A"])(
  "a spreadsheet does not compute %j",
  (text) => {
    expect(csvLine([text])).toBe(`"'${text}"\r\n`);
  },
);

test("every record reads back as the values that were written, but for the apostrophe", () => {
  const text = fc.string({ unit: fc.constantFrom(..."=+-@\t\r\n,\"'＝ab;| ".split("")) });
  fc.assert(
    fc.property(fc.array(fc.option(text), { minLength: 2, maxLength: 6 }), (values) => {
      const read = readRecord(csvLine(values));
      expect(read).toHaveLength(values.length);
      for (const [index, value] of values.entries()) {
        const found = read[index] ?? null;
        if (value === null) expect(found).toBeNull();
        else {
          expect([value, `'${value}`]).toContain(found);
          expect(found).not.toMatch(/^[=+\-@\t\r\n＝]/);
        }
      }
    }),
  );
});

/** RFC 4180, read by itself: null where a field has no quotes and nothing in it. */
function readRecord(line: string): readonly (string | null)[] {
  const fields: (string | null)[] = [];
  const field = /("((?:[^"]|"")*)"|)(,|\r\n)/y;
  while (field.lastIndex < line.length) {
    const match = field.exec(line);
    if (match === null) throw new Error(`not a record: ${JSON.stringify(line)}`);
    fields.push(match[2] === undefined ? null : match[2].replaceAll('""', '"'));
  }
  return fields;
}
