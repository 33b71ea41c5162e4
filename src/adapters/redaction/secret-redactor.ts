// Masks secrets in text: known values first in every encoding, then shapes that are secrets wherever they stand.
// Works on whole texts and on output in chunks, holding back only what may still become a secret.

import type { Redactor } from "#engine/redactor.ts";
import { CERTAIN_SHAPES, maskShapes, NAMED_SHAPES } from "#engine/secret-shapes.ts";
import { FormIndex, joined } from "./form-index.ts";
import type { Range } from "./form-index.ts";
import { MaskedLines } from "./masked-lines.ts";
import { secretForms } from "./secret-forms.ts";
import { unbroken, withoutBreaks } from "./unbroken-text.ts";

const MASK = "[redacted]";
/**
 * A source that hands out another secret each time must not fill the memory: about 10 kB each. Of more than this,
 * the older half is forgotten.
 */
const MOST_LEARNT = 4_000;

/** A redactor that can be told of another secret, which it masks from then on, for as long as it lives. */
export type SecretRedactor = Redactor & { readonly learn: (secret: string) => void };

export function createSecretRedactor(knownSecrets: readonly string[]): SecretRedactor {
  const learnt = new Set<string>(knownSecrets);
  const index = new FormIndex();
  const learn = (secret: string): void => {
    // Again means newest again.
    const isNew = !learnt.delete(secret);
    learnt.add(secret);
    if (isNew) addForms(index, secret);
    if (learnt.size <= MOST_LEARNT) return;
    const newest = [...learnt].slice(-MOST_LEARNT / 2);
    learnt.clear();
    index.clear();
    for (const one of [...knownSecrets, ...newest]) {
      learnt.add(one);
      addForms(index, one);
    }
  };
  for (const secret of learnt) addForms(index, secret);
  const shapes = (text: string): string =>
    maskShapes(maskShapes(text, CERTAIN_SHAPES, MASK), NAMED_SHAPES, MASK);
  const known = (text: string, before = ""): string => maskKnown(index, text, MASK, before);
  return {
    mask: MASK,
    text: (text) => shapes(known(text)),
    certain: (text, mask = MASK) => maskShapes(maskKnown(index, text, mask), CERTAIN_SHAPES, mask),
    knows: (text) => placesOf(index, text).length > 0,
    stream: () =>
      new MaskedLines({
        index,
        known,
        places: (text) => placesOf(index, text),
        shapes,
        mask: MASK,
      }),
    learn,
  };
}

function addForms(index: FormIndex, secret: string): void {
  for (const form of secretForms(secret)) index.add([form, withoutBreaks(form)]);
}

/** @param before characters that stand before the text and are not part of what is answered. */
function maskKnown(index: FormIndex, text: string, mask: string, before = ""): string {
  const whole = before + text;
  let masked = "";
  let done = before.length;
  for (const { from, to } of placesOf(index, whole)) {
    if (to <= done) continue;
    masked += whole.slice(done, Math.max(from, done)) + mask;
    done = to;
  }
  return done === before.length ? text : masked + whole.slice(done);
}

/** Where known values stand, as they are and wrapped at any column. */
function placesOf(index: FormIndex, text: string): readonly Range[] {
  const found = index.find(text);
  const wrapped = unbroken(text);
  if (wrapped.text === text) return found;
  const more = index
    .find(wrapped.text)
    .map(({ from, to }) => ({ from: wrapped.place(from), to: wrapped.place(to - 1) + 1 }));
  return joined([...found, ...more]);
}
