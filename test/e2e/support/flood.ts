// Very many requests at once over connections that are kept, as an attacker's machine sends them.

import { Pool } from "undici";

export type RawPost = {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

const CONNECTIONS = 32;

/** Sends `count` requests to `url` and answers how often each status came back. */
export async function flood(
  url: string,
  count: number,
  make: (nth: number) => RawPost,
): Promise<Readonly<Record<string, number>>> {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const statuses: Record<string, number> = {};
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < count) {
      const { body, headers } = make(next);
      next += 1;
      const answer = await pool.request({ path, method: "POST", body, headers });
      await answer.body.dump();
      statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, sender));
  } finally {
    await pool.close();
  }
  return statuses;
}

/** The inbound requests that the program has counted, by `kind/outcome`. */
export async function inboundCounted(url: string): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counted: Record<string, number> = {};
  const line = /^countersign_inbound_requests_total\{kind="([^"]*)",outcome="([^"]*)"\} (\d+)$/gm;
  for (const [, kind, outcome, count] of text.matchAll(line))
    counted[`${kind}/${outcome}`] = Number(count);
  return counted;
}
