// The pages of step-up in a real browser, with the playground as it starts by itself: a passkey of Chromium's virtual
// authenticator is registered, signs, and the plan it signed runs.

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "#test/until.ts";
import { openPlaygroundProgram, type PlaygroundProgram } from "../../src/wiring/open-playground.ts";

const program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);
const title =
  program === undefined
    ? "a passkey in a browser (skipped: no Chromium program is installed, try `apt-get install chromium`)"
    : "a passkey in a browser";
const PLAN = "/ops ec2.terminate_instances region=eu-west-1 instance_ids=i-0a11ce0000000003";

describe.skipIf(program === undefined)(title, () => {
  let directory: string;
  let opened: PlaygroundProgram;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "countersign-passkey-"));
    opened = await openPlaygroundProgram({
      anyPort: true,
      saved: false,
      port: 0,
      dataDirectory: directory,
    });
    browser = await chromium.launch({
      ...(program !== undefined && { executablePath: program }),
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
    });
    page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await opened.stop();
    await rm(directory, { recursive: true, force: true });
  }, 60_000);

  /** The link that came to Ann after her click on the newest card. */
  async function linkForAnn(): Promise<string> {
    const { playground } = opened;
    const before = playground.ephemerals("ann").length;
    await playground.slash("rita", "#ops-production", PLAN);
    const card = await until("the card", () =>
      playground.messages("#ops-production").findLast(({ text }) => text.startsWith("Waiting")),
    );
    await playground.click("ann", { channel: "#ops-production", ts: card.ts, text: "Approve" });
    const private_ = await until("the link", () =>
      playground.ephemerals("ann").slice(before).at(-1),
    );
    return /http:\/\/localhost:\d+\/step-up\/[\w-]{43}/.exec(JSON.stringify(private_))?.[0] ?? "";
  }

  async function signIn(link: string): Promise<void> {
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in with Slack" }).click();
    await page.getByRole("link", { name: /^Ann/ }).click();
  }

  const approve = () => page.getByRole("button", { name: "Approve with my passkey" });

  test("registers, refuses an approval without it, and signs one that runs", async () => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      },
    });
    const verified = (isUserVerified: boolean) =>
      devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });

    await signIn(await linkForAnn());
    await page.getByRole("button", { name: "Register a passkey" }).click();
    await approve().waitFor();
    await verified(false);
    await approve().click();
    await page.getByText("The passkey was not used").waitFor();
    await verified(true);
    await approve().click();
    await page.getByText("Its quorum is met").waitFor();
    expect(problems).toEqual([]);
    await until(
      "the run's end",
      () =>
        opened.playground.messages("#ops-production").some(({ text }) => /^Completed/.test(text)) ||
        opened.playground
          .directMessages("ann")
          .some(({ text }) => /^Your passkey approved/.test(text)),
    );
  }, 60_000);
});
