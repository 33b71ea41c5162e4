// The one platform type the engine may name: how it is told to stop. Declared here, and only for the
// engine's own project, because `lib: dom` and Node's types would let in clocks, timers and sockets.
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare const AbortSignal: {
  any(signals: AbortSignal[]): AbortSignal;
};

declare const AbortController: {
  new (): AbortController;
};
