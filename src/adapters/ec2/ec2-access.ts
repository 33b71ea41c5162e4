// The way to EC2: one client for each profile and region, every error told apart. Knows no action.

import { EC2Client } from "@aws-sdk/client-ec2";
import { abortFailure, OperationError, OutcomeUnknown } from "#engine/failure.ts";
import type { Preview } from "#engine/operation.ts";
import { ec2ProfileOf, placeRefusal } from "./ec2-config.ts";
import type { Ec2Config, Ec2Place } from "./ec2-config.ts";
import { ec2Failure, mayHaveActed, reportedBy } from "./ec2-errors.ts";

export type Ec2Target = Ec2Place & { readonly signal: AbortSignal };

/** Sends one command with the client and the options given. */
type Send<T> = (client: EC2Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>;

export type Ec2Access = {
  readonly config: Ec2Config;
  /** @throws {OperationError} */
  readonly read: <T>(target: Ec2Target, send: Send<T>) => Promise<T>;
  /** @throws {OperationError} EC2 refused, or the call never left. @throws {OutcomeUnknown} the answer was lost. */
  readonly change: <T>(target: Ec2Target, send: Send<T>) => Promise<T>;
  /** `send` must set `DryRun`. @throws {OperationError} when EC2 could not be asked. */
  readonly dryRun: (target: Ec2Target, send: Send<unknown>) => Promise<Preview>;
  /** Ends the connections kept open for reuse. */
  readonly close: () => void;
};

const CONNECT_TIMEOUT_MS = 5_000;
/** A socket silent for so long is lost; EC2 answers within seconds. */
const SILENCE_TIMEOUT_MS = 60_000;

export function createEc2Access(config: Ec2Config): Ec2Access {
  const clients = new Map<string, EC2Client>();

  const clientFor = ({ region, profile }: Ec2Place): EC2Client => {
    const key = JSON.stringify([profile, region]);
    const client = clients.get(key) ?? openClient(config, { region, profile });
    clients.set(key, client);
    return client;
  };

  const attempt = async <T>(target: Ec2Target, send: Send<T>): Promise<T> => {
    const refusal = placeRefusal(config, target);
    if (refusal !== null) throw new OperationError({ category: "authorization", message: refusal });
    if (target.signal.aborted) throw new OperationError(abortFailure("nothing was sent to EC2"));
    return send(clientFor(target), { abortSignal: target.signal });
  };

  return {
    config,
    read: async (target, send) => {
      try {
        return await attempt(target, send);
      } catch (error) {
        throw readingFailed(error, target.signal);
      }
    },
    change: async (target, send) => {
      try {
        return await attempt(target, send);
      } catch (error) {
        if (error instanceof OperationError) throw error;
        const reported = reportedBy(error);
        const failure = target.signal.aborted
          ? abortFailure("the request had been sent to EC2")
          : ec2Failure(reported);
        if (mayHaveActed(reported)) throw new OutcomeUnknown(failure, { cause: error });
        throw new OperationError(failure, { cause: error });
      }
    },
    dryRun: async (target, send) => {
      try {
        await attempt(target, send);
        return { wouldSucceed: null, lines: ["EC2 did not say whether it would succeed."] };
      } catch (error) {
        const reported = reportedBy(error);
        if (reported.code === "DryRunOperation") {
          return { wouldSucceed: true, lines: ["EC2 says that the request is permitted."] };
        }
        const failed = readingFailed(error, target.signal);
        const answered = reported.status !== null && reported.status < 500;
        if (!answered || failed.failure.category === "temporary") throw failed;
        return { wouldSucceed: false, lines: [failed.failure.message] };
      }
    },
    close: () => {
      for (const client of clients.values()) client.destroy();
      clients.clear();
    },
  };
}

function readingFailed(error: unknown, signal: AbortSignal): OperationError {
  if (error instanceof OperationError) return error;
  const failure = signal.aborted
    ? abortFailure("EC2 was being asked")
    : ec2Failure(reportedBy(error));
  return new OperationError(failure, { cause: error });
}

function openClient(config: Ec2Config, { region, profile: name }: Ec2Place): EC2Client {
  const profile = ec2ProfileOf(config, name);
  const { awsProfile, credentials, endpoint } = profile ?? {};
  return new EC2Client({
    region,
    // Repeats are the engine's: it records each one, and knows which operations may be repeated.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
    },
    ...(awsProfile === undefined ? {} : { profile: awsProfile }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}
