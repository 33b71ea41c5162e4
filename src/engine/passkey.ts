// Passkeys of people, and the ports that keep and check them and sign people in with Slack. Knows no cryptography:
// what WebAuthn and OpenID Connect mean is an adapter's business.

import type { AuditEntry } from "./audit-event.ts";
import type { JsonObject } from "./json.ts";
import type { Notice } from "./notice.ts";
import type { Result } from "./result.ts";
import type { Assertion, IssuedStepUp, StepUp } from "./step-up.ts";
import type { Instant } from "./time.ts";

export type Passkey = {
  readonly teamId: string;
  readonly userId: string;
  /** SHA-256 of the credential id: how it is named in events and to people. */
  readonly digest: string;
  /** Base 64 URL, as the authenticator made it. */
  readonly credentialId: string;
  /** COSE key, base 64 URL. */
  readonly publicKey: string;
  /** Of its signatures as the authenticator counts them; stays 0 where it doesn't. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** True when it is synchronized between a person's devices. */
  readonly synced: boolean;
  readonly registeredAt: Instant;
  readonly usedAt: Instant | null;
};

/** What a registration tells of a new passkey. */
export type NewPasskey = Pick<
  Passkey,
  "credentialId" | "publicKey" | "counter" | "transports" | "synced"
>;

/** WebAuthn as the engine uses it. User verification is always required. Refusals are complete sentences. */
export type PasskeyCheck = {
  /** What `navigator.credentials.create` is given. */
  registrationOptions(wish: {
    readonly challenge: string;
    readonly person: { readonly teamId: string; readonly userId: string; readonly name: string };
    readonly known: readonly Passkey[];
  }): Promise<JsonObject>;
  verifyRegistration(response: unknown, challenge: string): Promise<Result<NewPasskey, string>>;
  /** What `navigator.credentials.get` is given. */
  assertionOptions(wish: {
    readonly challenge: string;
    readonly known: readonly Passkey[];
  }): Promise<JsonObject>;
  /** The credential id that an answer names; null for anything that isn't an answer. */
  credentialIdOf(response: unknown): string | null;
  verifyAssertion(
    response: unknown,
    challenge: string,
    passkey: Passkey,
  ): Promise<
    Result<{ readonly counter: number; readonly assertion: Omit<Assertion, "salt"> }, string>
  >;
};

/** "Sign in with Slack", as OpenID Connect has it. Refusals are complete sentences. */
export type SlackSignIn = {
  /** Where the browser is sent. */
  authorizeUrl(wish: {
    readonly teamId: string;
    readonly state: string;
    readonly nonce: string;
    readonly redirectUri: string;
  }): string;
  /** Whom Slack names for the code, after its answer was checked in every respect but the nonce's value. */
  identityOf(given: {
    readonly code: string;
    readonly redirectUri: string;
  }): Promise<
    Result<{ readonly teamId: string; readonly userId: string; readonly nonce: string }, string>
  >;
};

/** What is written beside a change, in its transaction. */
export type Told = { readonly events: readonly AuditEntry[]; readonly notices: readonly Notice[] };

/** What is known of a step-up: the token's, the session's or the challenge's digest, never the value itself. */
export type StepUpKey =
  | { readonly link: string }
  | { readonly session: string }
  | { readonly proof: string };

export type StepUpStore = {
  /** Keeps a new link. An earlier one of the same person for the same plan is gone with it. */
  issue(stepUp: IssuedStepUp): Promise<void>;
  find(key: StepUpKey): Promise<StepUp | null>;
  /**
   * Reads the step-up with its row locked, lets `decide` look at it, and keeps what it answers, in one transaction.
   * `decide` is called once and must be pure. Null: no such step-up.
   */
  change<T>(
    key: StepUpKey,
    decide: (stepUp: StepUp) => { readonly stepUp: StepUp | null; readonly answer: T },
  ): Promise<T | null>;
  /** Writes what changes nothing: a refusal, and the word of it. */
  tell(told: Told): Promise<void>;
  /** Forgets what was over before this moment. Answers how many there were. */
  removeOver(before: Instant): Promise<number>;

  /** Oldest first. */
  passkeys(teamId: string, userId: string): Promise<readonly Passkey[]>;
  /** With its audit entries and notices in one transaction. `exists`: the person has a passkey, or somebody has this credential id. */
  addPasskey(passkey: Passkey, told: Told): Promise<"added" | "exists">;
  /** Moves its counter forward. `behind`: it was used since with this count or a higher one, so it may be a copy. */
  usePasskey(
    teamId: string,
    digest: string,
    counter: number,
    at: Instant,
  ): Promise<"used" | "behind" | "unknown">;
  /** With its audit entry in one transaction. */
  removePasskey(
    teamId: string,
    digest: string,
    told: Pick<Told, "events">,
  ): Promise<"removed" | "unknown">;
};
