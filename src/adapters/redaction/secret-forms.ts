// The forms in which a known secret can turn up in text: as it is, and as common encodings would write it.
// docs/secrets.md lists them; a new one belongs there, too.

import { SHORTEST_SECRET } from "#engine/secret-box.ts";

/** What every key begins and ends with gives nothing away, and masking it would hide where another key stands. */
const FRAME = /^-----(BEGIN|END) [A-Z ]{1,40}-----$/;

/** Every text that gives the secret away. */
export function secretForms(secret: string): ReadonlySet<string> {
  const forms = new Set<string>();
  // Half a surrogate pair can be in no encoding of bytes.
  const sound = secret.toWellFormed();
  for (const part of [sound, ...sound.split(/\r?\n/)]) {
    const value = part.trim();
    if (value.length < SHORTEST_SECRET || FRAME.test(value)) continue;
    for (const written of spellings(value)) {
      // Whatever wrote it: Slack sends what people type with three characters escaped, and most texts stand in JSON.
      for (const sent of [written, slackText(written)]) forms.add(sent).add(jsonText(sent));
    }
    for (const bytes of [Buffer.from(value, "utf8"), Buffer.from(value, "utf16le")])
      for (const encoded of byteForms(bytes)) forms.add(encoded);
  }
  return forms;
}

/** As programs, shells and formats for people write it. */
function spellings(value: string): readonly string[] {
  const json = jsonText(value);
  const ascii = json.replaceAll(/[\u007f-\uffff]/g, (unit) => escaped(unit));
  const percent = encodeURIComponent(value);
  // RFC 3986 reserves what encodeURIComponent leaves alone.
  const strict = percent.replaceAll(/[!'()*]/g, (character) => percentByte(character));
  const form = new URLSearchParams([["", value]]).toString().slice(1);
  const html = slackText(value);
  return [
    value,
    json,
    ascii,
    ascii.replaceAll(/\\u[0-9a-f]{4}/g, (unit) => `\\u${unit.slice(2).toUpperCase()}`),
    json.replaceAll("/", "\\/"),
    jsonText(json),
    ...[percent, strict, form].flatMap((one) => [one, lowerPercent(one)]),
    percent.replaceAll("%20", "+"),
    html,
    html.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    html.replaceAll('"', "&quot;").replaceAll("'", "&#x27;"),
    html.replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
    // In single quotes of a POSIX shell, in those of YAML and SQL, in double quotes, and after printf %q.
    value.replaceAll("'", "'\\''"),
    value.replaceAll("'", "'\"'\"'"),
    value.replaceAll("'", "''"),
    value.replaceAll('"', '""'),
    value.replaceAll(/["$`\\]/g, "\\$&"),
    value.replaceAll(/[^A-Za-z0-9_@%+=:,./\u0080-\uffff-]/g, "\\$&"),
    // UTF-16 that was read as if it were bytes.
    value.split("").join("\0"),
    value.split("").join("\uFFFD"),
  ];
}

/** As encodings of bytes write it. Base 64 depends on what stands before: the part common to each alignment. */
function byteForms(bytes: Buffer): readonly string[] {
  const forms: string[] = [];
  for (const before of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    const skipped = Math.ceil((before * 8) / 6);
    const whole = Math.floor((shifted.length * 8) / 6);
    for (const alphabet of ["base64", "base64url"] as const) {
      const form = shifted.toString(alphabet).slice(skipped, whole);
      if (form.length >= SHORTEST_SECRET) forms.push(form);
    }
  }
  const hex = bytes.toString("hex");
  const pairs = hex.match(/../g) ?? [];
  for (const one of [hex, pairs.join(":"), pairs.join(" "), `%${pairs.join("%")}`])
    forms.push(one, one.toUpperCase());
  forms.push(
    `\\x${pairs.join("\\x")}`,
    `\\x${pairs.join("\\x").toUpperCase()}`.replaceAll("\\X", "\\x"),
  );
  return forms;
}

function slackText(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function jsonText(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function percentByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function lowerPercent(text: string): string {
  return text.replaceAll(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase());
}
