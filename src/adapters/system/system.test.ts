import { expect, test } from "vitest";
import { randomIds } from "./random-ids.ts";
import { sha256 } from "./sha256.ts";
import { systemClock } from "./system-clock.ts";

test("an id is its prefix and ten characters that can't be mistaken for each other", () => {
  expect(randomIds.next("pl")).toMatch(/^pl-[0-9a-hjkmnp-tv-z]{10}$/);
});

test("a thousand ids are a thousand different ids", () => {
  expect(new Set(Array.from({ length: 1000 }, () => randomIds.next("run"))).size).toBe(1000);
});

test("the digest is SHA-256 of the text's UTF-8 bytes", () => {
  // FIPS 180-2, appendix B.1.
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("a sleep ends at once when its signal aborts, and when it had aborted before", async () => {
  const stop = new AbortController();
  const asleep = systemClock.sleep(3_600_000, stop.signal);
  stop.abort();
  await expect(asleep).resolves.toBeUndefined();
  await expect(systemClock.sleep(3_600_000, stop.signal)).resolves.toBeUndefined();
});
