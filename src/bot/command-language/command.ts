// What people can ask the bot for, once their words are understood. Knows no words.

import type { JsonObject } from "#engine/json.ts";
import type { HistoryWords } from "./history-words.ts";
import type { UntilWords } from "./until-words.ts";

/** New work, not yet compiled. */
export type Wish =
  | { readonly kind: "source"; readonly text: string }
  | { readonly kind: "playbook"; readonly name: string; readonly arguments: JsonObject }
  | { readonly kind: "operation"; readonly name: string; readonly arguments: JsonObject };

/** `id`: a plan's or run's id as typed; null: the one whose thread this is. */
type About = { readonly id: string | null };

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "ask"; readonly wish: Wish }
  | { readonly kind: "dry-run"; readonly of: Wish | About }
  | { readonly kind: "history"; readonly filter: HistoryWords; readonly typed: string }
  | { readonly kind: "pending" }
  | { readonly kind: "operations" | "playbooks"; readonly filter: string | null }
  | ({ readonly kind: "show" | "policy" | "status" } & About)
  | ({ readonly kind: "pause" | "resume" | "cancel" | "rollback" } & About)
  | ({ readonly kind: "replay" } & About)
  | ({ readonly kind: "override"; readonly target: string | null } & About)
  | ({ readonly kind: "logs"; readonly step: string | null } & About)
  /** Of what the plan manages. */
  | ({ readonly kind: "checkpoint"; readonly name: string } & About)
  | { readonly kind: "restore"; readonly name: string }
  | { readonly kind: "checkpoints" }
  /** Somebody's own say, to another. */
  | { readonly kind: "delegate"; readonly toUserId: string; readonly until: UntilWords }
  | { readonly kind: "delegate-off" }
  | { readonly kind: "delegations" }
  /** `step`: the one whose own approval is meant, of a run that waits for several. */
  | ({ readonly kind: "approve"; readonly step: string | null } & About)
  | ({ readonly kind: "retry"; readonly step: string | null } & About)
  | ({
      readonly kind: "skip";
      readonly step: string | null;
      readonly reason: string | null;
    } & About)
  /** In whose place the plan in `wish` is filed. */
  | ({ readonly kind: "supersede"; readonly wish: Wish } & About)
  | ({ readonly kind: "nudge" } & About)
  /** Of a broken glass. Without a note: lists those that are open. */
  | ({ readonly kind: "review"; readonly note: string | null } & About)
  | ({
      readonly kind: "reject" | "withdraw" | "break-glass";
      readonly reason: string | null;
    } & About);
