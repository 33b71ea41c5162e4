import { expect, test } from "vitest";
import { createRateLimit } from "./rate-limit.ts";

test("an address may ask so often in a minute, and is told when it may again", () => {
  const limit = createRateLimit(3);
  const asked = [0, 1, 2, 20_000].map((now) => limit("192.0.2.1", now));
  expect(asked).toEqual([null, null, null, 40]);
  expect(limit("192.0.2.2", 20_000)).toBeNull();
  expect(limit("192.0.2.1", 60_000)).toBeNull();
});

test("addresses without number take no memory without end", () => {
  const limit = createRateLimit(1);
  for (let host = 0; host < 10_000; host += 1) limit(`host-${host}`, 0);
  expect(limit("host-0", 1)).toBeNull();
});
