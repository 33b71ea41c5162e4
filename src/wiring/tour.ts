// The tour: plays the whole main job in the playground without a browser, prints what people would see, and
// ends with 0 only when every step did what it should.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SlackMessage } from "#playground/message.ts";
import { openPlaygroundProgram } from "./open-playground.ts";
import type { PlaygroundProgram } from "./open-playground.ts";
import type { Print } from "./run-processes.ts";
import { verifyDatabase } from "./audit-commands.ts";

const CHANNEL = "#ops-production";
const STOPPED_INSTANCE = "i-0b0b000000000001";

/** One thing people do, and what must come of it. Throws when it doesn't. */
type Scene = { readonly title: string; readonly play: (stage: Stage) => Promise<void> };

export async function playTour(print: Print): Promise<number> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "countersign-tour-"));
  print("Starting Countersign in its playground. Nothing outside this machine is touched.");
  const opened = await openPlaygroundProgram({
    dataDirectory,
    port: 0,
    anyPort: true,
    saved: false,
  });
  let failed = 0;
  try {
    const stage = new Stage(opened, print);
    for (const [index, scene] of SCENES.entries()) {
      print(`\n━━ ${index + 1}/${SCENES.length} ${scene.title}`);
      try {
        await scene.play(stage);
        print("  ✔ as it should be");
      } catch (error) {
        failed += 1;
        print(`  ✘ ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await opened.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
  print(
    failed === 0
      ? "\nThe tour is done: everything did what it should."
      : `\nThe tour failed in ${failed} places.`,
  );
  return failed === 0 ? 0 : 1;
}

/** The playground seen by a script: says, clicks, waits, prints. */
class Stage {
  readonly opened: PlaygroundProgram;
  readonly #print: Print;

  constructor(opened: PlaygroundProgram, print: Print) {
    this.opened = opened;
    this.#print = print;
  }

  async asks(user: string, words: string): Promise<void> {
    this.#print(`  @${user}: /ops ${words}`);
    await this.opened.playground.slash(user, CHANNEL, `/ops ${words}`);
  }

  says(user: string, words: string, threadTs?: string): SlackMessage {
    this.#print(`  @${user}: ${words}`);
    return this.opened.playground.say(
      user,
      CHANNEL,
      words,
      threadTs === undefined ? {} : { threadTs },
    );
  }

  async clicks(user: string, card: SlackMessage, button: string): Promise<void> {
    this.#print(`  @${user} presses ${button}`);
    await this.opened.playground.click(user, { channel: CHANNEL, ts: card.ts, text: button });
  }

  /** Fills in and sends the window that the last click opened. */
  async submits(user: string, values: Readonly<Record<string, string>>): Promise<void> {
    const { playground } = this.opened;
    await playground.waitFor(() => playground.views(user).length > 0, {
      what: `a window for @${user}`,
    });
    this.#print(`  @${user} writes: ${Object.values(values).join(", ")}`);
    await playground.submitView(user, { values });
  }

  /** The newest message of the channel, or of a thread, whose text has all of these parts; printed. */
  async sees(parts: readonly string[], threadTs?: string): Promise<SlackMessage> {
    const { playground } = this.opened;
    const message = await playground.waitFor(
      () =>
        playground
          .messages(CHANNEL, threadTs)
          .findLast((one) => hasAll(playground.text(one), parts)),
      { what: `a message with ${parts.join(", ")}`, timeoutMs: 30_000 },
    );
    this.#show(playground.text(message));
    return message;
  }

  /** What only this person sees. */
  async isTold(user: string, parts: readonly string[]): Promise<void> {
    const { playground } = this.opened;
    const found = await playground.waitFor(
      () =>
        [
          ...playground.ephemerals(user).map((one) => one.message),
          ...playground.directMessages(user),
        ].findLast((one) => hasAll(playground.text(one), parts)),
      { what: `a private message to @${user} with ${parts.join(", ")}`, timeoutMs: 15_000 },
    );
    this.#print(`  (only @${user} sees this)`);
    this.#show(playground.text(found));
  }

  notes(sentence: string): void {
    this.#print(`  ${sentence}`);
  }

  #show(text: string): void {
    for (const line of text.split("\n")) this.#print(`    │ ${line}`);
  }
}

function hasAll(text: string, parts: readonly string[]): boolean {
  return parts.every((part) => text.toLowerCase().includes(part.toLowerCase()));
}

function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

const SCENES: readonly Scene[] = [
  {
    title: "Rita asks what she may do",
    play: async (stage) => {
      await stage.asks("rita", "help");
      await stage.isTold("rita", ["/ops run", "/ops plan"]);
    },
  },
  {
    title: "Reading needs nobody's approval",
    play: async (stage) => {
      await stage.asks("rita", "ec2.describe_instances region=eu-west-1");
      const card = await stage.sees(["describe", "read-only"]);
      await stage.sees(["completed"], card.ts);
    },
  },
  {
    title: "A change asks for a second signature, and nobody signs their own",
    play: async (stage) => {
      await stage.asks("rita", "run restart-fleet");
      const card = await stage.sees(["restart 3 instances", "0 of 1"]);
      await stage.clicks("rita", card, "Approve");
      await stage.isTold("rita", ["you asked for this plan"]);
      await stage.clicks("gus", card, "Approve");
      await stage.isTold("gus", ["guest"]);
      await stage.clicks("ann", card, "Approve");
      await stage.sees(["completed"], card.ts);
    },
  },
  {
    title: "A destructive change needs two different people",
    play: async (stage) => {
      await stage.asks(
        "rita",
        `ec2.terminate_instances region=eu-west-1 instance_ids=${STOPPED_INSTANCE}`,
      );
      const card = await stage.sees(["terminate", "destructive", "0 of 2", "no rollback exists"]);
      await stage.clicks("ann", card, "Approve");
      await stage.sees(["terminate", "1 of 2"]);
      await stage.clicks("ann", card, "Approve");
      await stage.sees(["terminate", "1 of 2"]);
      await stage.clicks("bob", card, "Approve");
      await stage.sees(["completed"], card.ts);
      const state = stage.opened.infrastructure
        .instances()
        .find((one) => one.id === STOPPED_INSTANCE)?.state;
      must(
        state === "terminated" || state === "shutting-down",
        `the instance is ${state ?? "gone"}, expected terminated`,
      );
    },
  },
  {
    title: "A failure is rolled back",
    play: async (stage) => {
      const { infrastructure } = stage.opened;
      infrastructure.failNext({ host: "web-2", what: "restart", times: 10, how: { status: 500 } });
      await stage.asks("rita", `run rotate-hosts load_balancer=${infrastructure.loadBalancerUrl}`);
      const card = await stage.sees(["restart 3 hosts", "0 of 1"]);
      await stage.clicks("bob", card, "Approve");
      await stage.sees(["rolled back"], card.ts);
      const out = infrastructure.hosts().filter((host) => host.status !== "in-service");
      must(out.length === 0, `left out of service: ${out.map((host) => host.name).join(", ")}`);
    },
  },
  {
    title: "A rejection needs a reason and ends it",
    play: async (stage) => {
      await stage.asks(
        "rita",
        "ec2.stop_instances region=eu-west-1 instance_ids=i-0a11ce0000000001",
      );
      const card = await stage.sees(["stop", "0 of 2"]);
      await stage.clicks("ann", card, "Reject");
      await stage.submits("ann", { reason: "Not during the sale" });
      await stage.sees(["stop", "rejected", "Not during the sale"]);
    },
  },
  {
    title: "The history says who did what",
    play: async (stage) => {
      await stage.asks("ann", "history environment=production");
      await stage.isTold("ann", ["restart 3 instances", "completed"]);
    },
  },
  {
    title: "The audit log proves itself",
    play: async (stage) => {
      const verified = await verifyDatabase(stage.opened.program.storage.database);
      must(verified.ok, verified.sentence);
      stage.notes(verified.sentence);
    },
  },
];
