// The key of a program that is one process: made at its first start and kept beside its data, for its owner only.

import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const NAME = "secret.key";
const KEY_BYTES = 32;

/** @throws {Error} naming the file when it can't be read, is no key, or others may read it. */
export function keyInFile(directory: string): Buffer {
  const file = join(directory, NAME);
  mkdirSync(directory, { recursive: true });
  try {
    // Fails when the file is there: two starts at once leave one key.
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString("base64")}\n`, {
      mode: 0o600,
      flag: "wx",
    });
    // The mode given at creation is narrowed by the umask, never widened.
    chmodSync(file, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0)
    throw new Error(
      `${file} can be read by others (mode ${mode.toString(8)}); expected 600: run chmod 600 on it`,
    );
  const key = parseKey(readFileSync(file, "utf8").trim());
  if (key === null) throw new Error(`${file} holds no key; expected ${KEY_BYTES} bytes in base 64`);
  return key;
}

/** 32 bytes in base 64; null for anything else. */
export function parseKey(text: string): Buffer | null {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return null;
  const bytes = Buffer.from(text, "base64");
  return bytes.length === KEY_BYTES ? bytes : null;
}
