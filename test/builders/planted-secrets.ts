// Secrets of every kind that people have, made from a seed, and the encodings in which one could be found again.

import fc from "fast-check";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
const ALPHANUMERIC = LETTERS + LETTERS.toLowerCase() + DIGITS;

/** Not `fc.string`, which mixes in words that break programs (`hasOwnProperty`) and are found anywhere. */
const textOf = (alphabet: string, minLength: number, maxLength = minLength) =>
  fc
    .array(fc.constantFrom(...Array.from(alphabet)), { minLength, maxLength, size: "max" })
    .map((letters) => letters.join(""));

const wrapped = (text: string, width: number): string =>
  text.match(new RegExp(`.{1,${width}}`, "g"))?.join("\n") ?? "";

const frame = (which: "BEGIN" | "END"): string =>
  ["-----", which, " PRIVATE ", "KEY-----"].join("");

/** Kinds with a shape of their own: found without having been told. */
const shapedSecret: fc.Arbitrary<string> = fc.oneof(
  textOf(LETTERS + DIGITS, 16).map((rest) => `AKIA${rest}`),
  textOf(DIGITS, 11).chain((team) =>
    textOf(ALPHANUMERIC, 24).map((rest) => ["xoxb", team, rest].join("-")),
  ),
  textOf(ALPHANUMERIC, 36).map((rest) => `ghp_${rest}`),
  textOf(`${ALPHANUMERIC}_-`, 20, 24).map((rest) => `glpat-${rest}`),
  fc
    .tuple(textOf(ALPHANUMERIC, 20, 60), textOf(ALPHANUMERIC, 20, 60), textOf(ALPHANUMERIC, 30))
    .map(([head, body, signature]) => `eyJ${head}.eyJ${body}.${signature}`),
  textOf(`${ALPHANUMERIC}+/`, 400, 1600).map(
    (body) => `${frame("BEGIN")}\n${wrapped(body, 64)}\n${frame("END")}`,
  ),
);

/** Kinds that nothing gives away but their value. */
export const shapelessSecret: fc.Arbitrary<string> = fc.oneof(
  textOf(`${ALPHANUMERIC}/+`, 40),
  textOf(`${ALPHANUMERIC}!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ `, 10, 40).map(
    (odd) => `q${odd.trim()}Z9`,
  ),
  textOf("äöüßéñçøłžπω漢字パスワード🔑🗝密", 8, 20).map((text) => `k${text}`),
  textOf(ALPHANUMERIC, 8, 64),
  textOf("0123456789abcdef", 64),
);

export const plantedSecret: fc.Arbitrary<string> = fc.oneof(shapedSecret, shapelessSecret);

export type Encoding = { readonly name: string; readonly of: (secret: string) => string };

const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");

/** Written with what the world writes with, and not with the code that is tested. */
export const ENCODINGS: readonly Encoding[] = [
  { name: "as it is", of: (secret) => secret },
  { name: "base 64", of: (secret) => utf8(secret).toString("base64") },
  { name: "base 64 for addresses", of: (secret) => utf8(secret).toString("base64url") },
  {
    name: "base 64 after one byte",
    of: (secret) => utf8(`:${secret}`).toString("base64").slice(2),
  },
  { name: "base 64 after two", of: (secret) => utf8(`a:${secret}`).toString("base64").slice(3) },
  { name: "base 64 in lines of 76", of: (secret) => wrapped(utf8(secret).toString("base64"), 76) },
  { name: "base 64 in lines of 20", of: (secret) => wrapped(utf8(secret).toString("base64"), 20) },
  { name: "base 64 of UTF-16", of: (secret) => Buffer.from(secret, "utf16le").toString("base64") },
  { name: "hexadecimal", of: (secret) => utf8(secret).toString("hex") },
  { name: "hexadecimal in capitals", of: (secret) => utf8(secret).toString("hex").toUpperCase() },
  { name: "URL-encoded", of: (secret) => encodeURIComponent(secret) },
  { name: "form-encoded", of: (secret) => new URLSearchParams({ s: secret }).toString().slice(2) },
  { name: "JSON", of: (secret) => JSON.stringify(secret).slice(1, -1) },
  { name: "JSON in JSON", of: (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3) },
  {
    name: "JSON in ASCII",
    of: (secret) =>
      JSON.stringify(secret)
        .slice(1, -1)
        .replaceAll(
          /[^\0-\x7e]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
        ),
  },
  { name: "shell-quoted", of: (secret) => secret.replaceAll("'", String.raw`'\''`) },
  {
    name: "HTML",
    of: (secret) =>
      secret
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&#39;"),
  },
];

/** The secret in every encoding, each spelling once. */
export function everySpelling(secret: string): readonly string[] {
  return [...new Set(ENCODINGS.map(({ of }) => of(secret)))];
}

/** What is left in a text of an encoded secret: eight characters in a row, however they are wrapped; or null. */
export function survivor(shown: string, encoded: string): string | null {
  return survivorIn(partsOf(shown), encoded);
}

/** Every eight characters in a row of a text, to look for many secrets in it. */
export function partsOf(shown: string): ReadonlySet<string> {
  const text = unwrapped(shown);
  const seen = new Set<string>();
  for (let at = 0; at + TELLING <= text.length; at += 1) seen.add(text.slice(at, at + TELLING));
  return seen;
}

/** @param seen what {@link partsOf} answered. */
export function survivorIn(seen: ReadonlySet<string>, encoded: string): string | null {
  // The characters at both ends of an encoding may depend on what stands beside it.
  const inner = unwrapped(encoded).replace(/=+$/, "").slice(1, -1);
  for (let at = 0; at + TELLING <= inner.length; at += 1) {
    const part = inner.slice(at, at + TELLING);
    if (seen.has(part) && (!DIGITS_ONLY.test(part) || seen.has(following(inner, at)))) return part;
  }
  return null;
}

const TELLING = 8;
/** The log is full of hashes and times: eight digits are found there by chance. */
const DIGITS_ONLY = /^[0-9a-f]+$/i;
const following = (text: string, at: number): string => text.slice(at + 4, at + 4 + TELLING);

/** Without what wraps and indents. */
function unwrapped(text: string): string {
  return text.replaceAll(/(?:\r?\n|\\r|\\n)[ \t]*/g, "");
}

/** The text cut at these places. */
export function cutInto(text: string, cuts: readonly number[]): readonly string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].toSorted(
    (a, b) => a - b,
  );
  return places.slice(1).map((to, index) => text.slice(places[index], to));
}
