// Everything under /step-up/: the page a private link opens, the way through Slack's sign-in, and the questions to the
// passkey. Reads requests and shows answers; what they mean is decided in the engine.

import type { IncomingMessage, ServerResponse } from "node:http";
import {
  approveWithPasskey,
  askToApprove,
  askToRegister,
  registerPasskey,
  requestIdOf,
} from "#engine/passkey-ceremony.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { Refusal } from "#engine/refusal.ts";
import type { Result } from "#engine/result.ts";
import {
  beginStepUp,
  finishSignIn,
  lookAtLink,
  standingOfSession,
} from "#engine/step-up-session.ts";
import type { StepUpPorts } from "#engine/step-up-session.ts";
import type { SpentStepUp } from "#engine/step-up.ts";
import type { Handler } from "../http-server.ts";
import { ASSETS } from "./assets.ts";
import {
  isToken,
  readPosted,
  redirect,
  sendAnswer,
  sendFile,
  sendPage,
  sessionOf,
  setSession,
} from "./exchange.ts";
import { approvePage, donePage, openedPage, refusalPage, registerPage } from "./pages.ts";
import type { Reveal } from "./pages.ts";
import { createRateLimit } from "./rate-limit.ts";
import { nameOf, refusalAnswer } from "./refusal-answer.ts";

export type StepUpPagesOptions = {
  readonly ports: StepUpPorts;
  /** The workspace served, whose people are named on the pages. */
  readonly teamId: string;
  /** Where the pages are reached, without a slash at its end: the origin of all of them. */
  readonly publicUrl: () => Promise<string>;
  readonly reveal: Reveal;
  /** `opened`, `signed-in`, `registered`, `approved`, or a refusal's code. */
  readonly count: (outcome: string) => void;
};

export const STEP_UP_PATH = "/step-up/";

/** Behind a proxy everybody has its address: enough for twenty approvals a minute at once. */
const REQUESTS_PER_MINUTE = 300;

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly publicUrl: string;
  readonly query: URLSearchParams;
};
type Body = Readonly<Record<string, unknown>>;

/** Answers every path that begins with `STEP_UP_PATH`. */
export function createStepUpPages(options: StepUpPagesOptions): Handler {
  const { ports, teamId, reveal, count } = options;

  const refusePage = async ({ response }: Exchange, refusal: Refusal): Promise<void> => {
    count(refusal.code);
    const { status, title, sentence } = await refusalAnswer(ports.directory, teamId, refusal);
    sendPage(response, status, refusalPage(title, sentence));
  };
  const answer = async <T>(
    { response }: Exchange,
    result: Result<T, Refusal>,
    told: (value: T) => object,
  ): Promise<void> => {
    if (result.ok) {
      sendAnswer(response, 200, told(result.value));
      return;
    }
    count(result.refusal.code);
    const { status, ...words } = await refusalAnswer(ports.directory, teamId, result.refusal);
    sendAnswer(response, status, words);
  };
  const redirectUri = (publicUrl: string): string => `${publicUrl}${STEP_UP_PATH}callback`;
  const session = ({ request, publicUrl }: Exchange): string => sessionOf(request, publicUrl);

  async function opened(exchange: Exchange, token: string): Promise<void> {
    const looked = await lookAtLink(ports, token);
    if (!looked.ok) return refusePage(exchange, looked.refusal);
    count("opened");
    sendPage(exchange.response, 200, openedPage(looked.value.stepUp.openBy));
  }

  async function callback(exchange: Exchange): Promise<void> {
    const { query, publicUrl, response } = exchange;
    const done = await finishSignIn(ports, {
      session: session(exchange),
      state: query.get("state") ?? "",
      code: query.get("code"),
      redirectUri: redirectUri(publicUrl),
    });
    if (!done.ok) return refusePage(exchange, done.refusal);
    count("signed-in");
    setSession(response, publicUrl, done.value.session);
    redirect(response, `${STEP_UP_PATH}approve`);
  }

  async function standing(exchange: Exchange): Promise<void> {
    const stands = await standingOfSession(ports, session(exchange));
    if (!stands.ok) return refusePage(exchange, stands.refusal);
    const { response } = exchange;
    const { kind, record } = stands.value;
    if (kind === "done") {
      const words = outcomeWords(record, stands.value.stepUp);
      return sendPage(response, 200, donePage(words, record.conversation.permalink));
    }
    const { passkeys } = stands.value;
    if (passkeys.length === 0) return sendPage(response, 200, registerPage(record, reveal));
    const requester = await nameOf(ports.directory, teamId, record.requester.userId);
    sendPage(response, 200, approvePage({ record, requester, passkeys, reveal }));
  }

  const gets: Readonly<Record<string, (exchange: Exchange) => Promise<void>>> = {
    callback,
    approve: standing,
  };

  const posts: Readonly<Record<string, (exchange: Exchange, body: Body) => Promise<void>>> = {
    begin: async (exchange, body) => {
      const { publicUrl, response } = exchange;
      const wish = { token: text(body["token"]), redirectUri: redirectUri(publicUrl) };
      const begun = await beginStepUp(ports, wish);
      if (begun.ok) setSession(response, publicUrl, begun.value.session);
      await answer(exchange, begun, ({ location }) => ({ location }));
    },
    "register/options": async (exchange) =>
      answer(exchange, await askToRegister(ports, session(exchange)), (question) => question),
    register: async (exchange, body) => {
      const registered = await registerPasskey(ports, session(exchange), given(body));
      await answer(exchange, registered, ({ digest }) => {
        count("registered");
        return { passkey: digest };
      });
    },
    "approve/options": async (exchange) =>
      answer(exchange, await askToApprove(ports, session(exchange)), (question) => question),
    approve: async (exchange, body) => {
      const approved = await approveWithPasskey(ports, session(exchange), given(body));
      await answer(exchange, approved, () => {
        count("approved");
        return { location: `${STEP_UP_PATH}approve` };
      });
    },
  };

  const limit = createRateLimit(REQUESTS_PER_MINUTE);

  return async (request, response) => {
    const wait = limit(request.socket.remoteAddress ?? "", ports.clock.now());
    if (wait !== null) {
      count("too-many");
      response.setHeader("retry-after", String(wait));
      return sendAnswer(response, 429, {
        title: "Too many requests",
        sentence: `Try again in ${wait} seconds.`,
      });
    }
    const url = new URL(request.url ?? "/", "http://localhost");
    const path = url.pathname.slice(STEP_UP_PATH.length);
    const publicUrl = await options.publicUrl();
    const exchange = { request, response, publicUrl, query: url.searchParams };
    if (request.method === "GET" || request.method === "HEAD") {
      const asset = ASSETS.get(path);
      if (asset !== undefined) return sendFile(response, asset.content(), asset.type);
      const get = Object.hasOwn(gets, path) ? gets[path] : undefined;
      if (get !== undefined) return get(exchange);
      return isToken(path)
        ? opened(exchange, path)
        : refusePage(exchange, { code: "step-up-unknown" });
    }
    const post = Object.hasOwn(posts, path) ? posts[path] : undefined;
    if (request.method !== "POST" || post === undefined)
      return sendAnswer(response, 405, {
        title: "Not possible",
        sentence: "Nothing is done here.",
      });
    const posted = await readPosted(request, publicUrl);
    if (posted.kind === "body") return post(exchange, posted.body);
    count("not-from-our-page");
    sendAnswer(response, posted.status, { title: "Not done", sentence: posted.why });
  };
}

function given(body: Body): { readonly salt: string; readonly response: unknown } {
  return { salt: text(body["salt"]), response: body["response"] };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What became of the vote that the proof was for. */
function outcomeWords(record: PlanRecord, { userId, proof, planVersion }: SpentStepUp): string {
  const counted = record.votes.some(
    (vote) => vote.userId === userId && vote.requestId === requestIdOf({ proof }),
  );
  if (!counted || record.version !== planVersion)
    return `Your approval of plan ${record.id} does not stand: Slack shows what became of the plan.`;
  if (record.status === "awaiting-approval")
    return `You approved plan ${record.id} with your passkey. It waits for others to approve it, too. You can close this page.`;
  if (record.status === "approved" || record.status === "spent")
    return `You approved plan ${record.id} with your passkey. Its quorum is met. You can close this page.`;
  return `You approved plan ${record.id} with your passkey. It is ${record.status} now.`;
}
