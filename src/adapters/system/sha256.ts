// SHA-256 for the engine, which has no cryptography of its own.

import { createHash } from "node:crypto";
import type { Sha256 } from "#engine/time.ts";

export const sha256: Sha256 = (text) => createHash("sha256").update(text, "utf8").digest("hex");
