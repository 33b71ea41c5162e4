// The forms in which a known secret can turn up in text: as it is, and as common encodings would write it.

/** Shorter values would mask ordinary words. */
const SHORTEST_SECRET = 6;

/** Every text that gives the secret away; longest first, so that no tail of a longer form stays. */
export function secretForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    for (const part of [secret, ...secret.split(/\r?\n/)]) {
      const value = part.trim();
      if (value.length < SHORTEST_SECRET) continue;
      forms.add(value);
      forms.add(JSON.stringify(value).slice(1, -1));
      forms.add(encodeURIComponent(value));
      forms.add(encodeURIComponent(value).replaceAll("%20", "+"));
      for (const encoded of base64Forms(value)) forms.add(encoded);
      forms.add(Buffer.from(value).toString("hex"));
    }
  }
  return [...forms].toSorted((a, b) => b.length - a.length);
}

/** Base 64 depends on what stands before: the part common to each of the three alignments. */
function base64Forms(value: string): readonly string[] {
  const forms: string[] = [];
  for (const before of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const skipped = Math.ceil((before * 8) / 6);
    const whole = Math.floor((bytes.length * 8) / 6);
    for (const alphabet of ["base64", "base64url"] as const) {
      const form = bytes.toString(alphabet).slice(skipped, whole);
      if (form.length >= SHORTEST_SECRET) forms.push(form);
    }
  }
  return forms;
}
