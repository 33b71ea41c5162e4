// The parts of EC2 inputs that several operations share. Knows no action.

import { z } from "zod";

/** At most as many as one message can still show and one DescribeInstances call is quick about. */
const MAX_IDS = 100;

export const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, "must be a region such as eu-west-1");

const instanceId = z
  .string()
  .regex(/^i-[0-9a-f]{8,17}$/, "must be an instance id such as i-0123456789abcdef0");

export const instanceIds = distinct(z.array(instanceId).min(1).max(MAX_IDS));

export const resourceIds = distinct(
  z
    .array(
      z
        .string()
        .regex(
          /^[a-z][a-z0-9-]{0,30}-[0-9a-f]{8,17}$/,
          "must be a resource id such as vol-0123abcd",
        ),
    )
    .min(1)
    .max(MAX_IDS),
);

const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u;

/** Lengths from EC2's tag restrictions. */
export const anyTagKey = z.string().min(1).max(128).regex(ONE_LINE, "must be one line");
export const tagValue = z.string().max(256).regex(ONE_LINE, "must be one line");

/** The keys that EC2 lets others set. */
export const tagKey = anyTagKey.regex(/^(?!aws:)/i, "must not start with aws:");

export const tags = z
  .record(tagKey, tagValue)
  .refine((values) => Object.keys(values).length <= 50, "must be at most 50 tags");

export type Place = { readonly region: string };

export function instanceLocks(
  input: Place & { readonly instance_ids: readonly string[] },
): string[] {
  return input.instance_ids.map((id) => `ec2:${input.region}:${id}`);
}

/** `i-1, i-2 and 3 more`: one line whatever the number. */
export function someOf(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).join(", ");
  return ids.length > 5 ? `${shown} and ${ids.length - 5} more` : shown;
}

export function countOf(ids: readonly string[], noun: string): string {
  return `${ids.length} ${noun}${ids.length === 1 ? "" : "s"}`;
}

function distinct(list: z.ZodArray<z.ZodString>) {
  return list.refine((ids) => new Set(ids).size === ids.length, "must not name one twice");
}
