// Publishing the log's heads, as the configuration asks for it: looks often, and the database lets one process in each
// interval do it.

import { resolve, dirname } from "node:path";
import type { Logger } from "pino";
import { publishHeads } from "#engine/publish-heads.ts";
import type { HeadPublications } from "#engine/publish-heads.ts";
import type { Clock } from "#engine/time.ts";
import { createHeadFile, headFileProblem } from "#adapters/audit-file/head-file.ts";
import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config.ts";
import { repeat } from "./repeat.ts";

const LOOK_EVERY_MS = 20_000;

/**
 * Returns how to stop; null: nothing is to be published.
 * @throws {ConfigError} for a file that can't be appended to.
 */
export async function startPublishingHeads(
  config: Config,
  { publications, clock }: { readonly publications: HeadPublications; readonly clock: Clock },
  { log, onError }: { readonly log: Logger; readonly onError: (error: unknown) => void },
): Promise<(() => Promise<void>) | null> {
  const { publish } = config.settings.audit;
  if (publish === undefined) return null;
  const path = publish.file === undefined ? null : resolve(dirname(config.file), publish.file);
  const problem = path === null ? null : await headFileProblem(path);
  if (problem !== null)
    throw new ConfigError(config.file, [
      {
        path: "audit.publish.file",
        found: `${path} (${problem})`,
        expected: "a file that can be appended to, in a folder that is there",
      },
    ]);
  const publishing = {
    everyMs: publish.every,
    channelId: publish.channel ?? null,
    file: path === null ? null : createHeadFile(path),
    onFileError: (error: string) =>
      log.error(
        { error, file: path },
        "the heads of the audit log could not be written to the file",
      ),
  };
  return repeat(LOOK_EVERY_MS, clock, onError, async () => {
    await publishHeads({ publications, clock }, publishing);
  });
}
