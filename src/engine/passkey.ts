// Passkeys of people, and the port that keeps them and the links to use them by. Knows no cryptography: what
// WebAuthn and OpenID Connect mean is an adapter's business.

import type { AuditEntry } from "./audit-event.ts";
import type { Notice } from "./notice.ts";
import type { IssuedStepUp, StepUp } from "./step-up.ts";
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
  /** Forgets what was over before this moment. Answers how many there were. */
  removeOver(before: Instant): Promise<number>;

  /** Oldest first. */
  passkeys(teamId: string, userId: string): Promise<readonly Passkey[]>;
  /** With its audit entries and notices in one transaction. `exists`: somebody has this credential id already. */
  addPasskey(
    passkey: Passkey,
    told: { readonly events: readonly AuditEntry[]; readonly notices: readonly Notice[] },
  ): Promise<"added" | "exists">;
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
    told: { readonly events: readonly AuditEntry[] },
  ): Promise<"removed" | "unknown">;
};
