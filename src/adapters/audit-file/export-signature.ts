// A detached signature of an export: who holds the private key says that these bytes left the log then, under this
// selection. docs/audit-format.md has the format, which openssl can check too.

import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "#engine/canonical-json.ts";
import { EXPORT_FORMATS } from "./export-audit.ts";

const signedSchema = z.strictObject({
  countersign: z.literal("export-v1"),
  format: z.enum(EXPORT_FORMATS),
  /** Of the file, in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
  rows: z.int().nonnegative(),
  /** The filters by their names; empty: the whole log. */
  selection: z.record(z.string(), z.string()),
  exportedAt: z.iso.datetime(),
  /** SHA-256 of the public key's SubjectPublicKeyInfo in DER. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
});
const signatureSchema = z.strictObject({ signed: signedSchema, signature: z.base64() });

/** What is signed: the canonical JSON of this. */
export type SignedExport = z.infer<typeof signedSchema>;

/** A key that can't be used: what it is, and what is needed. */
export class UnusableKey extends Error {
  override readonly name = "UnusableKey";
  readonly found: string;
  readonly expected: string;
  constructor(found: string, expected: string, options?: ErrorOptions) {
    super(`found ${found}, expected ${expected}`, options);
    this.found = found;
    this.expected = expected;
  }
}

/** @throws {UnusableKey} */
export function readSigningKey(pem: string): KeyObject {
  return ed25519(
    () => createPrivateKey(pem),
    "an Ed25519 private key in PEM, without a passphrase",
  );
}

/** @throws {UnusableKey} */
export function readVerifyingKey(pem: string): KeyObject {
  if (pem.includes("PRIVATE KEY"))
    throw new UnusableKey("a private key", "an Ed25519 public key in PEM");
  return ed25519(() => createPublicKey(pem), "an Ed25519 public key in PEM");
}

function ed25519(read: () => KeyObject, expected: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (error) {
    // OpenSSL's messages repeat nothing of the key.
    throw new UnusableKey(
      `what OpenSSL refuses (${error instanceof Error ? error.message : String(error)})`,
      expected,
      { cause: error },
    );
  }
  if (key.asymmetricKeyType !== "ed25519")
    throw new UnusableKey(`a key of type ${key.asymmetricKeyType ?? key.type}`, expected);
  return key;
}

/** The text of the signature file. */
export function signExport(
  what: Omit<SignedExport, "countersign" | "key">,
  privateKey: KeyObject,
): string {
  const signed: SignedExport = {
    countersign: "export-v1",
    ...what,
    key: fingerprintOf(createPublicKey(privateKey)),
  };
  const signature = sign(null, Buffer.from(canonicalJson(signed)), privateKey).toString("base64");
  return `${JSON.stringify({ signed, signature }, null, 2)}\n`;
}

export type SignatureCheck =
  | { readonly ok: true; readonly signed: SignedExport }
  /** `reason`: a complete sentence. */
  | { readonly ok: false; readonly reason: string };

/**
 * Whether the signature is by this key and over these bytes.
 * @param file digest and size of the file at hand.
 */
export function checkSignature(
  text: string,
  file: { readonly sha256: string; readonly bytes: number },
  publicKey: KeyObject,
): SignatureCheck {
  const document = readSignature(text);
  if (document === null)
    return { ok: false, reason: "The signature file is not a signature of an export." };
  const { signed, signature } = document;
  const fingerprint = fingerprintOf(publicKey);
  if (signed.key !== fingerprint)
    return {
      ok: false,
      reason: `It was signed with another key: the signature names ${signed.key}, the key at hand is ${fingerprint}.`,
    };
  const bytes = Buffer.from(canonicalJson(signed));
  if (!verify(null, bytes, publicKey, Buffer.from(signature, "base64")))
    return { ok: false, reason: "The signature is not that of what the signature file says." };
  if (signed.sha256 !== file.sha256 || signed.bytes !== file.bytes)
    return {
      ok: false,
      reason: `The file is not the one that was signed: it has ${file.bytes} bytes with SHA-256 ${file.sha256}, signed were ${signed.bytes} bytes with ${signed.sha256}.`,
    };
  return { ok: true, signed };
}

function readSignature(text: string): z.infer<typeof signatureSchema> | null {
  try {
    return signatureSchema.parse(JSON.parse(text));
  } catch {
    // Whatever is wrong with it, it is no signature: the caller names the file.
    return null;
  }
}

function fingerprintOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");
}
