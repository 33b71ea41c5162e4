// A secret from a file that only its owner and group can read. Knows no plan.

import { constants, open } from "node:fs/promises";
import { SecretUnavailable } from "#engine/secret-box.ts";
import { LARGEST_SECRET_BYTES } from "./secret-sources.ts";

/** Everybody may read it, or write it and so choose what is sent. */
const OTHERS = 0o006;

/** @throws {SecretUnavailable} */
export async function readSecretFile(path: string): Promise<string> {
  try {
    // What is looked at is what is read: the file may be exchanged meanwhile.
    // Links are followed, because mounted secrets are links; a pipe in its place must not be waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const about = await file.stat();
      if (!about.isFile()) throw new SecretUnavailable(`${path} is not a file`);
      if ((about.mode & OTHERS) !== 0)
        throw new SecretUnavailable(
          `everybody on its host can read or write ${path} (mode ${(about.mode & 0o777).toString(8)}); expected 640 or less: run chmod 600 on it`,
        );
      if (about.size > LARGEST_SECRET_BYTES)
        throw new SecretUnavailable(
          `${path} has ${about.size} bytes, and a secret has at most ${LARGEST_SECRET_BYTES}`,
        );
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof SecretUnavailable) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new SecretUnavailable(`${path} cannot be read (${code})`, { cause: error });
  }
}
