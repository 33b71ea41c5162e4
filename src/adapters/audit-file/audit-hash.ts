// The hash of a link of the chain, the same formula as the database's `countersign_append`: docs/audit-format.md.

import { createHash } from "node:crypto";

/** The hash before a workspace's first link. */
export const GENESIS_HASH = "0".repeat(64);

/** SHA-256 of the hash before and the digest of the link's last event, each as 32 bytes. All in hexadecimal. */
export function linkHash(previousHash: string, digest: string): string {
  return createHash("sha256").update(previousHash, "hex").update(digest, "hex").digest("hex");
}
