import { createHash, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  checkSignature,
  readSigningKey,
  readVerifyingKey,
  signExport,
} from "./export-signature.ts";

const [ours, another] = [keyPair(), keyPair()];
const text = '{"seq":1}\n';
const file = { sha256: createHash("sha256").update(text).digest("hex"), bytes: text.length };
const export1 = {
  format: "ndjson",
  ...file,
  rows: 1,
  selection: { environment: "production" },
  exportedAt: "2026-11-26T05:00:00.000Z",
} as const;
const signature = signExport(export1, readSigningKey(ours.privateKey));

test("a signature is good for the bytes that were signed, and says what they are", () => {
  expect(check({})).toMatchObject({ ok: true, signed: export1 });
});

describe("a signature is bad", () => {
  test.each([
    [
      "for another file",
      { file: { ...file, sha256: "0".repeat(64) } },
      /not the one that was signed/,
    ],
    ["for a file of another size", { file: { ...file, bytes: 9 } }, /not the one that was signed/],
    ["by another key", { key: another.publicKey }, /signed with another key/],
    [
      "when its selection was changed",
      { signature: changed("production", "") },
      /not that of what/,
    ],
    [
      "when its row count was changed",
      { signature: changed('"rows": 1', '"rows": 2') },
      /not that of/,
    ],
    [
      "when it has a member more",
      { signature: changed('"rows"', '"x": 1, "rows"') },
      /not a signature/,
    ],
    ["when it is no JSON", { signature: "-----BEGIN" }, /not a signature/],
  ])("%s", (_case, given, reason) => {
    const answer = check(given);
    expect(answer.ok).toBe(false);
    if (!answer.ok) expect(answer.reason).toMatch(reason);
  });
});

describe("a key is refused with what was found and expected", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  test.each([
    ["no PEM", () => readSigningKey("secret"), /OpenSSL refuses .*expected an Ed25519 private key/],
    [
      "a public key to sign with",
      () => readSigningKey(ours.publicKey),
      /expected an Ed25519 private/,
    ],
    [
      "another algorithm",
      () => readSigningKey(rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
      /type rsa, expected an Ed25519 private key/,
    ],
    ["a private key to check with", () => readVerifyingKey(ours.privateKey), /found a private key/],
    [
      "one with a passphrase",
      () => readSigningKey(keyPair("word").privateKey),
      /expected an Ed25519 private key in PEM, without a passphrase/,
    ],
  ])("%s", (_case, read, message) => {
    expect(read).toThrow(message);
  });
});

function check(given: { signature?: string; file?: typeof file; key?: string }) {
  return checkSignature(
    given.signature ?? signature,
    given.file ?? file,
    readVerifyingKey(given.key ?? ours.publicKey),
  );
}

function changed(from: string, to: string): string {
  expect(signature).toContain(from);
  return signature.replace(from, to);
}

function keyPair(passphrase?: string) {
  return generateKeyPairSync("ed25519", {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: {
      type: "pkcs8",
      format: "pem",
      ...(passphrase !== undefined && { cipher: "aes-256-cbc", passphrase }),
    },
  });
}
