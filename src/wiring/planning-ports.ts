// What plans are made with on a command line: the configuration, its operations and its playbooks. Nothing here can
// file, approve or run anything.

import type { PlanningPorts } from "#engine/sound-plan.ts";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { loadConfig } from "../config.ts";
import type { Config, ConfigOverrides } from "../config.ts";
import { openOperations } from "./open-operations.ts";
import { openPlaybooks } from "./open-playbooks.ts";

/** @throws {ConfigError} */
export async function withPlanningPorts(
  overrides: ConfigOverrides,
  act: (ports: PlanningPorts, config: Config) => number | Promise<number>,
): Promise<number> {
  const config = loadConfig(overrides);
  const redactor = createSecretRedactor(config.secrets);
  const operations = openOperations(config, redactor);
  try {
    const ports = {
      redactor,
      policy: config.policy,
      registry: operations.registry,
      playbooks: openPlaybooks(config),
    };
    return await act(ports, config);
  } finally {
    operations.close();
  }
}
