// How soon Slack has its acknowledgement: 200 signed commands and clicks a second against the real program on
// the real servers, while it works on them, files plans and drives runs. An open loop: a request leaves when its
// time has come and its latency counts from then, so that a slow answer can't hide the ones behind it.

import { Agent, createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import { figure, percentile, table } from "./figures.ts";
import { PLAYGROUND_CONFIG, startProgram } from "./programs.ts";
import { exactly } from "./report.ts";
import type { Report } from "./report.ts";
import type { Servers } from "./servers.ts";
import { SlackRequests } from "./slack-requests.ts";
import type { SignedRequest } from "./slack-requests.ts";

const REQUESTS_PER_SECOND = 200;
const RITA = { id: "U0RITA", name: "rita" };
const ANN = { id: "U0ANN", name: "ann" };

type Kind = "command that looks something up" | "click on Approve" | "command that starts a run";
type Answer = { readonly kind: Kind; readonly status: number; readonly ms: number };

export async function benchAcknowledge(
  servers: Servers,
  { seconds }: { readonly seconds: number },
): Promise<Report> {
  const endings: (() => Promise<unknown>)[] = [];
  try {
    const { url, secret, targetUrl, sql } = await openWorld(servers, endings);
    const slack = new SlackRequests(secret);
    const agent = new Agent({ keepAlive: true });
    endings.push(() => Promise.resolve(agent.destroy()));
    const send = (signed: SignedRequest): Promise<number> => post(agent, url, signed);
    const planId = await waitingPlan(slack, send, sql);
    const make = (count: number): readonly [Kind, SignedRequest] => {
      if (count % 20 === 0) {
        return [
          "command that starts a run",
          slack.command(RITA, `http.request method=GET url=${targetUrl}/${count}`),
        ];
      }
      if (count % 2 === 0)
        return [
          "click on Approve",
          slack.click(ANN, { actionId: "plan_approve", value: `${planId}|1` }),
        ];
      return ["command that looks something up", slack.command(RITA, "pending")];
    };
    await load(50, make, send);
    const answers = await load(seconds * REQUESTS_PER_SECOND, make, send);
    return report(answers, seconds, await workDone(sql));
  } finally {
    for (const end of endings.toReversed()) await end();
  }
}

async function openWorld(servers: Servers, endings: (() => Promise<unknown>)[]) {
  const directory = await mkdtemp(join(tmpdir(), "countersign-bench-"));
  endings.push(() => rm(directory, { recursive: true, force: true }));
  const target = createServer((_request, response) => response.end("{}"));
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  endings.push(() => new Promise((resolve) => target.close(resolve).closeAllConnections()));
  const shared = { COUNTERSIGN_CONFIG: PLAYGROUND_CONFIG, LOG_LEVEL: "error", PORT: "0" };
  const playground = await startProgram(
    ["playground"],
    { ...shared, COUNTERSIGN_DATA: join(directory, "slack") },
    /SLACK_API_URL=(\S+)\s+SLACK_BOT_TOKEN=(\S+)\s+SLACK_SIGNING_SECRET=(\S+)/,
  );
  endings.push(playground.stop);
  const [, apiUrl = "", botToken = "", secret = ""] = playground.found;
  const program = await startProgram(
    ["start"],
    {
      ...shared,
      COUNTERSIGN_DATA: join(directory, "data"),
      SLACK_API_URL: apiUrl,
      SLACK_BOT_TOKEN: botToken,
      SLACK_SIGNING_SECRET: secret,
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
    },
    /listens on (http:\/\/\S+)/,
  );
  endings.push(program.stop);
  const sql = postgres(servers.databaseUrl, { max: 1 });
  endings.push(() => sql.end());
  const { port } = target.address() as AddressInfo;
  return {
    url: `${program.found[1] ?? ""}/slack/events`,
    secret,
    targetUrl: `http://127.0.0.1:${port}`,
    sql,
  };
}

/** A plan that waits for two approvals, to click on. */
async function waitingPlan(
  slack: SlackRequests,
  send: (signed: SignedRequest) => Promise<number>,
  sql: postgres.Sql,
): Promise<string> {
  await send(
    slack.command(RITA, "ec2.terminate_instances region=eu-west-1 instance_ids=i-0b0b000000000001"),
  );
  for (let tries = 0; tries < 200; tries += 1) {
    const [plan] = await sql<
      { id: string }[]
    >`SELECT id FROM plans WHERE status = 'awaiting-approval' LIMIT 1`;
    if (plan !== undefined) return plan.id;
    await pause(50);
  }
  throw new Error("the plan to click on was not filed");
}

async function load(
  count: number,
  make: (count: number) => readonly [Kind, SignedRequest],
  send: (signed: SignedRequest) => Promise<number>,
): Promise<readonly Answer[]> {
  const beganAt = performance.now();
  const answers: Promise<Answer>[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const dueAt = beganAt + (sent * 1_000) / REQUESTS_PER_SECOND;
    const [kind, signed] = make(sent);
    const early = dueAt - performance.now();
    if (early > 0) await pause(early);
    answers.push(send(signed).then((status) => ({ kind, status, ms: performance.now() - dueAt })));
  }
  return Promise.all(answers);
}

/** The status, once the whole answer is here; 0 when there was none. */
function post(agent: Agent, url: string, { headers, body }: SignedRequest): Promise<number> {
  return new Promise((resolve) => {
    const request = httpRequest(
      url,
      { method: "POST", agent, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
      (response) => {
        response.resume().once("end", () => resolve(response.statusCode ?? 0));
      },
    );
    request.once("error", () => resolve(0));
    request.end(body);
  });
}

type WorkDone = {
  readonly recorded: number;
  readonly finished: number;
  readonly runs: number;
  readonly completed: number;
};

async function workDone(sql: postgres.Sql): Promise<WorkDone> {
  const [row] = await sql<WorkDone[]>`
    SELECT (SELECT count(*)::int FROM inbox) AS recorded,
      (SELECT count(*)::int FROM inbox WHERE outcome IS NOT NULL) AS finished,
      (SELECT count(*)::int FROM runs) AS runs,
      (SELECT count(*)::int FROM runs WHERE status = 'completed') AS completed`;
  if (row === undefined) throw new Error("a count answers one row");
  return row;
}

function report(answers: readonly Answer[], seconds: number, work: WorkDone): Report {
  const kinds = [...new Set(answers.map(({ kind }) => kind))].toSorted();
  const row = (name: string, some: readonly Answer[]): readonly string[] => {
    const times = some.map(({ ms }) => ms);
    const refused = some.filter(({ status }) => status !== 200).length;
    return [
      name,
      String(some.length),
      ...[0.5, 0.99, 1].map((share) => figure(percentile(times, share))),
      String(refused),
    ];
  };
  const text = [
    `Acknowledgements: ${REQUESTS_PER_SECOND} requests/s for ${seconds} s at a constant pace, one process for bot and worker; ms from when a request was due`,
    "",
    table(
      ["", "requests", "p50", "p99", "max", "not 200"],
      [
        row("all", answers),
        ...kinds.map((kind) =>
          row(
            kind,
            answers.filter((answer) => answer.kind === kind),
          ),
        ),
      ],
    ),
    "",
    `When the last was answered, ${work.finished} of ${work.recorded} recorded requests were worked off and ${work.completed} of ${work.runs} runs completed.`,
  ].join("\n");
  const refused = answers.filter(({ status }) => status !== 200).length;
  return { text, verdicts: [exactly("requests from Slack not acknowledged", 0, refused)] };
}
