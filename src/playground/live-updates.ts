// Tells each open page about changes that its person may see, by server-sent events.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Change } from "./change-feed.ts";
import type { WorkspaceState } from "./workspace-state.ts";

const keepAliveMs = 20_000;

interface Listener {
  readonly user: string;
  readonly response: ServerResponse;
}

export class LiveUpdates {
  readonly #state: WorkspaceState;
  readonly #listeners = new Set<Listener>();
  readonly #stop: () => void;
  readonly #keepAlive: NodeJS.Timeout;

  constructor(state: WorkspaceState) {
    this.#state = state;
    this.#stop = state.changes.listen((change) => this.#tell(change));
    this.#keepAlive = setInterval(() => this.#writeAll(": still here\n\n"), keepAliveMs);
    this.#keepAlive.unref();
  }

  add(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const listener = { user: url.searchParams.get("user") ?? "", response };
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write("retry: 1000\n\n");
    this.#listeners.add(listener);
    request.on("close", () => this.#listeners.delete(listener));
  }

  #tell(change: Change): void {
    for (const { user, response } of this.#listeners) {
      if (this.#maySee(user, change)) response.write(`data: ${JSON.stringify(brief(change))}\n\n`);
    }
  }

  #maySee(user: string, change: Change): boolean {
    switch (change.kind) {
      case "message":
      case "message-deleted":
        return this.#state.channels.find(change.channel)?.members.includes(user) ?? false;
      case "ephemeral":
      case "views":
      case "home":
      case "notice":
        return change.user === user;
      case "people":
      case "connection":
        return true;
      case "call":
      case "delivery":
        return false;
    }
  }

  #writeAll(text: string): void {
    for (const { response } of this.#listeners) response.write(text);
  }

  close(): void {
    this.#stop();
    clearInterval(this.#keepAlive);
    for (const { response } of this.#listeners) response.end();
    this.#listeners.clear();
  }
}

/** The page reads what it shows; a change only says where to look. */
function brief(change: Change): object {
  if (change.kind !== "message") return change;
  const { kind, channel, message } = change;
  return { kind, channel, ts: message.ts, threadTs: message.thread_ts, user: message.user };
}
