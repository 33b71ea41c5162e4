// The `secrets` of countersign.yml: where each comes from, and which steps may refer to it. Holds no secret.

import { z } from "zod";
import { duration, name, variableHandedOn } from "./file-values.ts";

const operation = z
  .string()
  .regex(/^(\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?)$/, "an operation, a prefix such as http.*, or *");

const SOURCES = ["env", "file", "command"] as const;
const OF_COMMAND = ["profile", "environment", "timeout"] as const;

export const secretSchema = z
  .strictObject({
    env: variableHandedOn.optional(),
    /** Relative to the file. */
    file: z.string().min(1).optional(),
    /** A program's absolute path and its arguments; no shell reads them. */
    command: z
      .tuple([z.string().startsWith("/", "the absolute path of a program")], z.string())
      .optional(),
    /** An AWS profile of this file, whose credentials the command is given. */
    profile: name.optional(),
    /** Variables that the command is given beside PATH. */
    environment: z.array(variableHandedOn).optional(),
    timeout: duration.optional(),
    /** The member of a JSON object that is the secret. */
    field: z.string().min(1).optional(),
    environments: z.union([z.literal("*"), z.array(name).min(1)]),
    operations: z.array(operation).min(1),
  })
  .superRefine((given, context) => {
    const sources = SOURCES.filter((key) => given[key] !== undefined);
    if (sources.length !== 1)
      context.addIssue({
        code: "custom",
        message: `one of ${SOURCES.join(", ")}, and only one`,
      });
    for (const key of OF_COMMAND)
      if (given[key] !== undefined && given.command === undefined)
        context.addIssue({ code: "custom", path: [key], message: `${key} only with command` });
  });
