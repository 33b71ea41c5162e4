// A loopback EC2: the Query protocol over HTTP, signed requests only, failures on demand. Its
// instances are imaginary; the SDK can't tell.

import { answerAction, CHANGING_ACTIONS } from "./ec2-actions.ts";
import { parseQuery, toXml } from "./ec2-query.ts";
import type { Query } from "./ec2-query.ts";
import { createFleet, Ec2Refusal } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import { serveLoopback } from "./loopback-server.ts";
import type { Answered, Asked } from "./loopback-server.ts";

export type Ec2Failure = {
  readonly action: string;
  readonly times?: number;
  /** The action happens, then the connection closes (`cut`) or stays silent (`stall`). */
  readonly how:
    | "cut"
    | "stall"
    | { readonly code: string; readonly message: string; readonly status?: number };
};

export type Ec2Server = {
  readonly url: string;
  readonly fleet: Fleet;
  /** Actions that changed something, in order. */
  readonly changes: () => readonly string[];
  readonly failNext: (failure: Ec2Failure) => void;
  /** The next such action happens and stays without an answer; resolves when it has come. */
  readonly stallNext: (action: string) => Promise<void>;
  readonly reset: () => void;
  readonly close: () => Promise<void>;
};

export async function startEc2Server(options: {
  readonly port?: number;
  /** How often a passing state such as `pending` is shown before the next one. */
  readonly passingLooks?: number;
}): Promise<Ec2Server> {
  const fleet = createFleet(options.passingLooks ?? 1);
  let changes: string[] = [];
  let failures: Ec2Failure[] = [];

  let stalled: { readonly action: string; readonly come: () => void } | null = null;

  const takeFailure = (action: string): Ec2Failure["how"] | null => {
    if (stalled?.action === action) {
      stalled.come();
      stalled = null;
      return "stall";
    }
    const at = failures.findIndex((failure) => failure.action === action);
    const failure = failures[at];
    if (failure === undefined) return null;
    const times = (failure.times ?? 1) - 1;
    failures.splice(at, 1, ...(times > 0 ? [{ ...failure, times }] : []));
    return failure.how;
  };

  const perform = (query: Query): Answered => {
    try {
      const result = answerAction(fleet, query);
      if (CHANGING_ACTIONS.has(query.action)) changes.push(query.action);
      return success(query.action, toXml(result));
    } catch (error) {
      if (error instanceof Ec2Refusal) return refused(error);
      throw error;
    }
  };

  const answer = (asked: Asked): Answered => {
    const query = parseQuery(asked.body);
    if (!(asked.headers.authorization ?? "").startsWith("AWS4-HMAC-SHA256 ")) {
      return refused(new Ec2Refusal("AuthFailure", "The credentials could not be validated", 401));
    }
    const failure = takeFailure(query.action);
    if (typeof failure === "object" && failure !== null) {
      return refused(new Ec2Refusal(failure.code, failure.message, failure.status));
    }
    const answered = perform(query);
    return failure ?? answered;
  };

  const server = await serveLoopback(options.port ?? 0, answer);
  return {
    ...server,
    fleet,
    changes: () => changes,
    failNext: (failure) => failures.push(failure),
    stallNext: (action) =>
      new Promise((resolve) => {
        stalled = { action, come: resolve };
      }),
    reset: () => {
      fleet.clear();
      changes = [];
      failures = [];
    },
  };
}

function success(action: string, inner: string): Answered {
  const namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
  const body = `<${action}Response xmlns="${namespace}"><requestId>${REQUEST_ID}</requestId>${inner}</${action}Response>`;
  return { status: 200, type: "text/xml;charset=UTF-8", body };
}

function refused(refusal: Ec2Refusal): Answered {
  const error = toXml({ Errors: { Error: { Code: refusal.code, Message: refusal.message } } });
  const body = `<Response>${error}<RequestID>${REQUEST_ID}</RequestID></Response>`;
  return { status: refusal.status, type: "text/xml;charset=UTF-8", body };
}

const REQUEST_ID = "00000000-0000-4000-8000-000000000000";
