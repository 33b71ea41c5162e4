// A question to somebody outside (people, the policy's facts, the state of a target) while a drive goes on: it hears
// what people ask, stops what must stop and records what comes to its end, whatever the answer takes.

export class AskedOutside<Question, Answer> {
  readonly #onAnswer: () => void;
  #asking: Promise<void> | null = null;
  #answer: { readonly question: Question; readonly answer: Answer } | null = null;
  #failed: { readonly error: unknown } | null = null;

  /** @param onAnswer called when {@link take} has something. */
  constructor(onAnswer: () => void) {
    this.#onAnswer = onAnswer;
  }

  /** Somebody is being asked. */
  get underWay(): boolean {
    return this.#asking !== null;
  }

  /** One question at a time. */
  ask(question: Question, answer: Promise<Answer>): void {
    if (this.#asking !== null) throw new Error("a question is under way already");
    this.#asking = this.#hear(question, answer);
  }

  async #hear(question: Question, answer: Promise<Answer>): Promise<void> {
    try {
      this.#answer = { question, answer: await answer };
    } catch (error) {
      this.#failed = { error };
    }
    this.#asking = null;
    this.#onAnswer();
  }

  /** The answer that came since the last question, once. @throws what asking threw. */
  take(): { readonly question: Question; readonly answer: Answer } | null {
    if (this.#failed !== null) throw this.#failed.error;
    const answer = this.#answer;
    this.#answer = null;
    return answer;
  }

  /** An answer that nobody needed when it came is too old for later. */
  forget(): void {
    this.#answer = null;
  }
}
