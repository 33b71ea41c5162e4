// The `groups` of countersign.yml: who belongs to each, whoever is on call for it, and when its members work. Asks
// nobody.

import { z } from "zod";
import { pathProblem } from "#adapters/checks/json-path-query.ts";
import { environmentVariable, slackGroupId, userId } from "./file-values.ts";
import { hours } from "./time-values.ts";

/** Where to ask who is on call; docs/groups.md. */
const onCall = z.strictObject({
  /** `{group}` stands for the group's name. */
  url: z.string().superRefine((text, context) => {
    const wrong = (message: string) => context.addIssue({ code: "custom", message });
    const filled = text.replaceAll("{group}", "group");
    if (!/^https?:\/\/[\x21-\x7e]+$/.test(filled) || !URL.canParse(filled))
      return wrong("an address such as https://api.example.com/on-call/{group}");
    const { username, password, origin } = new URL(filled);
    if (username !== "" || password !== "")
      return wrong("an address without credentials: use headers_from_env");
    if (new URL(text.replaceAll("{group}", "another")).origin !== origin)
      wrong("an address whose host does not depend on {group}");
  }),
  path: z.string().superRefine((path, context) => {
    const problem = pathProblem(path);
    if (problem !== null)
      context.addIssue({
        code: "custom",
        message: `a JSON path such as $.oncalls[*].user.id: ${problem}`,
      });
  }),
  headers_from_env: z.record(z.string(), environmentVariable).default({}),
  people: z.record(z.string(), userId).default({}),
});

export const groupSchema = z.strictObject({
  slack_groups: z.array(slackGroupId).default([]),
  users: z.array(userId).default([]),
  on_call: onCall.optional(),
  /** When its members may be reminded; absent: at any time. */
  working_hours: z
    .strictObject(hours)
    .refine(({ from, to }) => from !== to, "from and to that are not the same")
    .optional(),
});
