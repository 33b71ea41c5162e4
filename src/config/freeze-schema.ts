// The `freeze` of countersign.yml: times, once or again and again, in which nothing that changes something starts.
// Knows no clock.

import { z } from "zod";
import { cronProblem } from "#adapters/calendar/cron-calendar.ts";
import { duration, name } from "./file-values.ts";
import { moment, timeZone } from "./time-values.ts";

export const freezeSchema = z
  .strictObject({
    name,
    environments: z.array(name).min(1),
    risks: z
      .array(z.enum(["modify", "destructive"]))
      .min(1)
      .default(["modify", "destructive"]),
    reason: z.string().min(1).max(300),
    break_glass: z.boolean().default(false),
    from: moment.optional(),
    until: moment.optional(),
    /** Five fields of cron: minute, hour, day of month, month, day of week. */
    starts: z.string().optional(),
    lasts: duration.optional(),
    time_zone: timeZone.optional(),
  })
  .superRefine((value, context) => {
    const { from, until, starts, lasts, time_zone: zone } = value;
    const once = from !== undefined && until !== undefined;
    const recurring = starts !== undefined && lasts !== undefined && zone !== undefined;
    const stray = once ? (starts ?? lasts ?? zone) !== undefined : (from ?? until) !== undefined;
    if (once === recurring || stray) {
      context.addIssue({
        code: "custom",
        message: "either from and until, or starts (cron), lasts and time_zone",
      });
    } else if (once && until <= from) {
      context.addIssue({ code: "custom", path: ["until"], message: "a moment after from" });
    } else if (recurring) {
      const problem = cronProblem(starts, zone);
      if (problem !== null)
        context.addIssue({
          code: "custom",
          path: ["starts"],
          message: `a cron expression of five fields such as "0 18 * * FRI": ${problem}`,
        });
    }
  });
