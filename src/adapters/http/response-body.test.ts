import { expect, test } from "vitest";
import { bodyValue, readBody } from "./response-body.ts";

const json = "application/json; charset=utf-8";
const whole = (text: string) => ({ text, truncated: false });

test("JSON is parsed when the target says that it is JSON", () => {
  expect(bodyValue(whole('{"a":[1]}'), json)).toEqual({ a: [1] });
  expect(bodyValue(whole('{"a":1}'), "application/problem+json")).toEqual({ a: 1 });
  expect(bodyValue(whole('{"a":1}'), "text/plain")).toBe('{"a":1}');
});

test("broken, cut off and very deep JSON is kept as text", () => {
  expect(bodyValue(whole('{"a":'), json)).toBe('{"a":');
  expect(bodyValue({ text: "[1]", truncated: true }, json)).toBe("[1]");
  const deep = "[".repeat(100_000);
  expect(bodyValue(whole(deep), json)).toBe(deep);
});

test("brackets inside strings don't make JSON deep", () => {
  const text = JSON.stringify({ a: `${"[".repeat(500)}\\"` });
  expect(bodyValue(whole(text), json)).toEqual(JSON.parse(text));
});

test("nothing is kept that Postgres can't store, and no key reaches a prototype", () => {
  const text = '{"a":"x\\u0000y","b\\u0000":"\\ud800","__proto__":{"polluted":true}}';
  const value = bodyValue(whole(text), json);
  expect(JSON.stringify(value)).toBe('{"a":"x�y","b�":"�","__proto__":{"polluted":true}}');
  expect(Object.hasOwn({}, "polluted")).toBe(false);
});

test("reading stops at the limit", async () => {
  let asked = 0;
  async function* endless() {
    for (;;) {
      asked++;
      yield Buffer.from("0123456789");
    }
  }
  expect(await readBody(endless(), 25)).toEqual({
    text: "0123456789012345678901234",
    truncated: true,
  });
  expect(asked).toBe(3);
});

test("a body of exactly the limit is whole", async () => {
  async function* ten() {
    yield Buffer.from("0123456789");
  }
  expect(await readBody(ten(), 10)).toEqual({ text: "0123456789", truncated: false });
});
