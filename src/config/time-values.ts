// Times as countersign.yml writes them: moments, days, hours of the week and where. Knows no key of the file.

import { z } from "zod";
import { isTimeZone, WEEKDAYS } from "#engine/zoned-time.ts";
import type { Weekday } from "#engine/zoned-time.ts";

export const timeZone = z.string().refine(isTimeZone, "a time zone such as Europe/Berlin or UTC");

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day in quotes, such as "09:00"');
/** `[mon, tue]`, or `mon-fri`. */
const days = z.union([
  z.array(z.enum(WEEKDAYS)).min(1),
  z.string().transform((text, context) => {
    const [first, last, ...rest] = text.split("-").map((day) => WEEKDAYS.indexOf(day as Weekday));
    if (first === undefined || first < 0 || rest.length > 0 || last === -1) {
      context.addIssue({ code: "custom", message: "days such as [sat, sun] or mon-fri" });
      return z.NEVER;
    }
    const end = last ?? first;
    return WEEKDAYS.filter((_, day) =>
      first <= end ? day >= first && day <= end : day >= first || day <= end,
    );
  }),
]);

export const hours = { days, from: timeOfDay, to: timeOfDay, time_zone: timeZone };

export const moment = z.iso
  .datetime({ offset: true, error: "a moment such as 2026-12-31T18:00:00+01:00" })
  .transform((text) => Date.parse(text));

/** The end of that day, in UTC. */
export const day = z.iso
  .date("a day such as 2027-01-31")
  .transform((text) => Date.parse(`${text}T00:00:00Z`) + 86_400_000);
