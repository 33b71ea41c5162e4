// Faults a test asks for: how the next calls of the Web API go wrong instead of being answered.

export type Fault =
  | { readonly kind: "rate-limited"; readonly retryAfterSeconds: number }
  | { readonly kind: "http-error"; readonly status: number }
  | { readonly kind: "api-error"; readonly error: string }
  /** The connection breaks before the call is carried out. */
  | { readonly kind: "drop" }
  /** The call is carried out, then the connection breaks: the caller can't know. */
  | { readonly kind: "drop-answer" }
  /** No answer ever comes; the connection stays open until the playground closes. */
  | { readonly kind: "hang" };

interface Rule {
  readonly method: string;
  readonly fault: Fault;
  remaining: number;
}

/** A method by its name, or "*" for all of them. */
export type FaultTarget = string;

export class Faults {
  #rules: Rule[] = [];

  /** Makes the next `times` calls go wrong. */
  next(method: FaultTarget, fault: Fault, times = 1): void {
    this.#rules.push({ method, fault, remaining: times });
  }

  /** Makes every call go wrong until the returned function is called. */
  always(method: FaultTarget, fault: Fault): () => void {
    const rule = { method, fault, remaining: Number.POSITIVE_INFINITY };
    this.#rules.push(rule);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== rule);
    };
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault for this call, which counts as used. */
  take(method: string): Fault | undefined {
    const rule = this.#rules.find(
      (candidate) => candidate.method === method || candidate.method === "*",
    );
    if (rule === undefined) return undefined;
    rule.remaining -= 1;
    if (rule.remaining <= 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule.fault;
  }
}
