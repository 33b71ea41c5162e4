import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SMALLEST } from "#test/builders/written-config.ts";
import { ConfigError } from "../config/config-error.ts";
import { withPlanningPorts } from "./planning-ports.ts";

test("a playbook with a mistake stops a plan's commands as it stops a start, and is named", async () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-planning-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const configFile = join(folder, "countersign.yml");
  writeFileSync(configFile, SMALLEST);
  mkdirSync(join(folder, "playbooks"));
  const playbook = join(folder, "playbooks", "restart.yml");
  writeFileSync(playbook, "name: restart\nsteps: none\n");
  const planning = withPlanningPorts({ configFile }, () => 0);
  await expect(planning).rejects.toThrow(ConfigError);
  await expect(planning).rejects.toThrow(playbook);
});
