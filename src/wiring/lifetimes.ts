// What has been started and must be ended, last first. Ending goes on past a part that fails to end.

/** Within Docker's and Kubernetes' usual patience (10 s and 30 s). */
export const STOP_GRACE_MS = 8_000;

export class Lifetimes {
  readonly #parts: { readonly name: string; readonly end: () => Promise<void> | void }[] = [];
  #ended: Promise<void> | null = null;

  add(name: string, end: () => Promise<void> | void): void {
    this.#parts.push({ name, end });
  }

  /** Ends everything once. @throws {AggregateError} with what failed, after all were tried. */
  end(): Promise<void> {
    this.#ended ??= this.#endAll();
    return this.#ended;
  }

  async #endAll(): Promise<void> {
    const failures: Error[] = [];
    for (const { name, end } of this.#parts.toReversed()) {
      try {
        await end();
      } catch (error) {
        failures.push(new Error(`could not end ${name}`, { cause: error }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "not everything ended in order");
  }
}
