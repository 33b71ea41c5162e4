// SHA-256 for the engine, which has no cryptography of its own.

import { hash } from "node:crypto";
import type { Sha256 } from "#engine/time.ts";

export const sha256: Sha256 = (text) => hash("sha256", text, "hex");
