// The modals each person has open, at most three deep, and the description of a view that Slack sends and answers.

import { limits } from "./block-kit-limits/check-surface.ts";
import { withIds } from "./block-ids.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { IdMint } from "./id-mint.ts";
import { recordAt, recordsAt, stringAt, type JsonRecord } from "./json-value.ts";
import type { Seed } from "./seed.ts";

export interface OpenView {
  readonly id: string;
  readonly user: string;
  readonly hash: string;
  readonly rootViewId: string;
  readonly previousViewId: string | undefined;
  readonly view: JsonRecord;
  /** What the app said is wrong with the inputs, by block_id. */
  readonly errors: Readonly<Record<string, string>>;
  /** A sentence when a submission could not be delivered. */
  readonly trouble: string | undefined;
}

export interface ViewCollaborators {
  readonly seed: Seed;
  readonly ids: IdMint;
  readonly changes: ChangeFeed;
}

export class ModalStacks {
  readonly #stacks = new Map<string, readonly OpenView[]>();
  readonly #with: ViewCollaborators;

  constructor(collaborators: ViewCollaborators) {
    this.#with = collaborators;
  }

  /** The person's open modals, the topmost last. */
  of(user: string): readonly OpenView[] {
    return this.#stacks.get(user) ?? [];
  }

  find(match: {
    viewId?: string | undefined;
    externalId?: string | undefined;
  }): OpenView | undefined {
    return [...this.#stacks.values()]
      .flat()
      .find(
        (open) =>
          (match.viewId !== undefined && open.id === match.viewId) ||
          (match.externalId !== undefined &&
            stringAt(open.view, "external_id") === match.externalId),
      );
  }

  /** Opens over whatever is open; `undefined` when three are open already. */
  push(user: string, view: JsonRecord): OpenView | undefined {
    const stack = this.of(user);
    if (stack.length >= limits.viewStack) return undefined;
    const { ids } = this.#with;
    const id = ids.id("V");
    const open: OpenView = {
      id,
      user,
      hash: this.#nextHash(),
      rootViewId: stack[0]?.id ?? id,
      previousViewId: stack.at(-1)?.id,
      view: { ...view, blocks: withIds(recordsAt(view, "blocks"), () => ids.id("b")) },
      errors: {},
      trouble: undefined,
    };
    this.#set(user, [...stack, open]);
    return open;
  }

  /** Gives an open modal new content; `undefined` when the person closed it meanwhile. */
  update(id: string, view: JsonRecord): OpenView | undefined {
    const { ids } = this.#with;
    const blocks = withIds(recordsAt(view, "blocks"), () => ids.id("b"));
    return this.#change(id, {
      view: { ...view, blocks },
      hash: this.#nextHash(),
      errors: {},
      trouble: undefined,
    });
  }

  showErrors(id: string, errors: Readonly<Record<string, string>>): void {
    this.#change(id, { errors, trouble: undefined });
  }

  showTrouble(id: string, trouble: string): void {
    this.#change(id, { trouble });
  }

  close(id: string): void {
    for (const [user, stack] of this.#stacks) {
      const rest = stack.filter((open) => open.id !== id);
      if (rest.length !== stack.length) this.#set(user, rest);
    }
  }

  clear(user: string): void {
    this.#set(user, []);
  }

  #nextHash(): string {
    return `${this.#with.ids.ts()}.${this.#with.ids.id("h").toLowerCase()}`;
  }

  #change(id: string, patch: Partial<OpenView>): OpenView | undefined {
    const old = this.find({ viewId: id });
    if (old === undefined) return undefined;
    const next = { ...old, ...patch };
    this.#set(
      old.user,
      this.of(old.user).map((open) => (open.id === id ? next : open)),
    );
    return next;
  }

  #set(user: string, stack: readonly OpenView[]): void {
    this.#stacks.set(user, stack);
    this.#with.changes.publish({ kind: "views", user });
  }

  describe(open: OpenView, values: JsonRecord = {}): JsonRecord {
    return describeView(this.#with.seed, {
      id: open.id,
      hash: open.hash,
      view: open.view,
      rootViewId: open.rootViewId,
      previousViewId: open.previousViewId,
      values,
    });
  }
}

export interface DescribedView {
  readonly id: string;
  readonly hash: string;
  readonly view: JsonRecord;
  readonly rootViewId: string;
  readonly previousViewId: string | undefined;
  readonly values: JsonRecord;
}

/** A modal or a Home tab as payloads and answers carry it. */
export function describeView(
  seed: Seed,
  { id, hash, view, rootViewId, previousViewId, values }: DescribedView,
): JsonRecord {
  return {
    id,
    team_id: seed.team.id,
    type: stringAt(view, "type"),
    blocks: recordsAt(view, "blocks"),
    private_metadata: stringAt(view, "private_metadata") ?? "",
    callback_id: stringAt(view, "callback_id") ?? "",
    state: { values },
    hash,
    title: recordAt(view, "title") ?? { type: "plain_text", text: "View Title", emoji: true },
    clear_on_close: view["clear_on_close"] === true,
    notify_on_close: view["notify_on_close"] === true,
    close: recordAt(view, "close") ?? null,
    submit: recordAt(view, "submit") ?? null,
    previous_view_id: previousViewId ?? null,
    root_view_id: rootViewId,
    app_id: seed.app.id,
    external_id: stringAt(view, "external_id") ?? "",
    app_installed_team_id: seed.team.id,
    bot_id: seed.app.botId,
  };
}
