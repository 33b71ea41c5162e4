// `check.tcp_port`: a port takes connections. How it is reached is passed in.

import { z } from "zod";
import { OperationError } from "#engine/failure.ts";
import type { Operation } from "#engine/operation.ts";
import { forbidden, notHeld, READS } from "./condition.ts";

/** The way to a host: who may be reached, and the connection itself. */
export type TcpReach = {
  /** Null when the configuration allows this host, else one sentence. */
  readonly refusal: (host: string, port: number, profile: string | null) => string | null;
  /** Opens a connection and closes it again; the address that took it. @throws {OperationError} */
  readonly connect: (host: string, port: number, signal: AbortSignal) => Promise<string>;
};

const input = z.strictObject({
  host: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9._:-]+$/, "must be a host name or an IP address")
    .refine(isHost, "must be a host name or an IP address, without a port")
    .transform((host) => (host.includes(":") ? host : hostUrl(host).hostname)),
  port: z.int().min(1).max(65_535),
});
type Input = z.infer<typeof input>;

const result = z.strictObject({
  /** The one of the host's addresses that took the connection. */
  address: z.string(),
});

export function tcpPort(reach: TcpReach): Operation<Input, z.infer<typeof result>> {
  return {
    ...READS,
    name: "check.tcp_port",
    summary: "Check that a TCP port takes connections.",
    input,
    result,
    example: { host: "db.example.com", port: 5432 },
    defaultTimeoutMs: 30_000,
    describe: (given) => `Check that ${placeOf(given)} takes connections.`,
    target: (given) => `tcp:${placeOf(given)}`,
    permitted: ({ host, port }, profile) => reach.refusal(host, port, profile),
    run: async (given, { profile, signal, output }) => {
      const { host, port } = given;
      const refusal = reach.refusal(host, port, profile);
      if (refusal !== null) throw forbidden(refusal);
      try {
        const address = await reach.connect(host, port, signal);
        output(`${placeOf(given)} took a connection\n`);
        return { address };
      } catch (error) {
        if (!(error instanceof OperationError)) throw error;
        const { code, message } = error.failure;
        if (code === "ADDRESS_REFUSED") throw forbidden(message, error);
        if (code !== "ECONNREFUSED") throw error;
        throw notHeld(`${placeOf(given)} refused the connection, expected it to take one.`);
      }
    },
  };
}

function placeOf({ host, port }: Input): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function hostUrl(host: string): URL {
  return new URL(`http://${host.includes(":") ? `[${host}]` : host}/`);
}

function isHost(host: string): boolean {
  try {
    return hostUrl(host).port === "";
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
