// Masks secrets in text: known values first in every encoding, then shapes that are secrets wherever they
// stand. Works on whole texts and on output in chunks, holding back only an unfinished line.

import type { RedactedStream, Redactor } from "#engine/redactor.ts";
import { secretForms } from "./secret-forms.ts";

const MASK = "[redacted]";

/** A line longer than this is shown in parts; no secret shape below is longer. */
const LONGEST_LINE = 16_384;

// Sources: AWS IAM unique identifiers, Slack token types, GitHub token formats, RFC 7519, RFC 7468, RFC 3986.
const SHAPES: readonly {
  readonly shape: RegExp;
  readonly keep: (match: string, ...groups: string[]) => string;
}[] = [
  { shape: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, keep: () => MASK },
  { shape: /\bx(?:ox[abeoprs]|app)-[A-Za-z0-9-]{10,}/g, keep: () => MASK },
  { shape: /\bgh[opsur]_[A-Za-z0-9]{30,}\b|\bgithub_pat_[A-Za-z0-9_]{30,}\b/g, keep: () => MASK },
  { shape: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, keep: () => MASK },
  {
    shape:
      /\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+)[^\s"',;]{6,}/gi,
    keep: (_match, before) => `${before}${MASK}`,
  },
  {
    shape: /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}@/gi,
    keep: (_match, before) => `${before}${MASK}@`,
  },
  {
    shape:
      /(\b[\w.-]{0,40}(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)["']?\s{0,3}[:=]\s{0,3}["']?)(?!\[redacted\])[^\s"',;&]{4,}/gi,
    keep: (_match, before) => `${before}${MASK}`,
  },
];
const KEY_BEGIN = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/;
const KEY_END = /-----END [A-Z ]{0,30}PRIVATE KEY-----/;
const WHOLE_KEY = new RegExp(`${KEY_BEGIN.source}[\\s\\S]*?(?:${KEY_END.source}|$)`, "g");

/** A redactor that can be told of another secret, which it masks from then on, for as long as it lives. */
export type SecretRedactor = Redactor & { readonly learn: (secret: string) => void };

export function createSecretRedactor(knownSecrets: readonly string[]): SecretRedactor {
  const secrets = new Set(knownSecrets);
  let forms = secretForms(knownSecrets);
  let longestForm = forms[0]?.length ?? 0;
  const learn = (secret: string): void => {
    if (secrets.has(secret)) return;
    secrets.add(secret);
    // Longest first over all of them, so that no tail of a longer form stays.
    forms = [...new Set([...forms, ...secretForms([secret])])].toSorted(
      (a, b) => b.length - a.length,
    );
    longestForm = forms[0]?.length ?? 0;
  };

  const mask = (text: string): string => {
    let masked = text;
    for (const form of forms) if (masked.includes(form)) masked = masked.replaceAll(form, MASK);
    for (const { shape, keep } of SHAPES) masked = masked.replace(shape, keep);
    return masked;
  };

  const stream = (): RedactedStream => {
    let held = "";
    let insideKey = false;
    const line = (text: string): string => {
      if (insideKey) {
        insideKey = !KEY_END.test(text);
        return "";
      }
      if (KEY_BEGIN.test(text) && !KEY_END.test(text)) {
        insideKey = true;
        return mask(text.replace(KEY_BEGIN, MASK));
      }
      return mask(text.replace(WHOLE_KEY, MASK));
    };
    return {
      push(chunk) {
        held += chunk;
        let shown = "";
        for (let end = held.indexOf("\n"); end !== -1; end = held.indexOf("\n")) {
          shown += line(held.slice(0, end + 1));
          held = held.slice(end + 1);
        }
        if (held.length > LONGEST_LINE + longestForm) {
          const masked = line(held);
          // What could be the beginning of a secret stays back.
          const cut = Math.max(masked.length - Math.max(longestForm, 512), 0);
          shown += masked.slice(0, cut);
          held = masked.slice(cut);
        }
        return shown;
      },
      end() {
        const rest = line(held);
        held = "";
        return rest;
      },
    };
  };

  return { mask: MASK, text: (text) => mask(text.replace(WHOLE_KEY, MASK)), stream, learn };
}
