// Removes the values of a profile's headers from whatever a target sends back. Knows no other secret.

const MASK = "[credential]";

/** Shorter values would mask ordinary words. */
const SHORTEST = 6;

/** Every spelling in which the headers' values might come back, longest first. */
export function credentialSpellings(headers: Readonly<Record<string, string>>): readonly string[] {
  const spellings = new Set<string>();
  for (const value of Object.values(headers)) {
    for (const secret of secretsIn(value)) {
      spellings.add(secret);
      spellings.add(encodeURIComponent(secret));
      spellings.add(JSON.stringify(secret).slice(1, -1));
      spellings.add(Buffer.from(secret).toString("base64"));
    }
  }
  return [...spellings]
    .filter((text) => text.length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length);
}

export function maskCredentials(text: string, spellings: readonly string[]): string {
  return spellings.reduce((masked, spelling) => masked.replaceAll(spelling, MASK), text);
}

/** `Basic dXNlcjpwYXNz` is also its decoded pair and the password in it. */
function secretsIn(value: string): readonly string[] {
  const [scheme = "", rest] = value.split(/\s+(.*)/s);
  if (rest === undefined || rest === "") return [value];
  if (scheme.toLowerCase() !== "basic") return [value, rest];
  const pair = Buffer.from(rest, "base64").toString("utf8");
  return [value, rest, pair, pair.slice(pair.indexOf(":") + 1)];
}
