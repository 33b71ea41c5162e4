import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pacer } from "./pacer.ts";

const PATIENT = Number.MAX_SAFE_INTEGER;

describe("the pace of calls", () => {
  it("of chat.update stays below Slack's 50 a minute over all channels, whatever is asked when", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2_000 }), { minLength: 60, maxLength: 200 }), (gaps) => {
        const pacer = new Pacer();
        let now = 1_000_000;
        const sent = gaps.map((gap, index) => {
          now += gap;
          return now + (pacer.reserve("chat.update", `C${index}`, now, PATIENT) ?? 0);
        });
        for (const start of sent)
          expect(
            sent.filter((at) => at >= start && at < start + 60_000).length,
          ).toBeLessThanOrEqual(54);
      }),
      { numRuns: 200 },
    );
  });

  it("of posts to one channel is about one a second, and other channels don't wait for it", () => {
    const pacer = new Pacer();
    const waits = Array.from({ length: 6 }, () =>
      pacer.reserve("chat.postMessage", "C1", 0, PATIENT),
    );
    expect(waits).toEqual([0, 0, 0, 1000, 2000, 3000]);
    expect(pacer.reserve("chat.postMessage", "C2", 0, PATIENT)).toBe(0);
  });

  it("reserves nothing for who won't wait", () => {
    const pacer = new Pacer();
    for (let call = 0; call < 3; call += 1) pacer.reserve("chat.postMessage", "C1", 0, PATIENT);
    expect(pacer.reserve("chat.postMessage", "C1", 0, 500)).toBeNull();
    expect(pacer.reserve("chat.postMessage", "C1", 0, PATIENT)).toBe(1000);
  });

  it("rests a whole method until the time that Slack named", () => {
    const pacer = new Pacer();
    pacer.close("chat.postMessage", 30_000);
    expect(pacer.reserve("chat.postMessage", "C1", 0, PATIENT)).toBe(30_000);
    expect(pacer.reserve("chat.postMessage", "C2", 10_000, PATIENT)).toBe(20_000);
    expect(pacer.reserve("chat.update", "C1", 0, PATIENT)).toBe(0);
    expect(pacer.waitMs("chat.postMessage", "C3", 40_000)).toBe(0);
  });
});
