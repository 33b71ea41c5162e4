// Joins writes that come at the same time into one statement, so that many callers share one commit. Clocked by
// itself: a write goes at once when there is room, else with all others when one returns. Knows no SQL.

export type GroupCommitOptions<Item, Answer> = {
  /** Items of one key are written in the order they came, never two in one batch or at the same time. */
  readonly keyOf: (item: Item) => string;
  /** Writes a batch in one commit and answers in the order of its items. */
  readonly write: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Batches under way at the same time. */
  readonly inFlight: number;
  readonly batchSize: number;
  /** True when the error proves that nothing of the batch was written: then each item is tried alone. */
  readonly isRefusal: (error: unknown) => boolean;
};

type Waiting<Item, Answer> = {
  readonly item: Item;
  readonly key: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

/** Answers a function that writes one item and resolves after its commit. */
export function createGroupCommit<Item, Answer>(
  options: GroupCommitOptions<Item, Answer>,
): (item: Item) => Promise<Answer> {
  let waiting: Waiting<Item, Answer>[] = [];
  const busy = new Set<string>();
  let underWay = 0;
  let awaited = false;

  /** Starts once everything that came in this turn of the event loop is here: runs that wait for one commit go on together. */
  function pumpSoon(): void {
    if (awaited || underWay >= options.inFlight) return;
    awaited = true;
    setImmediate(() => {
      awaited = false;
      pump();
    });
  }

  function pump(): void {
    while (underWay < options.inFlight) {
      // Shared among the free places: while the database writes one part, this process works on the answers to the other.
      const share = Math.ceil(waiting.length / (options.inFlight - underWay));
      const batch = takeBatch(Math.min(options.batchSize, share));
      if (batch.length === 0) return;
      underWay += 1;
      writeBatch(batch).then(
        () => finish(batch),
        (error: unknown) => {
          for (const { reject } of batch) reject(error);
          finish(batch);
        },
      );
    }
  }

  function takeBatch(most: number): Waiting<Item, Answer>[] {
    const batch: Waiting<Item, Answer>[] = [];
    const rest: Waiting<Item, Answer>[] = [];
    for (const one of waiting) {
      if (batch.length < most && !busy.has(one.key)) {
        busy.add(one.key);
        batch.push(one);
      } else {
        rest.push(one);
      }
    }
    waiting = rest;
    return batch;
  }

  async function writeBatch(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await options.write(batch.map(({ item }) => item));
      batch.forEach((one, index) => {
        const answer = answers[index];
        if (answer === undefined) one.reject(new Error("a write was not answered"));
        else one.resolve(answer);
      });
    } catch (error) {
      if (batch.length === 1 || !options.isRefusal(error)) throw error;
      // One item that the database refuses must not take the others with it.
      for (const one of batch) await writeBatch([one]).catch(one.reject);
    }
  }

  function finish(batch: readonly Waiting<Item, Answer>[]): void {
    underWay -= 1;
    for (const { key } of batch) busy.delete(key);
    pumpSoon();
  }

  return (item) =>
    new Promise<Answer>((resolve, reject) => {
      waiting.push({ item, key: options.keyOf(item), resolve, reject });
      pumpSoon();
    });
}

/** True for an error that Postgres itself answered, which means that the statement was rolled back. */
export function isPostgresRefusal(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // Classes 08 and 57 are connections that ended: the commit may have happened before.
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57)/.test(code);
}
