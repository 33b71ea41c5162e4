// The dispatcher's contract within one process.

import { describe } from "vitest";
import { createInProcessDispatcher } from "#adapters/in-process/in-process-dispatcher.ts";
import { dispatcherSuite } from "./dispatcher.suite.ts";

describe("an in-process dispatcher", () => {
  dispatcherSuite(() => {
    const errors: unknown[] = [];
    const dispatcher = createInProcessDispatcher({ onError: (error) => errors.push(error) });
    return { dispatcher, errors };
  });
});
