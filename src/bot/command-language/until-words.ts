// The end of something as people say it: `for 3d`, `until friday`, `until 2026-12-01 18:00`. Pure; what it means is
// told by whoever knows the time and the person's time zone.

import { parseDuration } from "#engine/duration.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import type { Instant } from "#engine/time.ts";
import type { CalendarDay, Weekday } from "#engine/zoned-time.ts";
import {
  daysAfter,
  isCalendarDay,
  minuteOfDay,
  momentOf,
  wallClockAt,
  weekdayOf,
  WEEKDAYS,
} from "#engine/zoned-time.ts";
import type { Misspelling } from "./argument-words.ts";

/** `minute` of the day; the end of the day unless a time was said. */
export type UntilWords =
  | { readonly kind: "for"; readonly durationMs: number }
  | { readonly kind: "weekday"; readonly weekday: Weekday; readonly minute: number }
  | { readonly kind: "date"; readonly day: CalendarDay; readonly minute: number }
  /** 0 is today. */
  | { readonly kind: "days"; readonly days: number; readonly minute: number };

const END_OF_DAY = 1440;

/** Reads what stands after the name. */
export function readUntil(text: string): Result<UntilWords, Misspelling> {
  const trimmed = text.trim();
  const duration = /^for\s+(.+)$/i.exec(trimmed)?.[1];
  if (duration !== undefined) {
    const durationMs = parseDuration(duration.toLowerCase().replaceAll(/\s+/g, ""));
    return durationMs === null || durationMs === 0
      ? refuse({
          sentence: `I do not know how long ${shown(duration)} is. Write for 3d or for 4h30m.`,
        })
      : accept({ kind: "for", durationMs });
  }
  const said = /^(?:until|till|to)\s+(.+)$/i.exec(trimmed)?.[1];
  const read = said === undefined ? null : readEnd(said.toLowerCase());
  return read === null ? refuse({ sentence: whatToSay(said ?? trimmed) }) : accept(read);
}

function readEnd(text: string): UntilWords | null {
  const [, dayText = "", timeText] =
    /^(?:(.*?)(?:[\s,]+(?:at\s+)?|t))?(\d{1,2}:\d{2})$/.exec(text) ?? [];
  const minute = timeText === undefined ? END_OF_DAY : minuteOfDay(timeText);
  if (minute === null) return null;
  const day = timeText === undefined ? text : dayText;
  if (day === "" || day === "today" || day === "tonight") return { kind: "days", days: 0, minute };
  if (day === "tomorrow") return { kind: "days", days: 1, minute };
  const weekday = WEEKDAYS.find((short) => WEEKDAY_NAMES[short].includes(day));
  if (weekday !== undefined) return { kind: "weekday", weekday, minute };
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  if (date === undefined) return null;
  const named = { year: Number(year), month: Number(month), day: Number(date) };
  return isCalendarDay(named) ? { kind: "date", day: named, minute } : null;
}

const WEEKDAY_NAMES: Readonly<Record<Weekday, readonly string[]>> = {
  mon: ["mon", "monday"],
  tue: ["tue", "tues", "tuesday"],
  wed: ["wed", "wednesday"],
  thu: ["thu", "thur", "thurs", "thursday"],
  fri: ["fri", "friday"],
  sat: ["sat", "saturday"],
  sun: ["sun", "sunday"],
};

/** The moment that is meant by whoever says it now, with the clocks of their zone. A weekday is the next one, today included. */
export function untilMoment(
  words: UntilWords,
  said: { readonly now: Instant; readonly timeZone: string },
): Instant {
  if (words.kind === "for") return said.now + words.durationMs;
  const at = (day: CalendarDay): Instant =>
    momentOf({ ...day, minute: words.minute }, said.timeZone);
  if (words.kind === "date") return at(words.day);
  const today = wallClockAt(said.now, said.timeZone);
  if (words.kind === "days") return at(daysAfter(today, words.days));
  const days = (WEEKDAYS.indexOf(words.weekday) - WEEKDAYS.indexOf(weekdayOf(today)) + 7) % 7;
  const next = at(daysAfter(today, days));
  return next > said.now ? next : at(daysAfter(today, days + 7));
}

function whatToSay(text: string): string {
  const how = "Write until friday, until 18:00, until 2026-12-01 18:00 or for 3d.";
  return text === "" ? `Until when? ${how}` : `I do not know when ${shown(text)} is. ${how}`;
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
