import { expect, test } from "vitest";
import { editDistance, nearestName } from "./nearest-name.ts";

test.each([
  ["", "abc", 3],
  ["drain", "drain", 0],
  ["drian", "drain", 1],
  ["kitten", "sitting", 3],
])("from %j to %j it takes %d edits", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test("the nearest name is found despite a swap, a slip and another case", () => {
  const names = ["ec2.stop_instances", "ec2.start_instances", "http.request"];
  expect(nearestName("htpt.request", names)).toBe("http.request");
  expect(nearestName("EC2.STOP_INSTANCE", names)).toBe("ec2.stop_instances");
});

test("a word unlike all of them has no nearest", () => {
  expect(nearestName("frobnicate", ["http.request", "shell.run"])).toBeNull();
  expect(nearestName("x", [])).toBeNull();
});
