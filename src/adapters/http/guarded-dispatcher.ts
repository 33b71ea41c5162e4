// One connection to one checked address, with TLS always verified. Remembers whether it came up,
// which is what separates "certainly not sent" from "may have arrived".

import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import { Agent, buildConnector } from "undici";
import { AddressRefused } from "./address-guard.ts";
import type { AddressGuard } from "./address-guard.ts";
import type { HttpConfig, HttpProfile } from "./http-config.ts";

export type GuardedDispatcher = {
  readonly agent: Agent;
  /** True once a connection stood: from then on bytes of the request may have left. */
  readonly connected: () => boolean;
};

/** A connection per request: nothing is kept open between steps that may be hours apart. */
export function openDispatcher(
  config: HttpConfig,
  profile: HttpProfile | null,
  guard: AddressGuard,
): GuardedDispatcher {
  let connected = false;
  const pinned = profile?.certificateSha256?.replaceAll(":", "").toUpperCase();
  const connect = buildConnector({
    lookup: guard.lookup,
    timeout: config.connectTimeoutMs,
    allowH2: false,
    maxCachedSessions: 0,
    // A pin alone names the one acceptable certificate, whoever signed it; it is compared below,
    // before a byte is sent. In every other case Node verifies the chain and the name.
    rejectUnauthorized: !(pinned !== undefined && profile?.caPem === undefined),
    ...(profile?.caPem === undefined ? {} : { ca: profile.caPem }),
  });
  const agent = new Agent({
    connections: 1,
    pipelining: 1,
    connect: (options, callback) => {
      // Node asks `lookup` for names only, so a literal is checked here.
      const literal = options.hostname.replace(/^\[(.*)\]$/, "$1");
      const refusal = isIP(literal) === 0 ? null : guard.refusal(literal);
      if (refusal !== null) return callback(new AddressRefused(literal, refusal), null);
      connect(options, (error, socket) => {
        if (error !== null) return callback(error, null);
        if (pinned !== undefined && !hasFingerprint(socket, pinned)) {
          socket.destroy();
          return callback(certificateError(options.hostname), null);
        }
        connected = true;
        callback(null, socket);
      });
    },
  });
  return { agent, connected: () => connected };
}

function hasFingerprint(socket: object, pinned: string): boolean {
  if (!("getPeerX509Certificate" in socket)) return false;
  const certificate = (socket as TLSSocket).getPeerX509Certificate();
  return certificate?.fingerprint256.replaceAll(":", "") === pinned;
}

function certificateError(hostname: string): Error {
  const message = `${hostname} showed another certificate than the profile names`;
  return Object.assign(new Error(message), { code: "CERTIFICATE_NOT_PINNED" });
}
