// The `profiles` of countersign.yml, and what else it says of the AWS accounts they reach. Holds no credential.

import { z } from "zod";
import { environmentVariable } from "./file-values.ts";

const httpProfile = z.strictObject({
  type: z.literal("http"),
  hosts: z.array(z.string().min(1)).min(1),
  /** Header name to the name of the environment variable that holds its value. */
  headers_from_env: z.record(z.string(), environmentVariable).default({}),
  ca_file: z.string().optional(),
  certificate_sha256: z.string().optional(),
});

export const region = z
  .string()
  .regex(/^(\*|[a-z]{2}(-[a-z]+)+-\d)$/, "an AWS region such as eu-west-1, or *");
export const awsAccount = z
  .string()
  .regex(/^\d{12}$/, 'twelve digits in quotes, such as "012345678901"');

const awsProfile = z.strictObject({
  type: z.literal("aws"),
  regions: z.array(region).min(1),
  /** A profile of AWS's own configuration files; absent: AWS's default chain. */
  profile: z.string().optional(),
  /** Number of the account it reaches: profiles of one account share its circuit breakers. */
  account: awsAccount.optional(),
});

export const profileSchema = z.discriminatedUnion("type", [httpProfile, awsProfile]);
