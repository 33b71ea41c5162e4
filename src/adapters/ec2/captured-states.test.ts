import { describe, expect, test } from "vitest";
import type { Restoration } from "#engine/operation.ts";
import { restorePower } from "./captured-states.ts";
import { restoreTagsTo } from "./captured-tags.ts";

const REGION = "eu-west-1";

describe("the power of an instance", () => {
  const restored = (then: string, now: string): Restoration =>
    restorePower(
      { region: REGION, instance_ids: ["i-1"] },
      { states: { "i-1": then } },
      { states: { "i-1": now } },
    );
  const calls = (uses: string) => [{ uses, with: { region: REGION, instance_ids: ["i-1"] } }];

  test.each([
    ["running", "stopped", "ec2.start_instances"],
    ["running", "stopping", "ec2.start_instances"],
    ["pending", "stopped", "ec2.start_instances"],
    ["stopped", "running", "ec2.stop_instances"],
    ["stopping", "pending", "ec2.stop_instances"],
  ])("that was %s and is %s: %s", (then, now, uses) => {
    expect(restored(then, now)).toEqual({ calls: calls(uses), impossible: [] });
  });

  test.each([
    ["running", "pending"],
    ["stopping", "stopped"],
    ["terminated", "gone"],
    ["shutting-down", "terminated"],
    ["gone", "running"],
  ])("that was %s and is %s needs nothing", (then, now) => {
    expect(restored(then, now)).toEqual({ calls: [], impossible: [] });
  });

  test.each([
    ["running", "terminated"],
    ["stopped", "gone"],
    ["pending", "shutting-down"],
  ])("that was %s and is %s can't be had back", (then, now) => {
    const sentence = `The EC2 instance i-1 in eu-west-1 was ${then} and is terminated now: it can't be had back.`;
    expect(restored(then, now)).toEqual({ calls: [], impossible: [sentence] });
  });

  test("is put back for each by itself, starts before stops", () => {
    const ids = ["i-1", "i-2", "i-3"];
    const then = { states: { "i-1": "stopped", "i-2": "running", "i-3": "running" } };
    const now = { states: { "i-1": "running", "i-2": "stopped", "i-3": "terminated" } };
    const found = restorePower({ region: REGION, instance_ids: ids }, then, now);
    expect(found.calls).toEqual([
      { uses: "ec2.start_instances", with: { region: REGION, instance_ids: ["i-2"] } },
      { uses: "ec2.stop_instances", with: { region: REGION, instance_ids: ["i-1"] } },
    ]);
    expect(found.impossible).toHaveLength(1);
  });
});

describe("tags", () => {
  test("that differ are put back, those that are as they were are left alone", () => {
    const then = { tags: { "i-1": { a: "1", b: null }, "vol-1": { a: "1", b: "2" } }, ended: [] };
    const now = { tags: { "i-1": { a: "2", b: "x" }, "vol-1": { a: "1", b: "2" } }, ended: [] };
    expect(restoreTagsTo(REGION, then, now)).toEqual({
      calls: [
        {
          uses: "ec2.restore_tags",
          with: { region: REGION, tags: { "i-1": { a: "1", b: null } } },
        },
      ],
      impossible: [],
    });
  });

  test("of an instance that has ended can't be had back", () => {
    const then = { tags: { "i-1": { a: "1" } }, ended: [] };
    const now = { tags: { "i-1": { a: null } }, ended: ["i-1"] };
    expect(restoreTagsTo(REGION, then, now)).toEqual({
      calls: [],
      impossible: [
        "The EC2 instance i-1 in eu-west-1 had other tags and is terminated now: it can't be had back.",
      ],
    });
  });
});
