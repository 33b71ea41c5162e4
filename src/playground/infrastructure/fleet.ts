// The imaginary instances behind the EC2 double: their states, tags and how they change. Knows no HTTP.

export type InstanceState =
  | "pending"
  | "running"
  | "stopping"
  | "stopped"
  | "shutting-down"
  | "terminated";

export type Instance = {
  readonly id: string;
  readonly type: string;
  readonly imageId: string;
  readonly privateIp: string;
  readonly launchTime: string;
  readonly clientToken: string | null;
  state: InstanceState;
  /** How often the instance is still looked at before it leaves a passing state. */
  looksLeft: number;
  /** The same for its status checks, after a start or a reboot. */
  checksLeft: number;
  reboots: number;
  readonly tags: Map<string, string>;
};

/** An answer of EC2 that refuses: its code, its sentence and the HTTP status. */
export class Ec2Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const NEXT: Partial<Record<InstanceState, InstanceState>> = {
  pending: "running",
  stopping: "stopped",
  "shutting-down": "terminated",
};

export type Fleet = ReturnType<typeof createFleet>;

/** @param passingLooks how many times a passing state is shown before the next one. */
export function createFleet(passingLooks: number) {
  const instances = new Map<string, Instance>();
  let made = 0;

  const launch = (options: LaunchOptions): Instance => {
    made++;
    const instance: Instance = {
      id: options.id ?? `i-${(0x0c0ffee000000000n + BigInt(made)).toString(16).padStart(17, "0")}`,
      type: options.type ?? "t3.micro",
      imageId: options.imageId ?? "ami-0123456789abcdef0",
      privateIp: `10.20.${Math.floor(made / 250)}.${10 + (made % 240)}`,
      launchTime: new Date(Date.UTC(2026, 0, 1) + made * 60_000).toISOString(),
      clientToken: options.clientToken ?? null,
      state: options.state ?? "pending",
      looksLeft: passingLooks,
      checksLeft: options.state === "running" ? 0 : passingLooks,
      reboots: 0,
      tags: new Map(Object.entries(options.tags ?? {})),
    };
    instances.set(instance.id, instance);
    return instance;
  };

  const find = (id: string): Instance => {
    const instance = instances.get(id);
    if (instance !== undefined) return instance;
    throw new Ec2Refusal("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
  };

  const move = (ids: readonly string[], from: readonly InstanceState[], to: InstanceState) => {
    const found = ids.map(find);
    const settled = NEXT[to];
    for (const { id, state } of found) {
      if (from.includes(state) || state === to || state === settled) continue;
      const message = `The instance '${id}' is not in a state from which it can be changed (${state}).`;
      throw new Ec2Refusal("IncorrectInstanceState", message);
    }
    return found.map((instance) => {
      const previous = instance.state;
      if (from.includes(previous)) {
        instance.state = to;
        instance.looksLeft = passingLooks;
        if (to === "pending") instance.checksLeft = passingLooks;
      }
      return { instance, previous };
    });
  };

  return {
    launch,
    find,
    all: (): readonly Instance[] => [...instances.values()],
    /** Shows an instance and lets it go on afterwards. */
    look: (instance: Instance): InstanceState => {
      const shown = instance.state;
      const next = NEXT[shown];
      if (next !== undefined && instance.looksLeft-- <= 0) instance.state = next;
      return next === undefined || instance.state === shown ? shown : instance.state;
    },
    checksPassed: (instance: Instance): boolean =>
      instance.state === "running" && instance.checksLeft-- <= 0,
    start: (ids: readonly string[]) => move(ids, ["stopped"], "pending"),
    stop: (ids: readonly string[]) => move(ids, ["running", "pending"], "stopping"),
    terminate: (ids: readonly string[]) =>
      move(ids, ["running", "pending", "stopped", "stopping"], "shutting-down"),
    reboot: (ids: readonly string[]) => {
      for (const { instance } of move(ids, ["running"], "running")) {
        instance.reboots++;
        instance.checksLeft = passingLooks;
      }
    },
    clear: () => {
      instances.clear();
      made = 0;
    },
  };
}

export type LaunchOptions = {
  readonly id?: string;
  readonly type?: string;
  readonly imageId?: string;
  readonly state?: InstanceState;
  readonly clientToken?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
};
