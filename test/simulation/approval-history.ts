// Random histories of approvals, played against the real thing and against the model at once; after every move both
// must agree on every plan: its state, its version, whose word counts on it, and how often it acted.

import fc from "fast-check";
import type { Database } from "#adapters/postgres/database.ts";
import { ApprovalModel, GROUP, REQUESTER } from "./approval-model.ts";
import type { ModelPlan } from "./approval-model.ts";
import { ApprovalWorld } from "./approval-world.ts";
import type { Crash, Said } from "./approval-world.ts";

const PEOPLE = [REQUESTER, ...GROUP];
const HALF_HOUR_MS = 1_800_000;

/** Plans and versions are meant by number, and fall to those there are. */
export type Move =
  | { readonly move: "file"; readonly userId: string; readonly crash: Crash }
  | {
      readonly move: "vote";
      readonly userId: string;
      readonly plan: number;
      readonly choice: "approve" | "reject";
      /** How many versions ago the card is that they click on; null: they say it in the thread. */
      readonly behind: number | null;
      readonly crash: Crash;
    }
  | {
      readonly move: "edit";
      readonly userId: string;
      readonly plan: number;
      readonly behind: number;
      readonly content: string;
      readonly crash: Crash;
    }
  | {
      readonly move: "withdraw" | "resume";
      readonly userId: string;
      readonly plan: number;
      readonly crash: Crash;
    }
  /** Several say yes to the newest version. */
  | { readonly move: "sign"; readonly userIds: readonly string[]; readonly plan: number }
  | { readonly move: "again"; readonly which: number }
  | { readonly move: "deactivate" | "welcome"; readonly userId: string }
  | { readonly move: "group"; readonly userIds: readonly string[] }
  | { readonly move: "wait"; readonly halfHours: number }
  | { readonly move: "freeze"; readonly halfHours: number }
  | { readonly move: "require"; readonly count: number }
  | { readonly move: "directory"; readonly away: boolean }
  | { readonly move: "work"; readonly diesAt: number }
  | { readonly move: "sweep" | "restart" };

const approver = fc.constantFrom(...GROUP);
const anybody = fc.constantFrom(...PEOPLE);
/** Most often the first two plans, so that histories get somewhere. */
const plan = fc.constantFrom(0, 0, 0, 0, 1, 2);
const behind = fc.constantFrom(0, 0, 0, 0, 1);
const crash = fc.constantFrom<Crash>(null, null, null, null, null, "before", "after");

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      move: fc.constant("sign"),
      userIds: fc.shuffledSubarray(GROUP, { minLength: 2, maxLength: 3 }),
      plan,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      move: fc.constant("vote"),
      userId: fc.oneof({ weight: 4, arbitrary: approver }, { weight: 1, arbitrary: anybody }),
      plan,
      choice: fc.constantFrom("approve", "approve", "approve", "approve", "reject"),
      behind: fc.option(behind, { freq: 3 }),
      crash,
    }),
  },
  { weight: 6, arbitrary: fc.record({ move: fc.constant("work"), diesAt: fc.constant(Infinity) }) },
  {
    weight: 1,
    arbitrary: fc.record({ move: fc.constant("work"), diesAt: fc.integer({ min: 1, max: 13 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      move: fc.constant("edit"),
      userId: fc.constantFrom(REQUESTER, "U0DEV", "U0ANN"),
      plan,
      behind,
      content: fc.constantFrom("a", "b"),
      crash,
    }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constant("deactivate"), userId: anybody }) },
  { weight: 2, arbitrary: fc.record({ move: fc.constant("welcome"), userId: anybody }) },
  {
    weight: 2,
    arbitrary: fc.record({
      move: fc.constant("group"),
      userIds: fc.oneof(fc.subarray(PEOPLE), fc.constant(PEOPLE)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      move: fc.constant("file"),
      userId: fc.constantFrom(REQUESTER, REQUESTER, "U0ANN"),
      crash,
    }),
  },
  { weight: 2, arbitrary: fc.record({ move: fc.constant("again"), which: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ move: fc.constant("wait"), halfHours: fc.constantFrom(1, 4, 8) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ move: fc.constant("freeze"), halfHours: fc.constantFrom(0, 1, 2) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ move: fc.constant("require"), count: fc.constantFrom(2, 3) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      move: fc.constant("directory"),
      away: fc.constantFrom(true, false, false),
    }),
  },
  { weight: 3, arbitrary: fc.record({ move: fc.constantFrom("sweep", "restart", "restart") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      move: fc.constantFrom("withdraw", "resume", "resume"),
      userId: fc.constantFrom(REQUESTER, REQUESTER, "U0ANN"),
      plan,
      crash,
    }),
  },
);

export const history: fc.Arbitrary<readonly Move[]> = fc.array(move, {
  minLength: 12,
  maxLength: 40,
  size: "max",
});

const sign = (...userIds: readonly string[]): Move => ({ move: "sign", userIds, plan: 0 });
const work: Move = { move: "work", diesAt: Infinity };
const vote = { move: "vote", plan: 0, behind: 0, crash: null } as const;

/** What a random history comes to only sometimes, each by itself. */
export const KNOWN: readonly (readonly Move[])[] = [
  // Votes are for what was voted on, also after the words are back to what they were.
  [
    { ...vote, userId: "U0ANN", choice: "approve" },
    { move: "edit", userId: REQUESTER, plan: 0, behind: 0, content: "a", crash: null },
    { ...vote, userId: "U0BOB", choice: "approve" },
    work,
    { ...vote, userId: "U0ANN", choice: "approve" },
    work,
  ],
  // Whoever asked never counts, in the group or not.
  [{ move: "group", userIds: PEOPLE }, sign(REQUESTER, "U0ANN"), work, sign("U0BOB"), work],
  // Who has left between the vote and the start does not count any more; then a person says to look again.
  [
    sign("U0ANN", "U0BOB"),
    { move: "deactivate", userId: "U0ANN" },
    work,
    { move: "welcome", userId: "U0ANN" },
    { move: "resume", userId: REQUESTER, plan: 0, crash: null },
    work,
  ],
  // The newest word counts, whichever is worked on last; and delivered again it says nothing more.
  [
    { ...vote, userId: "U0ANN", choice: "approve", crash: "after" },
    { ...vote, userId: "U0ANN", choice: "reject" },
    { move: "restart" },
    { move: "again", which: 0 },
    sign("U0BOB"),
    work,
  ],
  // A stricter policy, a freeze and an approval whose time is over hold what was approved.
  [sign("U0ANN", "U0BOB"), { move: "require", count: 3 }, work],
  [
    sign("U0ANN", "U0BOB"),
    { move: "freeze", halfHours: 1 },
    work,
    { move: "wait", halfHours: 1 },
    work,
  ],
  [sign("U0ANN", "U0BOB"), { move: "wait", halfHours: 4 }, { move: "sweep" }, work],
  // Killed on the way, once before and once after it acted: nothing is done twice.
  [sign("U0ANN", "U0BOB"), { move: "work", diesAt: 9 }, work],
  // Killed before a hold was written down: what it was for may be over when the next one looks.
  [
    sign("U0ANN", "U0BOB"),
    { move: "deactivate", userId: REQUESTER },
    { move: "work", diesAt: 1 },
    { move: "welcome", userId: REQUESTER },
    work,
  ],
  [sign("U0ANN", "U0BOB"), { move: "work", diesAt: 10 }, work],
];

/** Said, and how often it has been done: not at all by a process that died before. */
type Word = { readonly said: Said; readonly at: number; crash: Crash; done: boolean };

/** @throws {Error} where the world is not as the model says. Answers what the history has met. */
export async function play(database: Database, moves: readonly Move[]): Promise<readonly string[]> {
  const history = new History(database);
  const calm: readonly Move[] = [
    { move: "restart" },
    { move: "work", diesAt: Infinity },
    { move: "work", diesAt: Infinity },
  ];
  try {
    for (const next of [
      { move: "file", userId: REQUESTER, crash: null } as const,
      ...moves,
      ...calm,
    ])
      await history.take(next);
    await history.end();
    return history.met;
  } finally {
    await history.world.leave();
  }
}

class History {
  readonly world: ApprovalWorld;
  readonly met: string[] = [];
  readonly #model = new ApprovalModel();
  readonly #words: Word[] = [];
  readonly #log: string[] = [];

  constructor(database: Database) {
    this.world = new ApprovalWorld(database);
  }

  async take(next: Move): Promise<void> {
    // No two things happen in the same millisecond, so that plans have an order.
    this.world.clock.advance(1);
    this.#log.push(JSON.stringify(next));
    const done = await this.#do(next);
    this.met.push(done ? next.move : `no ${next.move}`);
    await this.#compare();
  }

  async end(): Promise<void> {
    const unexplained = await this.world.unexplained();
    if (unexplained.length > 0) throw this.#failure("an end that nobody was told", unexplained, []);
  }

  async #do(next: Move): Promise<boolean> {
    const { world } = this;
    const model = this.#model;
    switch (next.move) {
      case "file":
      case "vote":
      case "edit":
      case "withdraw":
      case "resume":
        return this.#say(next);
      case "sign":
        for (const userId of next.userIds) {
          const vote = { move: "vote", choice: "approve", behind: 0, crash: null } as const;
          await this.#say({ ...vote, plan: next.plan, userId });
        }
        return true;
      case "again": {
        const word = this.#words[next.which % this.#words.length];
        if (word !== undefined) await world.hear(word.said, null);
        return word !== undefined;
      }
      case "restart":
        await world.restart();
        for (const word of this.#words) {
          if (word.crash === null) continue;
          word.crash = null;
          if (!word.done) this.#apply(word);
        }
        return true;
      case "work":
        return this.#work(next.diesAt);
      case "sweep":
        await world.sweep();
        return true;
      case "deactivate":
        model.inactive.add(next.userId);
        world.directory.refuse(next.userId, "deactivated");
        return true;
      case "welcome":
        world.directory.welcome(next.userId);
        return model.inactive.delete(next.userId);
      case "group":
        model.group = next.userIds;
        world.directory.setGroup("S0SRE", next.userIds);
        return true;
      case "wait":
        world.clock.advance(next.halfHours * HALF_HOUR_MS);
        return true;
      case "freeze":
        model.frozenUntil = world.clock.now() + next.halfHours * HALF_HOUR_MS;
        world.freeze(model.frozenUntil);
        return true;
      case "require":
        model.needed = next.count;
        world.require(next.count);
        return true;
      case "directory":
        model.directoryAway = next.away;
        if (next.away) world.directory.takeDown("everything");
        else world.directory.bringBack();
        return true;
    }
  }

  async #say(next: Extract<Move, { readonly crash: Crash }>): Promise<boolean> {
    const id = `w${this.#words.length}`;
    const said = this.#wordsOf(next, id);
    if (said === null) return false;
    const word: Word = { said, at: this.world.clock.now(), crash: next.crash, done: false };
    this.#words.push(word);
    await this.world.hear(said, next.crash);
    return next.crash === "before" ? false : this.#apply(word);
  }

  #wordsOf(next: Extract<Move, { readonly crash: Crash }>, id: string): Said | null {
    const { userId } = next;
    if (next.move === "file") return { id, userId, wish: "file", content: id };
    const { plans } = this.#model;
    const number = next.plan % Math.max(plans.length, 1);
    const plan = plans[number];
    if (plan === undefined) return null;
    const about = { id, userId, plan: number } as const;
    switch (next.move) {
      case "vote": {
        const version = next.behind === null ? null : Math.max(1, plan.version - next.behind);
        return { ...about, wish: "vote", version, choice: next.choice };
      }
      case "edit": {
        const from = Math.max(1, plan.version - next.behind);
        return { ...about, wish: "edit", from, content: `${number}${next.content}` };
      }
      default:
        return { ...about, wish: next.move };
    }
  }

  /** The model does what was said; answers whether it counted. */
  #apply(word: Word): boolean {
    const { said, at } = word;
    const now = this.world.clock.now();
    const model = this.#model;
    if (said.wish === "file") word.done = model.file(said.userId, said.content, now);
    else word.done = this.#applyTo(model.plans[said.plan], said, { now, at });
    return word.done;
  }

  #applyTo(
    plan: ModelPlan | undefined,
    said: Exclude<Said, { readonly wish: "file" }>,
    { now, at }: { readonly now: number; readonly at: number },
  ): boolean {
    if (plan === undefined) return false;
    switch (said.wish) {
      case "vote":
        return this.#model.vote(plan, said.userId, { ...said, saidAt: at }, now);
      case "edit":
        return this.#model.edit(plan, said.userId, said, now);
      case "withdraw":
        return this.#model.withdraw(plan, said.userId, now);
      case "resume":
        return this.#model.resume(plan, said.userId);
    }
  }

  async #work(diesAt: number): Promise<boolean> {
    const { world } = this;
    const before = world.acts.length;
    await world.work(diesAt);
    const acted = world.acts.slice(before);
    const died = diesAt !== Infinity;
    const records = await world.plans();
    let any = false;
    for (const [number, plan] of this.#model.plans.entries()) {
      const may = this.#model.work(plan, world.clock.now());
      const did = acted.filter((content) => content === plan.content).length;
      // Who died may have acted or not; whoever comes after may do it where nothing was begun, and need not.
      const sure = !died && !plan.touched;
      if (did > 1 || (did === 1 && !may) || (sure && may && did === 0))
        throw this.#failure(`plan ${number}: acted ${did} times`, [{ may, ...plan }], []);
      const status = records[number]?.status;
      if (may && (did === 1 || status === "spent")) plan.status = "spent";
      if (died) {
        plan.touched = true;
        // Whoever died may have come to a hold and not to writing it down.
        plan.held &&= await world.isHeld(number);
      }
      plan.acts += did;
      any ||= did === 1;
    }
    return any;
  }

  async #compare(): Promise<void> {
    const { world } = this;
    const now = world.clock.now();
    const real = (await world.plans()).map((record) => ({
      status: world.status(record),
      ...(world.status(record) === "expired"
        ? {}
        : {
            version: record.version,
            content: record.plan.steps[0]?.with["name"],
            editors: record.editors.toSorted(),
            votes: record.votes.map(({ userId, choice }) => `${userId} ${choice}`).toSorted(),
          }),
    }));
    const said = this.#model.plans.map((plan) => ({
      status: this.#model.status(plan, now),
      ...(this.#model.status(plan, now) === "expired"
        ? {}
        : {
            version: plan.version,
            content: plan.content,
            editors: [...plan.editors].toSorted(),
            votes: [...plan.votes].map(([userId, { choice }]) => `${userId} ${choice}`).toSorted(),
          }),
    }));
    if (JSON.stringify(real) !== JSON.stringify(said))
      throw this.#failure("the plans are not as the model says", real, said);
  }

  #failure(what: string, found: readonly unknown[], expected: readonly unknown[]): Error {
    const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value));
    return new Error(
      [
        what,
        "found:",
        ...lines(found),
        "expected:",
        ...lines(expected),
        "after:",
        ...this.#log,
      ].join("\n"),
    );
  }
}
