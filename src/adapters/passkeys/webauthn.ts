// WebAuthn by @simplewebauthn/server: options for the browser, and the check of what it answers. User verification is
// required every time. What a browser sent is never repeated in a refusal: it goes to `report`, for the log.

import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { createHash } from "node:crypto";
import { z } from "zod";
import type { JsonObject } from "#engine/json.ts";
import type { NewPasskey, Passkey, PasskeyCheck } from "#engine/passkey.ts";
import { accept, refuse } from "#engine/result.ts";

/** As the browser shows it beside the address. */
const RP_NAME = "Countersign";
/** Ed25519, P-256 and RSA: whatever checks the log in ten years can verify these. Named, because the default depends on the runtime. */
const ALGORITHMS = [-8, -7, -257];
/** In the browser; the engine's own limit decides. */
const TIMEOUT_MS = 120_000;

const base64Url = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .max(20_000);
const shared = { id: base64Url.max(2_000), rawId: base64Url, type: z.literal("public-key") };
const registrationSchema = z.object({
  ...shared,
  response: z.object({
    clientDataJSON: base64Url,
    attestationObject: base64Url,
    transports: z.array(z.string().max(30)).max(10).optional(),
  }),
  clientExtensionResults: z.object({}).default({}),
});
const assertionSchema = z.object({
  ...shared,
  response: z.object({
    clientDataJSON: base64Url,
    authenticatorData: base64Url,
    signature: base64Url,
    userHandle: base64Url.nullish().transform((handle) => handle ?? undefined),
  }),
  clientExtensionResults: z.object({}).default({}),
});

const NOT_AN_ANSWER = "what the browser sent is not a passkey's answer.";
const NOT_MEANT =
  "its answer is not one to this question at this address, or the device did not check that it is you.";

/**
 * @param origin of our pages, such as `https://ops.example.com`. Its host name is the relying party's id.
 * @param report why an answer was refused, in the library's words.
 */
export function createWebauthn({
  origin,
  report,
}: {
  readonly origin: () => Promise<string>;
  readonly report: (reason: string) => void;
}): PasskeyCheck {
  const refused = (error: unknown) => {
    report(error instanceof Error ? error.message : String(error));
    return refuse(NOT_MEANT);
  };
  return {
    async registrationOptions({ challenge, person, known }) {
      const options = await generateRegistrationOptions({
        rpName: RP_NAME,
        rpID: rpIdOf(await origin()),
        userName: person.name,
        userDisplayName: person.name,
        userID: handleOf(person),
        challenge: bytesOf(challenge),
        timeout: TIMEOUT_MS,
        attestationType: "none",
        supportedAlgorithmIDs: ALGORITHMS,
        excludeCredentials: known.map(descriptorOf),
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      });
      return options as unknown as JsonObject;
    },

    async verifyRegistration(response, challenge) {
      const parsed = registrationSchema.safeParse(response);
      if (!parsed.success) return refuse(NOT_AN_ANSWER);
      const expectedOrigin = await origin();
      try {
        const verified = await verifyRegistrationResponse({
          response: parsed.data as RegistrationResponseJSON,
          expectedChallenge: challenge,
          expectedOrigin,
          expectedRPID: rpIdOf(expectedOrigin),
          requireUserVerification: true,
          supportedAlgorithmIDs: ALGORITHMS,
        });
        if (!verified.verified) return refused("the registration does not verify");
        return accept(newPasskeyOf(verified.registrationInfo, parsed.data.response.transports));
      } catch (error) {
        return refused(error);
      }
    },

    async assertionOptions({ challenge, known }) {
      const options = await generateAuthenticationOptions({
        rpID: rpIdOf(await origin()),
        challenge: bytesOf(challenge),
        timeout: TIMEOUT_MS,
        allowCredentials: known.map(descriptorOf),
        userVerification: "required",
      });
      return options as unknown as JsonObject;
    },

    credentialIdOf(response) {
      const parsed = assertionSchema.safeParse(response);
      return parsed.success ? parsed.data.id : null;
    },

    async verifyAssertion(response, challenge, passkey) {
      const parsed = assertionSchema.safeParse(response);
      if (!parsed.success) return refuse(NOT_AN_ANSWER);
      const expectedOrigin = await origin();
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response: parsed.data as AuthenticationResponseJSON,
          expectedChallenge: challenge,
          expectedOrigin,
          expectedRPID: rpIdOf(expectedOrigin),
          requireUserVerification: true,
          credential: {
            id: passkey.credentialId,
            publicKey: bytesOf(passkey.publicKey),
            counter: passkey.counter,
          },
        });
        if (!verified) return refused("the signature does not verify");
        const { authenticatorData, clientDataJSON, signature } = parsed.data.response;
        return accept({
          counter: authenticationInfo.newCounter,
          assertion: { authenticatorData, clientDataJSON, signature },
        });
      } catch (error) {
        return refused(error);
      }
    },
  };
}

type RegistrationInfo = NonNullable<
  Awaited<ReturnType<typeof verifyRegistrationResponse>>["registrationInfo"]
>;

function newPasskeyOf(
  { credential, credentialDeviceType }: RegistrationInfo,
  transports: readonly string[] = [],
): NewPasskey {
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString("base64url"),
    counter: credential.counter,
    transports,
    synced: credentialDeviceType === "multiDevice",
  };
}

function descriptorOf({ credentialId, transports }: Passkey) {
  return { id: credentialId, transports: [...transports] };
}

function rpIdOf(origin: string): string {
  return new URL(origin).hostname;
}

/** The same for a person every time, and nothing that names them: authenticators store it in the clear. */
function handleOf({ teamId, userId }: { readonly teamId: string; readonly userId: string }) {
  return new Uint8Array(createHash("sha256").update(`${teamId}/${userId}`).digest());
}

function bytesOf(text: string) {
  return new Uint8Array(Buffer.from(text, "base64url"));
}
