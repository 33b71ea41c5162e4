// response_url: an address with which the app may answer a command or a click five times within thirty minutes.

import type { Clock } from "./clock.ts";
import { isRecord, type JsonRecord } from "./json-value.ts";
import type { SlackMessage } from "./message.ts";
import { botMessage, findThread, postTextCharacters, readContent } from "./web-api/posting.ts";
import type { WorkspaceState } from "./workspace-state.ts";

const lifetimeMs = 30 * 60_000;
const maxUses = 5;

/** Where an answer goes, and the message that the click was on. */
export interface ResponseTarget {
  readonly user: string;
  readonly channel: string;
  readonly threadTs?: string | undefined;
  readonly original?: { readonly ts: string; readonly ephemeral: boolean };
}

export type ResponseReply = { readonly status: number; readonly body: JsonRecord };

interface Issued {
  readonly target: ResponseTarget;
  readonly issuedMs: number;
  uses: number;
}

const refused = (status: number, error: string): ResponseReply => ({
  status,
  body: { ok: false, error },
});

export class ResponseUrls {
  readonly #state: WorkspaceState;
  readonly #clock: Clock;
  readonly #baseUrl: string;
  readonly #issued = new Map<string, Issued>();

  constructor(state: WorkspaceState, baseUrl: string) {
    this.#state = state;
    this.#clock = state.clock;
    this.#baseUrl = baseUrl;
  }

  issue(kind: "commands" | "actions", target: ResponseTarget): string {
    const path = `/${kind}/${this.#state.seed.team.id}/${this.#state.ids.id("")}`;
    this.#issued.set(path, { target, issuedMs: this.#clock.now(), uses: 0 });
    return `${this.#baseUrl}${path}`;
  }

  /** Handles a POST to an issued address. `body` is the parsed JSON. */
  use(path: string, body: unknown): ResponseReply {
    const issued = this.#issued.get(path);
    if (issued === undefined) return refused(404, "no_service");
    if (this.#clock.now() - issued.issuedMs > lifetimeMs) return refused(404, "expired_url");
    if (issued.uses >= maxUses) return refused(404, "used_url");
    if (!isRecord(body)) return refused(400, "invalid_payload");
    const reply = this.answer(issued.target, body);
    if (reply.status === 200) issued.uses += 1;
    return reply;
  }

  /** Shows an answer: also for what an app says inside the acknowledgement of a command. */
  answer(target: ResponseTarget, body: JsonRecord): ResponseReply {
    if (body["delete_original"] === true) return this.#replaceOriginal(target, undefined);
    const read = readContent(
      this.#state,
      {
        text: typeof body["text"] === "string" ? body["text"] : undefined,
        blocks: body["blocks"],
        attachments: body["attachments"],
      },
      postTextCharacters,
    );
    if (!read.ok) return refused(500, read.error);
    const threadTs = typeof body["thread_ts"] === "string" ? body["thread_ts"] : target.threadTs;
    const message = botMessage(this.#state, read.content, threadTs);
    if (body["replace_original"] === true && target.original !== undefined)
      return this.#replaceOriginal(target, message);
    return this.#show(target, message, body["response_type"] === "in_channel");
  }

  #show(target: ResponseTarget, message: SlackMessage, inChannel: boolean): ResponseReply {
    const channel = this.#state.channels.find(target.channel);
    if (channel === undefined) return refused(404, "channel_not_found");
    if (!inChannel) {
      this.#state.addEphemeral({
        user: target.user,
        channel: channel.id,
        message,
        fromSlack: false,
      });
    } else if (findThread(this.#state, channel, message.thread_ts).ok) {
      this.#state.addMessage(channel.id, message);
    }
    return { status: 200, body: { ok: true } };
  }

  #replaceOriginal(
    { user, channel, original }: ResponseTarget,
    message: SlackMessage | undefined,
  ): ResponseReply {
    if (original === undefined) return refused(500, "message_not_found");
    if (original.ephemeral) {
      this.#state.replaceEphemeral(user, original.ts, message && { ...message, ts: original.ts });
      return { status: 200, body: { ok: true } };
    }
    const old = this.#state.findMessage(channel, original.ts);
    if (old === undefined) return refused(404, "message_not_found");
    if (message === undefined) this.#state.deleteMessage(channel, old);
    else {
      const { blocks: _blocks, attachments: _attachments, ...kept } = old;
      const { text, blocks, attachments } = message;
      this.#state.replaceMessage(channel, {
        ...kept,
        text,
        ...(blocks === undefined ? {} : { blocks }),
        ...(attachments === undefined ? {} : { attachments }),
      });
    }
    return { status: 200, body: { ok: true } };
  }
}
