import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "./support/program.ts";

test("the tour plays the whole main job and ends with 0", async ({ onTestFinished }) => {
  const directory = await mkdtemp(join(tmpdir(), "countersign-tour-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const { code, output } = await runCommand(["start", "--tour"], {
    HOME: directory,
    COUNTERSIGN_DATA: directory,
  });
  expect(output).not.toContain("✘");
  expect(output).toContain("everything did what it should");
  expect(code).toBe(0);
}, 120_000);
