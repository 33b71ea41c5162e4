// What every use case is given: the ports it works through, and who asks. Nothing is imported as a singleton.

import type { EntryPath } from "./audit-event.ts";
import type { Calendar } from "./calendar.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { DelegationStore } from "./delegation.ts";
import type { Conversation, Directory } from "./identity.ts";
import type { AuditLog } from "./message-store.ts";
import type { Registry } from "./operation.ts";
import type { StepUpStore } from "./passkey.ts";
import type { PlanStore } from "./plan-store.ts";
import type { Playbook } from "./playbook.ts";
import type { Policy } from "./policy.ts";
import type { Redactor } from "./redactor.ts";
import type { ReminderStore } from "./reminder-store.ts";
import type { RunStore } from "./run-store.ts";
import type { SecretBox } from "./secret-box.ts";
import type { Clock, IdSource, Instant, Sha256 } from "./time.ts";

export type EnginePorts = {
  readonly plans: PlanStore;
  readonly runs: RunStore;
  readonly checkpoints: CheckpointStore;
  readonly delegations: DelegationStore;
  readonly stepUps: StepUpStore;
  readonly reminders: ReminderStore;
  readonly audit: AuditLog;
  readonly directory: Directory;
  readonly registry: Registry;
  readonly policy: Policy;
  readonly playbooks: readonly Playbook[];
  readonly secrets: SecretBox;
  /** Knows the secrets of this process, so that no plan holds one and no text shows one. */
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly ids: IdSource;
  readonly sha256: Sha256;
};

/** Who asks, where, in which request. The user id comes from the signed payload and from nowhere else. */
export type Asker = {
  readonly teamId: string;
  readonly userId: string;
  readonly conversation: Conversation;
  /** Slack's id of the request. The same id again gives the same answer and no second event. */
  readonly requestId: string;
  /** When Slack delivered it, which may be long before it is worked on: after a crash. Absent: now. */
  readonly receivedAt?: Instant;
  readonly entry: EntryPath;
};
