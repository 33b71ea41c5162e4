// A browser at the pages of step-up, without one: cookies as a browser keeps them, and each click as its request.

import type { SoftwarePasskey, Flaw } from "./software-passkey.ts";

export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  /** A page's HTML, or the JSON text of an answer. */
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
};

export class StepUpBrowser {
  readonly #pagesUrl: string;
  #cookie: string | null = null;

  /** @param pagesUrl without a slash at its end. */
  constructor(pagesUrl: string) {
    this.#pagesUrl = pagesUrl;
  }

  get cookie(): string | null {
    return this.#cookie;
  }

  async get(path: string): Promise<Answered> {
    return this.#ask(path, {});
  }

  async post(
    path: string,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    return this.#ask(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { origin: this.#pagesUrl, "content-type": "application/json", ...headers },
    });
  }

  /** Presses "Sign in with Slack" on the link's page: Slack's address. */
  async begin(token: string): Promise<string> {
    const { status, json, text } = await this.post("begin", { token });
    if (status !== 200) throw new Error(`not begun: ${status} ${text}`);
    return String(json["location"]);
  }

  /** Comes back from Slack, where this person was signed in. */
  async signInAs(token: string, userId: string): Promise<Answered> {
    return this.follow(await allowedAt(await this.begin(token), userId));
  }

  /** @param callback the address Slack sent the browser to. */
  async follow(callback: string): Promise<Answered> {
    const { pathname, search } = new URL(callback);
    return this.get(`${pathname.replace(/^\/step-up\//, "")}${search}`);
  }

  async register(passkey: SoftwarePasskey, flaw: Flaw = {}): Promise<Answered> {
    const asked = await this.post("register/options", {});
    if (asked.status !== 200) return asked;
    const { options, salt } = asked.json;
    return this.post("register", { salt, response: passkey.register(options, flaw) });
  }

  /** The question for an approval, as the page asks for it. */
  async question(): Promise<{ readonly options: unknown; readonly salt: unknown }> {
    const { status, json, text } = await this.post("approve/options", {});
    if (status !== 200) throw new Error(`nothing was asked: ${status} ${text}`);
    return { options: json["options"], salt: json["salt"] };
  }

  async approve(passkey: SoftwarePasskey, flaw: Flaw = {}): Promise<Answered> {
    const { options, salt } = await this.question();
    return this.post("approve", { salt, response: passkey.assert(options, flaw) });
  }

  async #ask(path: string, init: RequestInit): Promise<Answered> {
    const headers = new Headers(init.headers);
    if (this.#cookie !== null) headers.set("cookie", this.#cookie);
    const url = new URL(`${this.#pagesUrl}/step-up/${path}`);
    // What a name resolves to is not what is tested.
    url.hostname = "127.0.0.1";
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    const set = response.headers.get("set-cookie")?.split(";")[0];
    if (set !== undefined) this.#cookie = set;
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    const json = isJson ? (JSON.parse(text) as Answered["json"]) : {};
    return { status: response.status, headers: response.headers, text, json };
  }
}

/** Says yes at the playground's Slack as this person: where it sends the browser. */
export async function allowedAt(location: string, userId: string): Promise<string> {
  const url = new URL(location);
  url.searchParams.set("as", userId);
  const response = await fetch(url, { redirect: "manual" });
  const callback = response.headers.get("location");
  if (callback === null) throw new Error(`Slack said ${response.status} ${await response.text()}`);
  return callback;
}
