// A checkpoint: a named picture of the state of what a plan manages, to which it can be put back. Knows neither
// how a state is read (read-state.ts) nor how the way back is found (restore-checkpoint.ts).

import type { AuditEntry, DecisionEvent } from "./audit-event.ts";
import type { Actor } from "./identity.ts";
import type { JsonObject } from "./json.ts";
import type { Captured } from "./operation.ts";
import type { Instant } from "./time.ts";

/** What came of reading one state. Already redacted: what is captured holds no secret. */
export type StateReading =
  | { readonly kind: "captured"; readonly captured: Captured }
  /** It should have been read and could not be; a complete sentence. */
  | { readonly kind: "unread"; readonly why: string }
  /** Nothing can read it: the operation has no `capture`, or what it will be given is not known yet. */
  | { readonly kind: "unreadable"; readonly why: string };

/** The state that one step of the plan manages. */
export type CheckpointEntry = {
  readonly stepId: string;
  readonly uses: string;
  /** What the step was given, or will be. */
  readonly input: JsonObject;
  readonly profile: string | null;
  readonly state: StateReading;
};

export type Checkpoint = {
  /** Unique in the workspace. `auto/<run id>/<stage>` when taken before a destructive stage. */
  readonly name: string;
  readonly teamId: string;
  readonly takenAt: Instant;
  readonly takenBy: Actor;
  readonly planId: string;
  /** Null: taken before the plan had a run. */
  readonly runId: string | null;
  readonly environment: string;
  /** Slack's id of the request, so that working on it twice takes it once. */
  readonly requestId: string;
  /** In plan order. */
  readonly entries: readonly CheckpointEntry[];
};

/** A checkpoint as lists show it. */
export type CheckpointSummary = Omit<Checkpoint, "entries"> & {
  readonly captured: number;
  /** Entries without a state. */
  readonly unread: number;
  /** The conversation of its plan, null until known. */
  readonly permalink: string | null;
};

/** The port that keeps checkpoints. They are never changed. */
export type CheckpointStore = {
  /** Keeps it with its audit entry in one transaction, or answers the one that has its name already and writes nothing. */
  save(
    checkpoint: Checkpoint,
    entry: AuditEntry,
  ): Promise<
    { readonly kind: "saved" } | { readonly kind: "exists"; readonly earlier: CheckpointSummary }
  >;
  get(teamId: string, name: string): Promise<Checkpoint | null>;
  /** Newest first. */
  list(teamId: string, limit: number): Promise<readonly CheckpointSummary[]>;
  /** Those taken in a run, oldest first. */
  ofRun(runId: string): Promise<readonly CheckpointSummary[]>;
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;
const AUTOMATIC = /^auto\/run-[0-9a-z]{1,40}\/\d{1,6}$/;

/** A name that a person may give: letters, digits, `.`, `_` and `-`, at most 60 characters. */
export function isCheckpointName(name: string): boolean {
  return NAME.test(name);
}

/** A name that a checkpoint can have, those of automatic ones included. */
export function couldBeCheckpoint(name: string): boolean {
  return NAME.test(name) || AUTOMATIC.test(name);
}

/** The name of the checkpoint taken just before a destructive stage. */
export function automaticName(runId: string, stage: number): string {
  return `auto/${runId}/${stage}`;
}

export function summaryOf(checkpoint: Checkpoint, permalink: string | null): CheckpointSummary {
  const { entries, ...rest } = checkpoint;
  const captured = entries.filter(({ state }) => state.kind === "captured").length;
  return { ...rest, captured, unread: entries.length - captured, permalink };
}

/** What the log says of it. */
export function takenEvent({ name, entries, requestId }: Checkpoint): DecisionEvent {
  const stepsWhere = (captured: boolean) =>
    entries
      .filter(({ state }) => (state.kind === "captured") === captured)
      .map(({ stepId }) => stepId);
  return {
    kind: "checkpoint.taken",
    name,
    captured: stepsWhere(true),
    unread: stepsWhere(false),
    requestId,
  };
}
