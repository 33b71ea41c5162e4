// Taking words apart from the front: the first one, the id of a plan or run, and what is said after it. Knows no
// command.

/** A plan's or run's id. */
export const ID = /^(?:pl|run)-[0-9a-z]{1,40}$/;

export function cutFirst(text: string): { readonly first: string; readonly rest: string } {
  const trimmed = text.trim();
  const first = /^\S*/.exec(trimmed)?.[0] ?? "";
  return { first, rest: trimmed.slice(first.length).trim() };
}

export function idAndStep(rest: string): {
  readonly id: string | null;
  readonly step: string | null;
} {
  const { first, rest: more } = cutFirst(rest);
  const [id, step] = ID.test(first) ? [first, more] : [null, rest];
  return { id, step: step === "" ? null : step };
}

/** The reason without quotes around it. */
export function idAndReason(rest: string): {
  readonly id: string | null;
  readonly reason: string | null;
} {
  const { first, rest: more } = cutFirst(rest);
  const [id, said] = ID.test(first) ? [first, more] : [null, rest];
  const reason = said.replace(/^["“„'‘](.*)["”“'’]$/s, "$1").trim();
  return { id, reason: reason === "" ? null : reason };
}
