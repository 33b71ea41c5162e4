// Whether a TCP port answers, under the same lists of hosts and the same guard of addresses as an HTTP request.
// Opens a connection and closes it again; sends no byte.

import { connect, isIP } from "node:net";
import { abortFailure, OperationError } from "#engine/failure.ts";
import { AddressRefused, createAddressGuard, resolveWithSystem } from "./address-guard.ts";
import type { AddressGuard, Resolve } from "./address-guard.ts";
import { targetRefusal } from "./http-config.ts";
import type { HttpConfig } from "./http-config.ts";
import { connectionFailure } from "./http-errors.ts";

export type TcpReach = {
  /** Null when the configuration allows this host, else one sentence. */
  readonly refusal: (host: string, port: number, profile: string | null) => string | null;
  /** The address that took the connection. @throws {OperationError} */
  readonly connect: (host: string, port: number, signal: AbortSignal) => Promise<string>;
};

/** A host is reachable here when a request over HTTP or HTTPS to this port would be. */
export function createTcpReach(config: HttpConfig, resolve: Resolve = resolveWithSystem): TcpReach {
  const guard = createAddressGuard(config.allowedPrivateRanges, resolve);
  return {
    refusal: (host, port, profile) => {
      const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
      // Nothing secret is sent, so a profile only adds its hosts.
      const allowed = [null, ...(profile === null ? [] : [profile])].some((profileName) =>
        ["http", "https"].some((scheme) => {
          const url = new URL(`${scheme}://${authority}/`);
          return targetRefusal(config, { profileName, url }) === null;
        }),
      );
      return allowed ? null : `The host ${authority} is not among those that checks may reach.`;
    },
    connect: (host, port, signal) => {
      const place = `${host}:${port}`;
      if (signal.aborted) {
        return Promise.reject(new OperationError(abortFailure(`${place} was not asked`)));
      }
      return opened(guard, { host, port, signal, timeoutMs: config.connectTimeoutMs }).catch(
        (error: unknown) => {
          const failure = signal.aborted
            ? abortFailure(`${place} had not answered`)
            : connectionFailure(error, place);
          throw new OperationError(failure, { cause: error });
        },
      );
    },
  };
}

type Opening = {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
};

function opened(guard: AddressGuard, { host, port, signal, timeoutMs }: Opening): Promise<string> {
  // Node asks `lookup` for names only, so a literal is checked here.
  const refusal = isIP(host) === 0 ? null : guard.refusal(host);
  if (refusal !== null) return Promise.reject(new AddressRefused(host, refusal));
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal, lookup: guard.lookup });
    socket.setTimeout(timeoutMs, () => {
      const message = `no connection within ${timeoutMs} ms`;
      socket.destroy(Object.assign(new Error(message), { code: "ETIMEDOUT" }));
    });
    socket.once("error", reject);
    socket.once("connect", () => {
      resolve(socket.remoteAddress ?? host);
      socket.destroy();
    });
  });
}
