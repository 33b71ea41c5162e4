// The tags of resources as `capture` keeps them, and the ways back from them: undo and restore.

import { DescribeTagsCommand } from "@aws-sdk/client-ec2";
import { isJsonObject } from "#engine/json.ts";
import type { Json, JsonObject } from "#engine/json.ts";
import type { Captured, Restoration, UndoCall } from "#engine/operation.ts";
import { isEnded, lost, statesWithGone } from "./captured-states.ts";
import type { Ec2Access, Ec2Target } from "./ec2-access.ts";

/**
 * The value of each tag of each resource, null where it has none, and the instances among them that have
 * ended: to EC2 a resource without tags and one that is gone look alike. @throws {OperationError}
 */
export async function captureTags(
  access: Ec2Access,
  target: Ec2Target,
  ids: readonly string[],
  keys: readonly string[],
): Promise<Captured> {
  const found = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const command = new DescribeTagsCommand({
      Filters: [{ Name: "resource-id", Values: [...ids] }],
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    });
    const page = await access.read(target, (client, options) => client.send(command, options));
    for (const { ResourceId, Key, Value } of page.Tags ?? []) {
      found.set(JSON.stringify([ResourceId, Key]), Value ?? "");
    }
    nextToken = page.NextToken;
  } while (nextToken !== undefined && nextToken !== "");
  const valuesOf = (id: string): JsonObject =>
    Object.fromEntries(keys.map((key) => [key, found.get(JSON.stringify([id, key])) ?? null]));
  return {
    tags: Object.fromEntries(ids.map((id): [string, Json] => [id, valuesOf(id)])),
    ended: await endedAmong(access, target, ids),
  };
}

/** A line for each tag: what it is and what it would be. @param wanted null removes it, undefined leaves it alone. */
export function tagDifferences(
  captured: Captured,
  wanted: (id: string, key: string) => string | null | undefined,
): readonly string[] {
  const lines = Object.entries(tagsIn(captured)).flatMap(([id, values]) =>
    Object.entries(values).flatMap(([key, value]) => {
      const is = typeof value === "string" ? value : null;
      const then = wanted(id, key);
      if (then === undefined) return [];
      if (is === then) return `${id}: ${key} is ${shown(is)} already.`;
      return `${id}: ${key} is ${shown(is)} and would be ${shown(then)}.`;
    }),
  );
  const rest = lines.length - MOST_LINES;
  return rest > 0 ? [...lines.slice(0, MOST_LINES), `And ${rest} more tags.`] : lines;
}

/** Tags told one by one in a dry run. */
const MOST_LINES = 50;

function shown(value: string | null): string {
  return value === null ? "not set" : JSON.stringify(value);
}

async function endedAmong(
  access: Ec2Access,
  target: Ec2Target,
  ids: readonly string[],
): Promise<readonly string[]> {
  const instances = ids.filter((id) => id.startsWith("i-"));
  if (instances.length === 0) return [];
  const states = await statesWithGone(access, target, instances);
  return instances.filter((id) => isEnded(states[id]));
}

export function restoring(region: string, captured: Captured | null): UndoCall | null {
  const before = captured?.["tags"];
  if (before === undefined || !isJsonObject(before)) return null;
  return { uses: "ec2.restore_tags", with: { region, tags: before } };
}

/** Only the tags that differ are put back. */
export function restoreTagsTo(region: string, then: Captured, now: Captured): Restoration {
  const ended = new Set(Array.isArray(now["ended"]) ? now["ended"] : []);
  const before = tagsIn(then);
  const after = tagsIn(now);
  const differing = Object.entries(before).flatMap(([id, values]): [string, JsonObject][] => {
    const wanted = Object.entries(values).filter(([key, value]) => after[id]?.[key] !== value);
    return wanted.length === 0 ? [] : [[id, Object.fromEntries(wanted)]];
  });
  const possible = differing.filter(([id]) => !ended.has(id));
  return {
    calls:
      possible.length === 0
        ? []
        : [{ uses: "ec2.restore_tags", with: { region, tags: Object.fromEntries(possible) } }],
    impossible: differing
      .filter(([id]) => ended.has(id))
      .map(([id]) => lost(id, region, "had other tags")),
  };
}

function tagsIn(captured: Captured): Readonly<Record<string, JsonObject>> {
  const tags = captured["tags"] ?? null;
  if (!isJsonObject(tags)) return {};
  return Object.fromEntries(
    Object.entries(tags).map(([id, values]) => [id, isJsonObject(values) ? values : {}]),
  );
}
