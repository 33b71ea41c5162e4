// An authenticator in software, so that a test can let it answer well or badly: P-256, counting its signatures. What it
// answers is what a browser sends, as WebAuthn Level 3 has it.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import type { KeyObject } from "node:crypto";

/** User present, user verified, attested credential data. */
const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;

/** What a test makes wrong of an answer. */
export type Flaw = {
  readonly origin?: string;
  readonly rpId?: string;
  readonly unverified?: boolean;
  readonly counter?: number;
  readonly type?: string;
  readonly challenge?: string;
};

export class SoftwarePasskey {
  readonly credentialId = randomBytes(16);
  readonly #key: KeyObject;
  readonly #origin: string;
  #counter = 0;

  constructor(origin: string, key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey) {
    this.#origin = origin;
    this.#key = key;
  }

  /** The same key in another device: its count starts where this one's is. */
  copy(): SoftwarePasskey {
    const pem = this.#key.export({ type: "pkcs8", format: "pem" });
    const copy = new SoftwarePasskey(this.#origin, createPrivateKey(pem));
    Object.assign(copy, { credentialId: this.credentialId });
    copy.#counter = this.#counter;
    return copy;
  }

  /** @param options what the page handed to `navigator.credentials.create`. */
  register(options: unknown, flaw: Flaw = {}) {
    const client = this.#clientData("webauthn.create", options, flaw);
    const authData = Buffer.concat([
      this.#authenticatorData(ATTESTED, flaw),
      Buffer.alloc(16),
      Buffer.from([0, this.credentialId.length]),
      this.credentialId,
      this.#coseKey(),
    ]);
    const attestationObject = Buffer.concat([
      Buffer.from([0xa3]),
      cborText("fmt"),
      cborText("none"),
      cborText("attStmt"),
      Buffer.from([0xa0]),
      cborText("authData"),
      cborBytes(authData),
    ]);
    return this.#answer({
      clientDataJSON: text(client),
      attestationObject: text(attestationObject),
    });
  }

  /** @param options what the page handed to `navigator.credentials.get`. */
  assert(options: unknown, flaw: Flaw = {}) {
    const client = this.#clientData("webauthn.get", options, flaw);
    const authenticatorData = this.#authenticatorData(0, flaw);
    const signed = Buffer.concat([authenticatorData, createHash("sha256").update(client).digest()]);
    return this.#answer({
      clientDataJSON: text(client),
      authenticatorData: text(authenticatorData),
      signature: text(sign("sha256", signed, this.#key)),
    });
  }

  #answer(response: Readonly<Record<string, string>>) {
    const id = text(this.credentialId);
    return { id, rawId: id, type: "public-key", response, clientExtensionResults: {} };
  }

  #clientData(type: string, options: unknown, flaw: Flaw): Buffer {
    const { challenge } = options as { readonly challenge: string };
    return Buffer.from(
      JSON.stringify({
        type: flaw.type ?? type,
        challenge: flaw.challenge ?? challenge,
        origin: flaw.origin ?? this.#origin,
        crossOrigin: false,
      }),
    );
  }

  #authenticatorData(extra: number, flaw: Flaw): Buffer {
    this.#counter = flaw.counter ?? this.#counter + 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.#counter);
    const rpId = flaw.rpId ?? new URL(this.#origin).hostname;
    const flags = extra | PRESENT | (flaw.unverified === true ? 0 : VERIFIED);
    return Buffer.concat([
      createHash("sha256").update(rpId).digest(),
      Buffer.from([flags]),
      counter,
    ]);
  }

  /** {1: EC2, 3: ES256, -1: P-256, -2: x, -3: y} */
  #coseKey(): Buffer {
    const { x = "", y = "" } = createPublicKey(this.#key).export({ format: "jwk" });
    return Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
      cborBytes(Buffer.from(x, "base64url")),
      Buffer.from([0x22]),
      cborBytes(Buffer.from(y, "base64url")),
    ]);
  }
}

function cborText(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
}

function cborBytes(value: Buffer): Buffer {
  const head =
    value.length < 256 ? [0x58, value.length] : [0x59, value.length >> 8, value.length & 255];
  return Buffer.concat([Buffer.from(head), value]);
}

function text(bytes: Buffer): string {
  return bytes.toString("base64url");
}
