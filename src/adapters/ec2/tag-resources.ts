// `ec2.create_tags`, `ec2.delete_tags` and `ec2.restore_tags`, the way back of both: it puts each tag
// to the value captured before, or removes it where there was none.

import { CreateTagsCommand, DeleteTagsCommand } from "@aws-sdk/client-ec2";
import { z } from "zod";
import type { Effect, Operation, Preview } from "#engine/operation.ts";
import type { Risk } from "#engine/risk.ts";
import { captureTags, restoreTagsTo, restoring, tagDifferences } from "./captured-tags.ts";
import type { Ec2Access } from "./ec2-access.ts";
import { ofPlace } from "./ec2-config.ts";
import { countOf, region, resourceIds, someOf, tagKey, tags, tagValue } from "./ec2-input.ts";

const result = z.strictObject({ resource_ids: z.array(z.string()) });
type Result = z.infer<typeof result>;

const createInput = z.strictObject({
  region,
  resource_ids: resourceIds,
  tags: tags.refine((values) => Object.keys(values).length > 0, "must hold a tag"),
});
type CreateInput = z.infer<typeof createInput>;

const deleteInput = z.strictObject({
  region,
  resource_ids: resourceIds,
  tag_keys: z.array(tagKey).min(1).max(50),
});
type DeleteInput = z.infer<typeof deleteInput>;

const restoreInput = z.strictObject({
  region,
  /** By resource and key; null removes the tag. */
  tags: z
    .record(z.string(), z.record(tagKey, tagValue.nullable()))
    .refine((values) => resourceIds.safeParse(Object.keys(values)).success, "must be resource ids"),
});
type RestoreInput = z.infer<typeof restoreInput>;

export function createTags(access: Ec2Access): Operation<CreateInput, Result> {
  return {
    name: "ec2.create_tags",
    summary: "Set tags on EC2 resources.",
    input: createInput,
    example: {
      region: "eu-west-1",
      resource_ids: ["i-0123456789abcdef0"],
      tags: { stage: "canary" },
    },
    ...shared(access),
    describe: ({ region, resource_ids, tags }) =>
      `Set ${Object.entries(tags)
        .map(([key, value]) => `${key} to ${JSON.stringify(value)}`)
        .join(
          ", ",
        )} on ${countOf(resource_ids, "EC2 resource")} in ${region}: ${someOf(resource_ids)}.`,
    describeUndo: ({ tags }) => `Put ${Object.keys(tags).join(", ")} back to the values before.`,
    locks: ({ region, resource_ids }) => resource_ids.map((id) => `ec2:${region}:${id}`),
    preview: async ({ region, resource_ids, tags }, { profile, signal }) => {
      const target = { region, profile, signal };
      const command = creating(resource_ids, tags, true);
      const answer = await access.dryRun(target, (client, options) =>
        client.send(command, options),
      );
      if (answer.wouldSucceed !== true) return answer;
      const now = await captureTags(access, target, resource_ids, Object.keys(tags));
      const difference = tagDifferences(now, (_id, key) => tags[key] ?? null);
      return { ...answer, lines: [...answer.lines, ...difference] };
    },
    capture: ({ region, resource_ids, tags }, { profile, signal }) =>
      captureTags(access, { region, profile, signal }, resource_ids, Object.keys(tags)),
    undo: ({ region }, _result, captured) => restoring(region, captured),
    restore: ({ region }, then, now) => restoreTagsTo(region, then, now),
    run: async ({ region, resource_ids, tags }, { profile, signal }) => {
      const command = creating(resource_ids, tags, false);
      await access.change({ region, profile, signal }, (client, options) =>
        client.send(command, options),
      );
      return { resource_ids };
    },
  };
}

export function deleteTags(access: Ec2Access): Operation<DeleteInput, Result> {
  return {
    name: "ec2.delete_tags",
    summary: "Remove tags from EC2 resources.",
    input: deleteInput,
    example: { region: "eu-west-1", resource_ids: ["i-0123456789abcdef0"], tag_keys: ["stage"] },
    ...shared(access),
    describe: ({ region, resource_ids, tag_keys }) =>
      `Remove the tags ${tag_keys.join(", ")} from ${countOf(resource_ids, "EC2 resource")} in ${region}: ${someOf(resource_ids)}.`,
    describeUndo: ({ tag_keys }) => `Put ${tag_keys.join(", ")} back to the values before.`,
    locks: ({ region, resource_ids }) => resource_ids.map((id) => `ec2:${region}:${id}`),
    preview: async ({ region, resource_ids, tag_keys }, { profile, signal }) => {
      const target = { region, profile, signal };
      const command = deleting(resource_ids, tag_keys, true);
      const answer = await access.dryRun(target, (client, options) =>
        client.send(command, options),
      );
      if (answer.wouldSucceed !== true) return answer;
      const now = await captureTags(access, target, resource_ids, tag_keys);
      return { ...answer, lines: [...answer.lines, ...tagDifferences(now, () => null)] };
    },
    capture: ({ region, resource_ids, tag_keys }, { profile, signal }) =>
      captureTags(access, { region, profile, signal }, resource_ids, tag_keys),
    undo: ({ region }, _result, captured) => restoring(region, captured),
    restore: ({ region }, then, now) => restoreTagsTo(region, then, now),
    run: async ({ region, resource_ids, tag_keys }, { profile, signal }) => {
      const command = deleting(resource_ids, tag_keys, false);
      await access.change({ region, profile, signal }, (client, options) =>
        client.send(command, options),
      );
      return { resource_ids };
    },
  };
}

export function restoreTags(access: Ec2Access): Operation<RestoreInput, Result> {
  return {
    name: "ec2.restore_tags",
    summary: "Put tags of EC2 resources to given values, each resource to its own.",
    input: restoreInput,
    example: { region: "eu-west-1", tags: { "i-0123456789abcdef0": { stage: "blue", old: null } } },
    ...shared(access),
    describe: ({ region, tags }) => {
      const ids = Object.keys(tags);
      return `Put the tags of ${countOf(ids, "EC2 resource")} in ${region} to given values: ${someOf(ids)}.`;
    },
    describeUndo: () => "Put the tags back to the values before.",
    locks: ({ region, tags }) => Object.keys(tags).map((id) => `ec2:${region}:${id}`),
    preview: async ({ region, tags }, { profile, signal }) => {
      const answers: Preview[] = [];
      const target = { region, profile, signal };
      for (const [id, values] of Object.entries(tags)) {
        for (const command of restoreCommands(id, values, true)) {
          answers.push(
            await access.dryRun(target, (client, options) => sendTags(client, command, options)),
          );
        }
      }
      const refused = answers.find(({ wouldSucceed }) => wouldSucceed !== true);
      if (refused !== undefined) return refused;
      const keys = new Set(Object.values(tags).flatMap((values) => Object.keys(values)));
      const now = await captureTags(access, target, Object.keys(tags), [...keys]);
      const difference = tagDifferences(now, (id, key) => tags[id]?.[key]);
      const lines = [...(answers[0]?.lines ?? []), ...difference];
      return {
        wouldSucceed: true,
        lines: lines.length === 0 ? ["There is nothing to put back."] : lines,
      };
    },
    capture: async ({ region, tags }, { profile, signal }) => {
      const keys = new Set(Object.values(tags).flatMap((values) => Object.keys(values)));
      const target = { region, profile, signal };
      return captureTags(access, target, Object.keys(tags), [...keys]);
    },
    undo: ({ region }, _result, captured) => restoring(region, captured),
    restore: ({ region }, then, now) => restoreTagsTo(region, then, now),
    run: async ({ region, tags }, { profile, signal }) => {
      for (const [id, values] of Object.entries(tags)) {
        for (const command of restoreCommands(id, values, false)) {
          await access.change({ region, profile, signal }, (client, options) =>
            sendTags(client, command, options),
          );
        }
      }
      return { resource_ids: Object.keys(tags) };
    },
  };
}

/** What the three have in common: setting a tag twice is setting it once. */
function shared(access: Ec2Access) {
  return {
    result,
    worstRisk: "modify",
    risk: (): Risk => "modify",
    undoRisk: "modify",
    effect: (): Effect => "idempotent",
    defaultTimeoutMs: 60_000,
    ...ofPlace(access.config),
  } as const;
}

function creating(ids: readonly string[], tags: Readonly<Record<string, string>>, dryRun: boolean) {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return new CreateTagsCommand({ Resources: [...ids], Tags, DryRun: dryRun });
}

function deleting(ids: readonly string[], keys: readonly string[], dryRun: boolean) {
  const Tags = keys.map((Key) => ({ Key }));
  return new DeleteTagsCommand({ Resources: [...ids], Tags, DryRun: dryRun });
}

type TagCommand = CreateTagsCommand | DeleteTagsCommand;

function restoreCommands(
  id: string,
  values: Readonly<Record<string, string | null>>,
  dryRun: boolean,
): readonly TagCommand[] {
  const kept = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  const gone = Object.keys(values).filter((key) => values[key] === null);
  return [
    ...(kept.length > 0 ? [creating([id], Object.fromEntries(kept), dryRun)] : []),
    ...(gone.length > 0 ? [deleting([id], gone, dryRun)] : []),
  ];
}

/** The SDK's `send` is overloaded by command and can't take a union. */
function sendTags(
  client: Parameters<Parameters<Ec2Access["change"]>[1]>[0],
  command: TagCommand,
  options: { readonly abortSignal: AbortSignal },
): Promise<unknown> {
  return command instanceof CreateTagsCommand
    ? client.send(command, options)
    : client.send(command, options);
}
