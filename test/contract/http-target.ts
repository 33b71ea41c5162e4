// A loopback HTTP service that keeps values, counts changes and says its callers' headers back.

import { serveLoopback } from "#playground/infrastructure/loopback-server.ts";
import type { Answered, Asked } from "#playground/infrastructure/loopback-server.ts";

export async function startHttpTarget() {
  const values = new Map<string, string[]>();
  const keys = new Set<string>();
  const seen: Asked[] = [];
  let changes = 0;
  let mode: "answer" | "stall" | "cut" | number = "answer";
  let taken = (): void => {};

  const change = ({ method, path, headers, body }: Asked): void => {
    changes++;
    const key = headers["idempotency-key"];
    if (method === "PUT") values.set(path, [body]);
    else if (method === "DELETE") values.delete(path);
    else if (key === undefined || !keys.has(String(key))) {
      values.set(path, [...(values.get(path) ?? []), body]);
    }
    if (key !== undefined) keys.add(String(key));
  };

  const answer = (asked: Asked): Answered => {
    seen.push(asked);
    const reading = ["GET", "HEAD", "OPTIONS"].includes(asked.method);
    if (typeof mode === "number") {
      const body = JSON.stringify({ error: "told to fail", you_sent: asked.headers });
      return { status: mode, type: "application/json", body };
    }
    if (!reading) change(asked);
    taken();
    if (mode !== "answer") return mode;
    const body = JSON.stringify({
      value: values.get(asked.path) ?? null,
      nothing: "a\0b",
      you_sent: asked.headers,
    });
    return { status: 200, type: "application/json", body };
  };

  const server = await serveLoopback(0, answer);
  return {
    url: server.url,
    close: server.close,
    seen,
    state: () => Object.fromEntries(values),
    changes: () => changes,
    answerWith: (next: typeof mode) => {
      mode = next;
    },
    stall: () => {
      mode = "stall";
      return new Promise<void>((resolve) => {
        taken = resolve;
      });
    },
  };
}
