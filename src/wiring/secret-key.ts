// Where the key that seals secret answers comes from: the environment, or a file of its own when this is the only
// process there can be.

import { keyInFile } from "#adapters/sealed-answers/key-file.ts";
import type { SecretKey } from "#adapters/sealed-answers/secret-box.ts";
import type { Config } from "../config.ts";

export function secretKeyOf(config: Config): SecretKey {
  if (config.secretKey !== null) return { kind: "key", bytes: config.secretKey };
  // Without Redis all work is in one process: nobody else has to open what this one seals.
  if (config.redisUrl === null) return { kind: "key", bytes: keyInFile(config.dataDirectory) };
  return {
    kind: "missing",
    sentence:
      "Several processes may share this work, so they need the same key: set COUNTERSIGN_SECRET_KEY for each of them to the output of openssl rand -base64 32.",
  };
}
