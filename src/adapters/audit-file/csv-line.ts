// One record of a CSV file as RFC 4180 has it, that no spreadsheet takes for a formula.

/** What a spreadsheet begins a formula with, full-width forms included (OWASP, CSV Injection). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * Ends with CRLF. Texts are quoted, so that an empty one differs from null, which is nothing. A text that a
 * spreadsheet would compute gets an apostrophe before it, which makes it text there and is its only change.
 */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvField).join(",")}\r\n`;
}

function csvField(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}
