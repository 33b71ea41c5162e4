// A loopback load balancer with hosts that can be drained, restarted and put back. Imaginary, like
// the instances of the EC2 double.

import { serveLoopback } from "./loopback-server.ts";
import type { Answered, Asked } from "./loopback-server.ts";

type Host = {
  readonly name: string;
  status: "in-service" | "draining" | "drained";
  connections: number;
  healthy: boolean;
  /** How often the health check still fails after a restart. */
  checksLeft: number;
  restarts: number;
};

export type LoadBalancerFailure = {
  readonly host: string;
  /** `drain`, `drained`, `undrain`, `restart`, `health` or `show`. */
  readonly what: string;
  readonly times?: number;
  readonly how: { readonly status: number; readonly delayMs?: number } | "cut" | "stall";
};

export type LoadBalancer = {
  readonly url: string;
  readonly hosts: () => readonly Readonly<Host>[];
  readonly failNext: (failure: LoadBalancerFailure) => void;
  readonly reset: () => void;
  readonly close: () => Promise<void>;
};

const CONNECTIONS = 12;
const CHECKS_AFTER_RESTART = 1;

type Act = (host: Host) => { readonly status: number };

const ACTS: Readonly<Record<string, Act>> = {
  drain: (host) => {
    if (host.status === "in-service") host.status = "draining";
    return { status: 200 };
  },
  undrain: (host) => {
    if (!host.healthy) return { status: 409 };
    host.status = "in-service";
    host.connections = CONNECTIONS;
    return { status: 200 };
  },
  restart: (host) => {
    if (host.status === "in-service") return { status: 409 };
    host.healthy = false;
    host.checksLeft = CHECKS_AFTER_RESTART;
    host.connections = 0;
    host.restarts++;
    return { status: 202 };
  },
  drained: (host) => {
    settleConnections(host);
    return { status: host.status === "drained" ? 200 : 503 };
  },
  health: (host) => {
    if (!host.healthy && host.checksLeft-- <= 0) host.healthy = true;
    return { status: host.healthy ? 200 : 503 };
  },
};

const READS: ReadonlySet<string | undefined> = new Set([undefined, "drained", "health"]);

/** `GET /hosts`, `GET /hosts/<name>[/drained|/health]`, `POST /hosts/<name>/drain|undrain|restart|health`. */
export async function startLoadBalancer(options: {
  readonly port?: number;
  readonly hosts: readonly string[];
}): Promise<LoadBalancer> {
  const hosts = new Map<string, Host>();
  let failures: LoadBalancerFailure[] = [];
  const timers = new Set<() => void>();

  const reset = () => {
    failures = [];
    for (const name of options.hosts) hosts.set(name, newHost(name));
  };
  reset();

  const takeFailure = (host: string, what: string): LoadBalancerFailure["how"] | null => {
    const at = failures.findIndex((failure) => failure.host === host && failure.what === what);
    const failure = failures[at];
    if (failure === undefined) return null;
    const times = (failure.times ?? 1) - 1;
    failures.splice(at, 1, ...(times > 0 ? [{ ...failure, times }] : []));
    return failure.how;
  };

  const answer = async ({ method, path }: Asked): Promise<Answered> => {
    const [, root, name, act, extra] = path.split("/");
    if (root !== "hosts" || extra !== undefined) return json(404, { error: "not found" });
    if (name === undefined) return json(200, { hosts: [...hosts.values()].map(shown) });
    const host = hosts.get(name);
    if (host === undefined) return json(404, { error: `there is no host ${name}` });
    const reading = method === "GET" && READS.has(act);
    const perform = act !== undefined && Object.hasOwn(ACTS, act) ? ACTS[act] : undefined;
    if (act !== undefined && perform === undefined) return json(404, { error: "not found" });
    if (!reading && (method !== "POST" || act === undefined)) return json(405, { error: "method" });

    const failure = takeFailure(name, act ?? "show");
    if (typeof failure === "object" && failure !== null) {
      await pause(failure.delayMs ?? 0, timers);
      return json(failure.status, { error: "told to fail", host: name });
    }
    if (act === undefined) settleConnections(host);
    const status = perform?.(host).status ?? 200;
    return failure ?? json(status, shown(host));
  };

  const server = await serveLoopback(options.port ?? 0, answer);
  return {
    url: server.url,
    hosts: () => [...hosts.values()],
    failNext: (failure) => failures.push(failure),
    reset,
    close: async () => {
      for (const end of timers) end();
      await server.close();
    },
  };
}

function newHost(name: string): Host {
  return {
    name,
    status: "in-service",
    connections: CONNECTIONS,
    healthy: true,
    checksLeft: 0,
    restarts: 0,
  };
}

/** A draining host loses three quarters of its connections each time somebody looks. */
function settleConnections(host: Host): void {
  if (host.status !== "draining") return;
  host.connections = Math.floor(host.connections / 4);
  if (host.connections === 0) host.status = "drained";
}

function shown({ name, status, connections, healthy, restarts }: Host) {
  return { name, status, connections, healthy, restarts };
}

function json(status: number, value: object): Answered {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

function pause(delayMs: number, timers: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      timers.delete(end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    timers.add(end);
  });
}
