import { createHttpOperations } from "#adapters/http/http-operations.ts";
import { DEFAULT_HTTP_CONFIG } from "#adapters/http/http-config.ts";
import { describeOperation } from "./operation-conformance.ts";
import type { Sample } from "./operation-conformance.ts";
import { startHttpTarget } from "./http-target.ts";

const TOKEN = "a-token-that-must-stay-secret";
const PASSWORD = "correct-horse-battery";

async function makeBench() {
  const target = await startHttpTarget();
  const operations = createHttpOperations({
    ...DEFAULT_HTTP_CONFIG,
    allowedPrivateRanges: ["127.0.0.0/8"],
    profiles: {
      api: {
        allowedHosts: ["http://127.0.0.1"],
        headers: async () => ({
          authorization: `Bearer ${TOKEN}`,
          "x-basic": `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`,
        }),
      },
    },
  });
  const [operation] = operations;
  if (operation === undefined) throw new Error("there is no operation");
  return {
    operation,
    family: operations,
    state: target.state,
    changes: target.changes,
    stall: target.stall,
    secrets: [TOKEN, PASSWORD],
    tearDown: target.close,
    target,
  };
}
type HttpBench = Awaited<ReturnType<typeof makeBench>>;

type HttpSample = Sample<HttpBench>;

const failures = {
  "a refusal that repeats the credentials": ({ target }: HttpBench) => target.answerWith(403),
  "a target that is busy": ({ target }: HttpBench) => target.answerWith(503),
  "a gateway without an answer": ({ target }: HttpBench) => target.answerWith(502),
  "a connection that is cut": ({ target }: HttpBench) => target.answerWith("cut"),
};

function sample(
  facts: Pick<HttpSample, "risk" | "effect">,
  request: Readonly<Record<string, string | boolean>>,
): HttpSample {
  return {
    ...facts,
    undo: false,
    target: ({ target }) => `http:${new URL(target.url).host}`,
    profile: "api",
    failures,
    input: ({ target }) => ({ url: `${target.url}/values/one`, ...request }),
  };
}

const READS = { risk: "read-only", effect: "idempotent" } as const;

describeOperation("http.request", makeBench, {
  "a read": sample(READS, { method: "GET" }),
  "a read of the headers only": sample(READS, { method: "HEAD" }),
  "a value that is put": sample(
    { risk: "modify", effect: "idempotent" },
    { method: "PUT", json: "new" },
  ),
  "a value that is posted": sample(
    { risk: "modify", effect: "once" },
    { method: "POST", json: "more" },
  ),
  "a value that is posted with an idempotency key": sample(
    { risk: "modify", effect: "idempotent" },
    { method: "POST", text: "more", idempotent: true },
  ),
  "a value that is deleted": sample(
    { risk: "destructive", effect: "idempotent" },
    { method: "DELETE" },
  ),
});
