// Seals secret answers with AES-256-GCM. The run, step and field are authenticated with the text, so that no row can
// be passed off as another's. The key is in this process only.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { parseReference, secretReference, SecretUnavailable } from "#engine/secret-box.ts";
import type { SealedStore, SecretBox, SecretPlace } from "#engine/secret-box.ts";

/** NIST SP 800-38D, 8.2: 96 random bits, far below 2^32 messages under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ID_LENGTH = 16;

export type SecretKey =
  /** 32 bytes. */
  | { readonly kind: "key"; readonly bytes: Buffer }
  /** A complete sentence: what is missing and what to do. */
  | { readonly kind: "missing"; readonly sentence: string };

export function createSecretBox(key: SecretKey, store: SealedStore): SecretBox {
  if (key.kind === "missing") return boxWithoutKey(key.sentence, store);
  const { bytes } = key;
  const keyId = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return {
    problem: () => null,
    async seal(place, text) {
      const id = newId();
      await store.put({ ...place, id, keyId, sealed: sealText(bytes, aboutOf(place, id), text) });
      return secretReference(place, id);
    },
    async open(reference, within) {
      const named = ownReference(reference, within);
      const row = await store.get(named.id);
      if (row === null) throw new SecretUnavailable("the secret answer is not kept any more");
      if (row.keyId !== keyId)
        throw new SecretUnavailable(
          "the secret answer was sealed with another key than this process has: give all processes the same COUNTERSIGN_SECRET_KEY",
        );
      return openText(bytes, aboutOf(named.place, named.id), row.sealed);
    },
    forget: (references) => forget(store, references),
  };
}

/** What was sealed before can't be opened, and nothing can be sealed; forgetting needs no key. */
function boxWithoutKey(sentence: string, store: SealedStore): SecretBox {
  const missing = async (): Promise<never> => {
    throw new SecretUnavailable(sentence.replace(/\.$/, ""));
  };
  return {
    problem: () => sentence,
    seal: missing,
    open: missing,
    forget: (references) => forget(store, references),
  };
}

function ownReference(
  reference: string,
  { runId, stepId }: { readonly runId: string; readonly stepId: string },
) {
  const named = parseReference(reference);
  if (named === null) throw new SecretUnavailable("it refers to no secret answer");
  const { place } = named;
  if (place.runId !== runId || place.stepId !== stepId) {
    throw new SecretUnavailable(
      `the secret answer belongs to step ${place.stepId} of ${place.runId}, and no other step may use it`,
    );
  }
  return named;
}

async function forget(store: SealedStore, references: readonly string[]): Promise<void> {
  const ids = references.flatMap((reference) => parseReference(reference)?.id ?? []);
  if (ids.length > 0) await store.remove(ids);
}

function aboutOf({ runId, stepId, field }: SecretPlace, id: string): Buffer {
  return Buffer.from(JSON.stringify([runId, stepId, field, id]));
}

function sealText(key: Buffer, about: Buffer, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(about);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
}

function openText(key: Buffer, about: Buffer, text: string): string {
  const bytes = Buffer.from(text, "base64");
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(about);
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
  } catch (error) {
    throw new SecretUnavailable("the sealed answer was changed or belongs elsewhere", {
      cause: error,
    });
  }
}

function newId(): string {
  // 256 is a multiple of 32, so the low five bits of a random byte are uniform.
  return [...randomBytes(ID_LENGTH)].map((byte) => ID_ALPHABET.charAt(byte & 31)).join("");
}
