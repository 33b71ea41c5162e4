// What secrets look like: those that are unmistakable wherever they stand, and those that only their name gives away.
// One list for what is refused in plans and for what is masked in text. Every quantifier is bounded.

export type SecretShape = {
  /** Reads after "seems to hold". */
  readonly what: string;
  /** Global. The group `before`, where there is one, is no part of the secret. */
  readonly shape: RegExp;
};

/** Stands in a person's words where a secret was taken out before they were recorded. Plain text in YAML. */
export const REMOVED = "(secret-removed)";

/** References and what is masked already are no secrets. */
const NO_VALUE = "(?!\\[redacted\\]|\\(secret-removed\\)|secret:[a-z]|\\$\\{\\{)";

const END_OF_KEY = "-----END [A-Z ]{0,30}PRIVATE KEY-----";

// Sources: AWS IAM unique identifiers; Slack, GitHub, GitLab, npm, PyPI, Stripe, SendGrid, HashiCorp and Google token
// formats; RFC 7519 (tokens), 7468 (keys), 3986 (addresses), 6750 (bearer).
export const CERTAIN_SHAPES: readonly SecretShape[] = [
  shape(
    "a private key",
    `-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[\\s\\S]{0,20000}?${END_OF_KEY}|[\\s\\S]*$)`,
  ),
  shape("an AWS access key id", "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b"),
  shape("a Slack token", "\\bxox[abeoprs]-[A-Za-z0-9-]{10,300}"),
  shape("a Slack token", "\\bxapp-[0-9]-[A-Za-z0-9-]{10,300}"),
  shape("a Slack webhook", "\\bhooks\\.slack\\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,200}"),
  shape("a GitHub token", "\\bgh[oprsu]_[A-Za-z0-9]{30,300}"),
  shape("a GitHub token", "\\bgithub_pat_[A-Za-z0-9_]{30,300}"),
  shape("a GitLab token", "\\bgl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{20,300}"),
  shape("an npm token", "\\bnpm_[A-Za-z0-9]{36}\\b"),
  shape("a PyPI token", "\\bpypi-AgEI[A-Za-z0-9_-]{50,500}"),
  shape("a payment key", "\\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,200}"),
  shape("a SendGrid key", "\\bSG\\.[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,64}"),
  shape("a Google API key", "\\bAIza[A-Za-z0-9_-]{35}"),
  shape("a Vault token", "\\bhv[bs]\\.[A-Za-z0-9_-]{20,300}"),
  shape("an API key", "\\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,300}"),
  shape(
    "a JSON web token",
    "(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,600}\\.[A-Za-z0-9_-]{8,4096}\\.[A-Za-z0-9_-]{0,4096}",
  ),
  shape("a bearer token", "(?<before>\\bBearer[ \\t]{1,5})[A-Za-z0-9._~+/-]{16,4096}={0,2}", "i"),
  shape(
    "a password in an address",
    `(?<before>\\b[a-z][a-z0-9+.-]{0,20}://[^\\s/:@"'<>]{0,100}:)${NO_VALUE}[^\\s/@"'<>]{3,200}(?=@)`,
    "i",
  ),
];

const NAMES =
  "password|passwd|passphrase|secret(?!:[a-z])|token|api[_-]?key|access[_-]?key|private[_-]?key|credential";
const ASSIGNED = `\\b[\\w.-]{0,40}(?:${NAMES})(?:\\\\?["'])?[ \\t]{0,3}[:=][ \\t]{0,3}`;

/** In output and errors, where masking too much is the lesser harm. */
export const NAMED_SHAPES: readonly SecretShape[] = [
  shape(
    "an authorization header",
    `(?<before>\\b(?:proxy-)?authorization(?:\\\\?["'])?[ \\t]{0,3}[:=][ \\t]{0,3}(?:\\\\?["'])?(?:bearer|basic|token)[ \\t]{1,5})${NO_VALUE}[^\\s"',;\\\\]{6,4096}`,
    "i",
  ),
  shape(
    "a value for a secret's name",
    `(?<before>${ASSIGNED}(?<quote>["']))${NO_VALUE}(?:\\\\.|(?!\\k<quote>)[^\\r\\n\\\\]){3,400}(?=\\k<quote>)`,
    "i",
  ),
  shape(
    "a value for a secret's name",
    `(?<before>${ASSIGNED}\\\\")${NO_VALUE}[^"\\\\\\r\\n]{3,400}(?=\\\\")`,
    "i",
  ),
  shape(
    "a value for a secret's name",
    `(?<before>${ASSIGNED})(?!["'\\\\])${NO_VALUE}[^\\s"',;&]{4,400}`,
    "i",
  ),
];

/** Where a value is given to a secret's name in an argument or an address; a plan is refused for it. */
const GIVEN = new RegExp(
  `(?:^|[\\s"'?&;,-])[\\w.-]{0,40}(?:${NAMES})=(?:["'])?${NO_VALUE}[^\\s"',;&]{4}`,
  "i",
);

/** The first kind of secret that the text holds, as told by its shape; null: none. */
export function shapeIn(text: string): string | null {
  // `search` pays no attention to where a global expression stopped last.
  const found = CERTAIN_SHAPES.find(({ shape: one }) => text.search(one) !== -1);
  if (found !== undefined) return found.what;
  if (text.includes(REMOVED)) return "a secret (taken out as it came in)";
  return GIVEN.test(text) ? "a value for a secret's name" : null;
}

/** Each secret of these shapes replaced by the mask. */
export function maskShapes(text: string, shapes: readonly SecretShape[], mask: string): string {
  return shapes.reduce(
    (masked, { shape: one }) =>
      masked.replace(one, (...found: readonly unknown[]) => {
        const groups = found.at(-1) as { readonly before?: string } | string;
        return `${typeof groups === "object" ? (groups.before ?? "") : ""}${mask}`;
      }),
    text,
  );
}

const SECRET_NAME =
  /(^|[_.-])(password|passwd|passphrase|secret|api_?key|access_?key|private_?key|token|authorization)$/i;
/** Tokens that mark a place or a request and open nothing. */
const HARMLESS_NAME =
  /(^|[_.-])(next|page|continuation|starting|pagination|client|idempotency)_?token$/i;

/** True for the name of a field or variable that holds a secret: `password`, `DB_PASSWORD`, `apiKey`. */
export function namesSecret(name: string): boolean {
  const words = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_");
  return SECRET_NAME.test(words) && !HARMLESS_NAME.test(words);
}

function shape(what: string, source: string, flags = ""): SecretShape {
  return { what, shape: new RegExp(source, `g${flags}`) };
}
