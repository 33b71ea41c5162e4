// What people do and see in a channel, so that tests read like the conversation they play. Messages of the bot
// are told apart by the key that it keeps in their metadata.

import { stringify } from "yaml";
import { recordAt, recordsAt, stringAt } from "#playground/json-value.ts";
import type { SubmissionOutcome } from "#playground/filling-in.ts";
import type { SlackMessage } from "#playground/message.ts";
import { until } from "#test/until.ts";
import type { Workspace } from "./workspace.ts";

const CHANNEL = "#ops-production";

/** A plan as people see it: its card, and the thread under it. */
export type Card = {
  readonly planId: string;
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string;
};

const PATIENCE_MS = 30_000;

export class Conversation {
  readonly #workspace: Workspace;
  readonly channel: string;

  constructor(workspace: Workspace, channel = CHANNEL) {
    this.#workspace = workspace;
    this.channel = channel;
  }

  /** Asks for work with a slash command and answers its card. */
  async asks(user: string, words: string): Promise<Card> {
    const before = new Set(this.#cards().map(({ planId }) => planId));
    await this.commands(user, words);
    const card = await this.#newCard(before, words);
    // The card is seen a moment before the bot has noted that its thread is the plan's.
    await until("the card's thread to be the plan's", async () => {
      const rows = await this.#workspace.sql`
        SELECT 1 FROM plans JOIN conversations ON conversations.id = plans.conversation_id
        WHERE plans.id = ${card.planId} AND conversations.thread_ts IS NOT NULL`;
      return rows.length === 1;
    });
    return card;
  }

  /** Asks for a plan in a code block. */
  asksForPlan(user: string, plan: object): Promise<Card> {
    return this.asks(user, `plan \`\`\`\n${stringify(plan)}\n\`\`\``);
  }

  async commands(user: string, words: string): Promise<void> {
    const answer = await this.#workspace.slack.slash(user, this.channel, `/ops ${words}`);
    if (answer.kind !== "acknowledged")
      throw new Error(`/ops ${words} was not acknowledged: ${JSON.stringify(answer)}`);
  }

  /** Mentions the bot, in a thread when one is given. */
  mentions(
    user: string,
    words: string,
    options: { readonly in?: Card; readonly snippet?: string } = {},
  ): SlackMessage {
    return this.#workspace.slack.say(user, this.channel, `@countersign ${words}`, {
      ...(options.in !== undefined && { threadTs: options.in.threadTs }),
      ...(options.snippet !== undefined && {
        files: [{ name: "plan.yaml", content: options.snippet }],
      }),
    });
  }

  /** Mentions the bot in a plan's thread, and answers the card of the plan that comes of it. */
  async asksInThread(user: string, { threadTs }: Card, words: string): Promise<Card> {
    const before = new Set(this.#cards(threadTs).map(({ planId }) => planId));
    this.#workspace.slack.say(user, this.channel, `@countersign ${words}`, { threadTs });
    const find = (): Card | undefined =>
      this.#cards(threadTs).find(({ planId }) => !before.has(planId));
    return this.#workspace.slack.waitFor(find, {
      what: `the card of ${words}`,
      timeoutMs: PATIENCE_MS,
    });
  }

  /** The card of a plan that was asked for by mention: it stands in the thread of the words. */
  async cardUnder({ ts }: SlackMessage): Promise<Card> {
    return this.#workspace.slack.waitFor(() => this.#cards(ts)[0], {
      what: "a card in the thread",
      timeoutMs: PATIENCE_MS,
    });
  }

  async presses(user: string, card: { readonly ts: string }, button: string): Promise<void> {
    await this.#workspace.slack.click(user, { channel: this.channel, ts: card.ts, text: button });
  }

  async approves(user: string, card: Card): Promise<void> {
    await this.presses(user, card, "Approve");
  }

  async rejects(user: string, card: Card, reason: string): Promise<void> {
    await this.presses(user, card, "Reject");
    await this.window(user);
    await this.#workspace.slack.submitView(user, { values: { reason } });
  }

  /** Changes the plan's source in the edit window. */
  async edits(user: string, card: Card, change: (source: string) => string): Promise<void> {
    await this.presses(user, card, "Edit");
    await this.window(user);
    const outcome = await this.submitsEdit(user, change);
    if (outcome.kind !== "closed")
      throw new Error(`the edit was not taken: ${JSON.stringify(outcome)}`);
  }

  /** Submits the edit window that is open for a person. */
  submitsEdit(user: string, change: (source: string) => string): Promise<SubmissionOutcome> {
    const { slack } = this.#workspace;
    const inputs = recordsAt(slack.views(user).at(-1)?.view, "blocks").filter(
      ({ type }) => type === "input",
    );
    const values = Object.fromEntries(
      inputs.map((input) => [
        stringAt(input, "block_id") ?? "",
        change(stringAt(recordAt(input, "element"), "initial_value") ?? ""),
      ]),
    );
    return slack.submitView(user, { values });
  }

  /** The text of the window that is open for a person. */
  window(user: string): Promise<string> {
    const { slack } = this.#workspace;
    return slack.waitFor(() => slack.modalText(user), {
      what: `a window for @${user}`,
      timeoutMs: PATIENCE_MS,
    });
  }

  /** The card's text once it has all these parts. */
  async cardShows(card: Card, ...parts: readonly string[]): Promise<string> {
    return this.#text(`the card with ${parts.join(", ")}`, parts, () =>
      this.#find(card, `plan-card:${card.planId}`),
    );
  }

  cardText(card: Card): string {
    const message = this.#find(card, `plan-card:${card.planId}`);
    return message === undefined ? "" : this.#workspace.slack.text(message);
  }

  /** The run's progress message once it has all these parts. */
  async progressShows(card: Card, ...parts: readonly string[]): Promise<SlackMessage> {
    return this.#message(`progress with ${parts.join(", ")}`, parts, () =>
      this.#find(card, "run-progress:"),
    );
  }

  /** The run's last message once it has all these parts. */
  async ends(card: Card, ...parts: readonly string[]): Promise<string> {
    return this.#text(`the end of ${card.planId} with ${parts.join(", ")}`, parts, () =>
      this.#find(card, "run-finished:"),
    );
  }

  /** The open question about an attempt. */
  async isAsked(card: Card): Promise<SlackMessage> {
    return this.#message("a question", ["Did this happen?"], () =>
      this.#find(card, "run-question:"),
    );
  }

  /** What a step of the run asks, once it has all these parts: its approval or its question. */
  async stepAsks(
    card: Card,
    what: "approval" | "inquiry",
    ...parts: readonly string[]
  ): Promise<SlackMessage> {
    return this.#message(`the ${what} of a step with ${parts.join(", ")}`, parts, () =>
      this.#find(card, `step-${what}:`),
    );
  }

  /** The run's message that it is held. */
  async isHeld(card: Card, ...parts: readonly string[]): Promise<SlackMessage> {
    return this.#message("that the run is held", parts, () => this.#find(card, "run-held:"));
  }

  /** The newest reply in the card's thread with all these parts. */
  async threadShows(card: Card, ...parts: readonly string[]): Promise<string> {
    return this.#text(`a reply with ${parts.join(", ")}`, parts, () =>
      this.thread(card).findLast((one) => this.#has(one, parts)),
    );
  }

  /** The newest message that only this person sees with all these parts. */
  async isTold(user: string, ...parts: readonly string[]): Promise<string> {
    const { slack } = this.#workspace;
    return this.#text(`a private message to @${user} with ${parts.join(", ")}`, parts, () =>
      [
        ...slack.directMessages(user),
        ...slack.ephemerals(user).map(({ message }) => message),
      ].findLast((one) => this.#has(one, parts)),
    );
  }

  /** The newest message of the channel with all these parts. */
  async channelShows(...parts: readonly string[]): Promise<string> {
    return this.#text(`a message with ${parts.join(", ")}`, parts, () =>
      this.#workspace.slack.messages(this.channel).findLast((one) => this.#has(one, parts)),
    );
  }

  thread(card: Card): readonly SlackMessage[] {
    return this.#workspace.slack.messages(this.channel, card.threadTs);
  }

  /** The keys of the bot's messages in the thread, in order: what was posted, each as often as it was. */
  keys(card: Card): readonly string[] {
    return this.thread(card).flatMap((message) => keyOf(message) ?? []);
  }

  #has(message: SlackMessage, parts: readonly string[]): boolean {
    const text = this.#workspace.slack.text(message).toLowerCase();
    return parts.every((part) => text.includes(part.toLowerCase()));
  }

  async #text(
    what: string,
    parts: readonly string[],
    find: () => SlackMessage | undefined,
  ): Promise<string> {
    return this.#workspace.slack.text(await this.#message(what, parts, find));
  }

  async #message(
    what: string,
    parts: readonly string[],
    find: () => SlackMessage | undefined,
  ): Promise<SlackMessage> {
    const { slack } = this.#workspace;
    const look = (): SlackMessage | undefined => {
      const found = find();
      return found !== undefined && this.#has(found, parts) ? found : undefined;
    };
    try {
      return await slack.waitFor(look, { what, timeoutMs: PATIENCE_MS });
    } catch (error) {
      const found = find();
      throw new Error(
        `${String(error)} It says: ${found === undefined ? "nothing" : slack.text(found)}`,
        { cause: error },
      );
    }
  }

  #find(card: Card, key: string): SlackMessage | undefined {
    return this.thread(card).findLast((message) => keyOf(message)?.startsWith(key) === true);
  }

  #newCard(before: ReadonlySet<string>, words: string): Promise<Card> {
    const find = (): Card | undefined => this.#cards().find(({ planId }) => !before.has(planId));
    return this.#workspace.slack.waitFor(find, {
      what: `the card of ${words}`,
      timeoutMs: PATIENCE_MS,
    });
  }

  #cards(threadTs?: string): readonly Card[] {
    return this.#workspace.slack.messages(this.channel, threadTs).flatMap((message) => {
      const planId = /^plan-card:(pl-\w+)/.exec(keyOf(message) ?? "")?.[1];
      if (planId === undefined) return [];
      return [
        {
          planId,
          channel: this.channel,
          ts: message.ts,
          threadTs: threadTs ?? message.thread_ts ?? message.ts,
        },
      ];
    });
  }
}

/** What the bot calls a message of its own. */
function keyOf({ metadata }: SlackMessage): string | undefined {
  const key = stringAt(recordAt(metadata, "event_payload"), "key");
  return key === "" ? undefined : key;
}
