// Joins rings that come while others are being sent, so that a burst of them costs a few jobs instead of one each.
// Clocked by itself: a ring goes at once when nothing is under way. Knows nothing of Redis.

/**
 * Rings of one job are heard by one process, so a burst must remain enough jobs for every process to hear some of
 * it: whoever heard one looks for as much work as it has places for.
 */
const IDS_PER_JOB = 20;

type Waiting = {
  readonly sent: Promise<boolean>;
  readonly settle: (sent: Promise<boolean>) => void;
};

/** @param send adds one job; answers whether it is there. */
export function createRingBatches(
  send: (ids: readonly string[]) => Promise<boolean>,
): (id: string) => Promise<boolean> {
  let waiting = new Map<string, Waiting>();
  let busy = false;

  function pump(): void {
    busy = waiting.size > 0;
    if (!busy) return;
    const batch = [...waiting];
    waiting = new Map();
    Promise.all(chunksOf(batch).map(sendChunk)).then(pump, pump);
  }

  /** Whoever rang has the answer, also when it is an error. */
  function sendChunk(chunk: readonly (readonly [string, Waiting])[]): Promise<boolean> {
    const sent = send(chunk.map(([id]) => id));
    for (const [, { settle }] of chunk) settle(sent);
    return sent;
  }

  return (id) => {
    const known = waiting.get(id);
    if (known !== undefined) return known.sent;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    waiting.set(id, { sent: promise, settle: resolve });
    if (!busy) pump();
    return promise;
  };
}

function chunksOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / IDS_PER_JOB);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * IDS_PER_JOB, (index + 1) * IDS_PER_JOB),
  );
}
