// The two doors of "Sign in with Slack": the page on which a person says yes, and the method that exchanges the code.

import type { IncomingMessage, ServerResponse } from "node:http";
import { contentType, readArguments, readBody, sendJson, sendText } from "./http-messages.ts";
import { stringAt } from "./json-value.ts";
import { securityHeaders } from "./page-server.ts";
import { refusedLocation } from "./sign-in.ts";
import type { SignIn, SignInRequest } from "./sign-in.ts";

export const AUTHORIZE_PATH = "/openid/connect/authorize";
export const TOKEN_PATH = "/api/openid.connect.token";

/** Slack asks the person who is signed in there; here the visitor says who they are. */
export function serveAuthorize(signIn: SignIn, response: ServerResponse, url: URL): void {
  const query = url.searchParams;
  const request: SignInRequest = {
    clientId: query.get("client_id") ?? "",
    redirectUri: query.get("redirect_uri") ?? "",
    state: query.get("state") ?? "",
    nonce: query.get("nonce") ?? "",
  };
  const problem = signIn.problem(request);
  if (problem !== undefined) return sendText(response, 400, problem);
  const as = query.get("as");
  if (as === "nobody") return redirect(response, refusedLocation(request));
  if (as !== null && signIn.people().some(({ id }) => id === as))
    return redirect(response, signIn.allow(request, as));
  response.writeHead(200, { ...securityHeaders, "content-type": "text/html; charset=utf-8" });
  response.end(page(signIn, url));
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { ...securityHeaders, location });
  response.end();
}

function page(signIn: SignIn, url: URL): string {
  const choice = (as: string, label: string): string => {
    const target = new URL(url);
    target.searchParams.set("as", as);
    return `<li><a href="${escaped(target.pathname + target.search)}">${escaped(label)}</a></li>`;
  };
  const people = signIn
    .people()
    .map(({ id, realName, note }) =>
      choice(id, note === undefined ? realName : `${realName} (${note})`),
    );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Sign in with Slack · Playground</title>
    <link rel="icon" href="/icon.svg" />
    <link rel="stylesheet" href="/sign-in.css" />
  </head>
  <body>
    <main>
      <p class="product">Playground</p>
      <h1>Sign in with Slack</h1>
      <p>Countersign asks who you are. In Slack you would be signed in as yourself; here, choose:</p>
      <ul>${people.join("")}</ul>
      <ul>${choice("nobody", "Cancel")}</ul>
    </main>
  </body>
</html>
`;
}

/** The client's id and secret come in the Authorization header, or as arguments. */
export async function serveToken(
  signIn: SignIn,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  const args = readArguments(contentType(request), body, new URLSearchParams()) ?? {};
  const [id, secret] = basic(request.headers.authorization ?? "");
  sendJson(
    response,
    signIn.exchange({
      clientId: id ?? stringAt(args, "client_id") ?? "",
      clientSecret: secret ?? stringAt(args, "client_secret") ?? "",
      code: stringAt(args, "code") ?? "",
      redirectUri: stringAt(args, "redirect_uri") ?? "",
    }),
  );
}

function basic(header: string): readonly string[] {
  const encoded = /^Basic (.+)$/i.exec(header)?.[1];
  if (encoded === undefined) return [];
  return Buffer.from(encoded, "base64").toString("utf8").split(":").map(decodeURIComponent);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? "");
}
