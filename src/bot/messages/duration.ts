// Lengths of time in the fewest words that are still exact enough for a person.

/** `450 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`, `1 d 4 h`. Negative counts as 0. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(seconds, 60, "min", "s");
  if (seconds < 86_400) return pair(Math.floor(seconds / 60), 60, "h", "min");
  return pair(Math.floor(seconds / 3600), 24, "d", "h");
}

function pair(small: number, size: number, large: string, rest: string): string {
  const left = small % size;
  return left === 0
    ? `${Math.floor(small / size)} ${large}`
    : `${Math.floor(small / size)} ${large} ${left} ${rest}`;
}
