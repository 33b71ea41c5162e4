// The playground's HTTP server: puts the parts together and sends each request to the one it is for.

import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Acting } from "./acting.ts";
import { AppLink } from "./app-link.ts";
import { ChangeFeed } from "./change-feed.ts";
import { systemClock, type Cancel, type Clock } from "./clock.ts";
import { createControl, type Control } from "./control.ts";
import { Faults } from "./faults.ts";
import { HttpDelivery } from "./http-delivery.ts";
import { contentType, readBody, sendJson, sendText } from "./http-messages.ts";
import { parseJson } from "./json-value.ts";
import { ModalStacks } from "./modal-stacks.ts";
import { PageServer, type Tip } from "./page-server.ts";
import { RateLimits } from "./rate-limits.ts";
import { RequestLog } from "./request-log.ts";
import { ResponseUrls } from "./response-urls.ts";
import { keepWorkspaceSaved, readWorkspace } from "./saved-workspace.ts";
import { defaultSeed, type Seed } from "./seed.ts";
import { AUTHORIZE_PATH, serveAuthorize, serveToken, TOKEN_PATH } from "./sign-in-pages.ts";
import { SignIn } from "./sign-in.ts";
import { SocketMode } from "./socket-mode.ts";
import { TriggerBook } from "./triggers.ts";
import { Uploads } from "./uploads.ts";
import { serveApi, serveFile, serveUpload } from "./web-api/http-routes.ts";
import type { WebApiOptions } from "./web-api/web-api.ts";
import { WorkspaceState } from "./workspace-state.ts";

export interface PlaygroundOptions {
  /** 127.0.0.1 when absent. */
  readonly host?: string;
  /** Any free port when absent. */
  readonly port?: number;
  readonly seed?: Seed;
  readonly clock?: Clock;
  /** Where the app takes events, commands and interactions, unless it connects by Socket Mode. */
  readonly requestUrl?: string;
  /** Tokens, the signing secret and the client's are random when absent. */
  readonly botToken?: string;
  readonly appToken?: string;
  readonly signingSecret?: string;
  /** The bot token's scopes; absent: all. */
  readonly scopes?: readonly string[];
  /** Event subscriptions as the manifest names them. */
  readonly subscriptions?: readonly string[];
  /** How long a click can open a window, in milliseconds; Slack's 3,000 when absent. */
  readonly triggerLifetimeMs?: number;
  /** Enforces Slack's rate limits. */
  readonly rateLimits?: boolean;
  /** Keeps the workspace in this file between starts. */
  readonly file?: string;
  /** Suggestions on the page for a first visitor. */
  readonly tips?: readonly Tip[];
}

export interface Playground extends Control {
  /** The web page's address. */
  readonly url: string;
  /** The value for SLACK_API_URL. */
  readonly apiUrl: string;
  readonly port: number;
  readonly credentials: {
    readonly botToken: string;
    readonly appToken: string;
    readonly signingSecret: string;
    readonly clientId: string;
    readonly clientSecret: string;
  };
  /** Saves, disconnects everything and stops listening. */
  close(): Promise<void>;
}

const defaultSubscriptions = ["app_mention", "message.im", "app_home_opened"];

/** Starts a local Slack workspace. Rejects when the port is taken or the saved workspace is unreadable. */
export async function startPlayground(options: PlaygroundOptions = {}): Promise<Playground> {
  const { host = "127.0.0.1", file } = options;
  const server = createServer();
  const port = await listen(server, host, options.port ?? 0);
  const baseUrl = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const parts = assemble(options, baseUrl);
  const page = new PageServer({ ...parts, tips: options.tips ?? [], host });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    route(parts, page, request, response).catch((error: unknown) => failRequest(response, error));
  });
  server.on("upgrade", (request, socket, head) => {
    const url = URL.parse(request.url ?? "/", baseUrl);
    parts.sockets.accept(request, socket, head, url?.searchParams.get("ticket") ?? "");
  });
  const stopSaving = file === undefined ? undefined : keepWorkspaceSaved(file, parts.acting.state);
  return {
    ...createControl(parts),
    url: `${baseUrl}/`,
    apiUrl: `${baseUrl}/api/`,
    port,
    credentials: parts.credentials,
    close: () => close(server, parts, page, stopSaving),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function assemble(options: PlaygroundOptions, baseUrl: string) {
  const { seed = defaultSeed, clock = systemClock, file } = options;
  const changes = new ChangeFeed();
  const snapshot = file === undefined ? undefined : readWorkspace(file);
  const state = new WorkspaceState({ seed, clock, changes, snapshot });
  const credentials = {
    botToken: options.botToken ?? `xoxb-${randomBytes(18).toString("hex")}`,
    appToken: options.appToken ?? `xapp-1-${seed.app.id}-${randomBytes(18).toString("hex")}`,
    signingSecret: options.signingSecret ?? randomBytes(16).toString("hex"),
    clientId: "1000000000.2000000000",
    clientSecret: randomBytes(16).toString("hex"),
  };
  const http = new HttpDelivery({ clock, signingSecret: credentials.signingSecret });
  const sockets = new SocketMode({ clock, ids: state.ids, appId: seed.app.id, changes });
  const link = new AppLink({ clock, http, sockets, changes, requestUrl: options.requestUrl });
  const modals = new ModalStacks({ seed, ids: state.ids, changes });
  const triggers = new TriggerBook(clock, options.triggerLifetimeMs);
  const responses = new ResponseUrls(state, baseUrl);
  const faults = new Faults();
  const log = new RequestLog();
  const subscriptions = options.subscriptions ?? defaultSubscriptions;
  const acting: Acting = { state, link, modals, triggers, responses, subscriptions, baseUrl };
  const openSocketUrl = () =>
    `${baseUrl.replace("http", "ws")}/link/?ticket=${sockets.issueTicket()}`;
  const api: WebApiOptions = {
    context: { state, modals, triggers, uploads: new Uploads(), baseUrl, openSocketUrl },
    ...credentials,
    scopes: options.scopes,
    faults,
    log,
    rateLimits: options.rateLimits === true ? new RateLimits(clock) : undefined,
  };
  const signIn = new SignIn({ ...credentials, issuer: baseUrl, state, clock });
  return { acting, link, http, sockets, responses, faults, log, api, credentials, signIn };
}

type Parts = ReturnType<typeof assemble>;

async function route(
  parts: Parts,
  page: PageServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", parts.acting.baseUrl);
  if (url.pathname === TOKEN_PATH) return serveToken(parts.signIn, request, response);
  if (url.pathname.startsWith("/api/")) return serveApi(parts.api, request, response, url);
  if (url.pathname.startsWith("/upload/v1/")) return serveUpload(parts.api, request, response, url);
  if (url.pathname.startsWith("/files-pri/")) return serveFile(parts.api, request, response, url);
  if (/^\/(commands|actions)\//.test(url.pathname))
    return serveResponseUrl(parts.responses, request, response, url);
  if (url.pathname === AUTHORIZE_PATH) return serveAuthorize(parts.signIn, response, url);
  return page.serve(request, response, url);
}

async function serveResponseUrl(
  responses: ResponseUrls,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const body = (await readBody(request)).toString("utf8");
  const isForm = contentType(request) === "application/x-www-form-urlencoded";
  const json = isForm ? (new URLSearchParams(body).get("payload") ?? "") : body;
  const reply = responses.use(url.pathname, parseJson(json));
  sendJson(response, reply.body, { status: reply.status });
}

function failRequest(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else sendText(response, 500, error instanceof Error ? error.message : "The playground failed.");
}

async function close(
  server: Server,
  parts: Parts,
  page: PageServer,
  stopSaving: Cancel | undefined,
): Promise<void> {
  stopSaving?.();
  page.close();
  parts.link.close();
  await parts.sockets.close();
  parts.http.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
