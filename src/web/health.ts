// Liveness and readiness. `/healthz` says that the process answers; `/readyz` asks what it depends on.

import type { Handler } from "./http-server.ts";
import { answerJson } from "./http-server.ts";

/** Asks one dependency. Resolves to null when it works, else to a sentence. */
export type ReadinessCheck = () => Promise<string | null>;

const CHECK_TIMEOUT_MS = 2_000;

export const healthz: Handler = (_request, response) => answerJson(response, 200, { status: "ok" });

/** 200 when every check passes, else 503; always says which dependency failed and why. */
export function readyz(checks: Readonly<Record<string, ReadinessCheck>>): Handler {
  return async (_request, response) => {
    const answers = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await ask(check)] as const),
    );
    const ready = answers.every(([, problem]) => problem === null);
    answerJson(response, ready ? 200 : 503, {
      status: ready ? "ready" : "not-ready",
      checks: Object.fromEntries(answers.map(([name, problem]) => [name, problem ?? "ok"])),
    });
  };
}

async function ask(check: ReadinessCheck): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
