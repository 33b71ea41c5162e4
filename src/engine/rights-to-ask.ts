// Whether a person may ask for a plan in a channel. Pure. Nothing is allowed that the policy doesn't allow.

import { nearestName } from "./nearest-name.ts";
import { REACHES_NOTHING } from "./built-in-operations.ts";
import type { Call, Plan, PlanStep } from "./plan.ts";
import { operationMatches } from "./policy.ts";
import type { Environment, Permission, Policy } from "./policy.ts";
import { unknownMembers } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { Members } from "./gather-facts.ts";

/** Groups whose members may ask for something in this environment. */
export function askingGroups(environment: Environment): readonly string[] {
  return [...new Set(environment.allow.flatMap(({ groups }) => groups))];
}

/** @param environment null before the plan is known. */
export function channelRefusal(
  policy: Policy,
  channel: { readonly id: string; readonly shared: boolean },
  environment: Environment | null,
): Refusal | null {
  const { id: channelId } = channel;
  if (!covers(policy.channels, channelId))
    return { code: "channel-not-allowed", channelId, environment: null };
  // `*` means every internal channel: one shared with others must be named.
  if (channel.shared && !policy.sharedChannels.includes(channelId))
    return { code: "channel-shared", channelId };
  if (environment !== null && !covers(environment.channels, channelId)) {
    return { code: "channel-not-allowed", channelId, environment: environment.name };
  }
  return null;
}

/** Who asks, and in which channel; null: in whichever they may. */
export type Asking = { readonly userId: string; readonly channelId: string | null };

/** Whether this person may ask, in this channel, for every call of the plan, those of its rollback included. */
export function rightsRefusal(
  policy: Policy,
  plan: Plan,
  asking: Asking,
  members: Members,
): Refusal | null {
  const environment = environmentOf(policy, plan.environment);
  if (environment === null) {
    const nearest = nearestName(plan.environment, Object.keys(policy.environments));
    return { code: "unknown-environment", found: plan.environment, nearest };
  }
  const theirs = environment.allow.filter((permission) =>
    isFor(permission, asking.userId, members),
  );
  for (const call of callsOf(plan)) {
    const refusal = callRefusal(theirs, call, environment, asking);
    if (refusal === null) continue;
    const unasked = askingGroups(environment).filter((group) => members[group] === undefined);
    return unasked.length === 0 ? refusal : unknownMembers(unasked);
  }
  return null;
}

/** The environment by its own name only: `constructor` is none. */
export function environmentOf(policy: Policy, name: string): Environment | null {
  return Object.hasOwn(policy.environments, name) ? (policy.environments[name] ?? null) : null;
}

/** What of a call says whether somebody may make it. */
export type WrittenCall = Pick<Call, "uses" | "with" | "profile">;

/** Every call a plan may make, as far as it is written in it. */
export function callsOf(plan: Plan): readonly WrittenCall[] {
  return plan.steps.flatMap(callsOfStep);
}

/** The step itself, what it checks and what it expects before, and the commands that take it back. */
export function callsOfStep(step: PlanStep): readonly WrittenCall[] {
  const { checksBefore, checksAfter, preconditions, rollback } = step;
  const undoing = rollback.kind === "commands" ? rollback.calls : [];
  return [step, ...checksBefore, ...preconditions, ...checksAfter, ...undoing];
}

function callRefusal(
  permissions: readonly Permission[],
  { uses: operation, profile }: WrittenCall,
  { name: environment }: Environment,
  { userId, channelId }: Asking,
): Refusal | null {
  if (REACHES_NOTHING.includes(operation)) return null;
  const anywhere = permissions.filter(({ operations }) =>
    operations.some((pattern) => operationMatches(pattern, operation)),
  );
  if (anywhere.length === 0)
    return { code: "operation-not-allowed", operation, environment, userId };
  const covering =
    channelId === null ? anywhere : anywhere.filter((permission) => holdsIn(permission, channelId));
  if (covering.length === 0) {
    const channelIds = [...new Set(anywhere.flatMap(({ channels = [] }) => channels))].toSorted();
    return { code: "operation-not-here", operation, environment, userId, channelIds };
  }
  if (profile === null || covering.some(({ profiles }) => profiles.includes(profile))) return null;
  return { code: "profile-not-allowed", profile, operation, environment };
}

/** Whether a permission can be used in this channel. */
export function holdsIn({ channels = ["*"] }: Permission, channelId: string): boolean {
  return covers(channels, channelId);
}

function isFor(permission: Permission, userId: string, members: Members): boolean {
  return (
    permission.users.includes(userId) ||
    permission.groups.some((group) => members[group]?.includes(userId) === true)
  );
}

function covers(channels: readonly string[], channelId: string): boolean {
  return channels.includes("*") || channels.includes(channelId);
}
