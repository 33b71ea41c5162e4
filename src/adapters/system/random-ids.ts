// Identifiers nobody can guess, short enough to read out over a phone: 50 random bits in Crockford base 32.

import { randomBytes } from "node:crypto";
import type { IdSource } from "#engine/time.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 10;

export const randomIds: IdSource = {
  next(prefix) {
    let id = "";
    // 256 is a multiple of 32, so the low five bits of a random byte are uniform.
    for (const byte of randomBytes(LENGTH)) id += ALPHABET.charAt(byte & 31);
    return `${prefix}-${id}`;
  },
  token: () => randomBytes(32).toString("base64url"),
};
