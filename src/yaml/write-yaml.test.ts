import fc from "fast-check";
import { expect, test } from "vitest";
import { readYaml } from "./read-yaml.ts";
import { editableSource } from "./write-yaml.ts";

test("JSON becomes YAML that means the same", () => {
  const value = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())),
  );
  fc.assert(
    fc.property(value, (given) => {
      const source = JSON.stringify(given, null, 2);
      expect(readYaml(editableSource(source))).toEqual(readYaml(source));
    }),
    { numRuns: 500 },
  );
});

test("a plan reads like one that a person wrote", () => {
  const source = JSON.stringify({
    title: "Stop",
    steps: [{ id: "stop", with: { instance_ids: ["i-1"], note: "yes" } }],
  });
  expect(editableSource(source)).toBe(
    "title: Stop\nsteps:\n  - id: stop\n    with:\n      instance_ids:\n        - i-1\n      note: yes\n",
  );
});

test("what a person wrote stays as it is, comments and all", () => {
  const source = "# why\ntitle: Stop # now\n";
  expect(editableSource(source)).toBe(source);
});
