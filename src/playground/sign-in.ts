// "Sign in with Slack" as the app sees it: codes for whoever said yes, each exchanged once for an ID token.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { SeedUser } from "./seed.ts";
import type { WorkspaceState } from "./workspace-state.ts";

/** What the app asks for when it sends a browser here. */
export interface SignInRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
}

interface IssuedCode extends SignInRequest {
  readonly userId: string;
  readonly until: number;
}

/** As Slack has it. */
const codeMs = 600_000;
const tokenSeconds = 300;

export type Exchanged =
  | { readonly ok: true; readonly id_token: string; readonly access_token: string }
  | { readonly ok: false; readonly error: string };

export class SignIn {
  readonly #options: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly issuer: string;
    readonly state: WorkspaceState;
    readonly clock: Clock;
  };
  readonly #codes = new Map<string, IssuedCode>();

  constructor(options: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly issuer: string;
    readonly state: WorkspaceState;
    readonly clock: Clock;
  }) {
    this.#options = options;
  }

  /** Those who can be signed in as: Slack lets nobody in who is deactivated, and no bot signs in. */
  people(): readonly SeedUser[] {
    return this.#options.state.people.users.filter(
      (user) => user.deleted !== true && user.isBot !== true,
    );
  }

  /** What is wrong with a request, as Slack names it; undefined: nothing. */
  problem({ clientId, redirectUri }: SignInRequest): string | undefined {
    if (clientId !== this.#options.clientId) return "invalid_client_id";
    const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined;
    // Slack wants an address that the app registered; here it is any on this machine.
    const isHere = url !== undefined && ["localhost", "127.0.0.1"].includes(url.hostname);
    return isHere ? undefined : "bad_redirect_uri";
  }

  /** Where the browser goes after the person said yes. */
  allow(request: SignInRequest, userId: string): string {
    const code = randomBytes(16).toString("hex");
    const until = this.#options.clock.now() + codeMs;
    this.#codes.set(code, { ...request, userId, until });
    return withQuery(request.redirectUri, { code, state: request.state });
  }

  exchange(given: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly code: string;
    readonly redirectUri: string;
  }): Exchanged {
    const { clientId, clientSecret, clock } = this.#options;
    const isClient = given.clientId === clientId && isSame(given.clientSecret, clientSecret);
    if (!isClient) return { ok: false, error: "bad_client_secret" };
    const issued = this.#codes.get(given.code);
    this.#codes.delete(given.code);
    if (issued === undefined || clock.now() >= issued.until)
      return { ok: false, error: "invalid_code" };
    if (issued.redirectUri !== given.redirectUri) return { ok: false, error: "bad_redirect_uri" };
    return {
      ok: true,
      access_token: `xoxp-${randomBytes(16).toString("hex")}`,
      id_token: this.#idToken(issued),
    };
  }

  #idToken({ userId, nonce }: IssuedCode): string {
    const { issuer, clientId, clientSecret, state, clock } = this.#options;
    const user = state.people.find(userId);
    const iat = Math.floor(clock.now() / 1000);
    const claims = {
      iss: issuer,
      sub: userId,
      aud: clientId,
      exp: iat + tokenSeconds,
      iat,
      nonce,
      "https://slack.com/team_id": user === undefined ? "" : state.people.teamOf(user),
      "https://slack.com/user_id": userId,
    };
    const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
    return `${signed}.${createHmac("sha256", clientSecret).update(signed).digest("base64url")}`;
  }
}

/** Where the browser goes when the person said no. */
export function refusedLocation({ redirectUri, state }: SignInRequest): string {
  return withQuery(redirectUri, { error: "access_denied", state });
}

function withQuery(address: string, query: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
