// Durations as people write them in plans and configuration: `500ms`, `30s`, `5m`, `1h30m`, `2d`.

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
type Unit = keyof typeof UNITS;
const LARGEST_FIRST: readonly Unit[] = ["d", "h", "m", "s", "ms"];
const LONGEST_MS = 366 * UNITS.d;

/** Milliseconds of a duration, or null when it is not one. Units in falling order, each once, a year at most. */
export function parseDuration(text: string): number | null {
  const parts = [...text.matchAll(/(\d{1,9})(ms|[dhms])/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) return null;
  let total = 0;
  let smallest = -1;
  for (const [, amount, unit] of parts) {
    const rank = LARGEST_FIRST.indexOf(unit as Unit);
    if (rank <= smallest) return null;
    smallest = rank;
    total += Number(amount) * UNITS[unit as Unit];
  }
  return total <= LONGEST_MS ? total : null;
}

/** A duration as people read it, in at most its two largest units: `1h 30m`, `45s`, `250ms`. */
export function formatDuration(durationMs: number): string {
  let rest = Math.max(0, Math.round(durationMs));
  const parts: string[] = [];
  for (const unit of LARGEST_FIRST) {
    const amount = Math.floor(rest / UNITS[unit]);
    rest -= amount * UNITS[unit];
    if (amount > 0) parts.push(`${amount}${unit}`);
  }
  return parts.length === 0 ? "0s" : parts.slice(0, 2).join(" ");
}
