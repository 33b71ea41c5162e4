// The pages of step-up in a real browser: a passkey of Chromium's virtual authenticator is registered and signs, and
// nothing of the pages is in the way of it.

import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aClause, aRule, anEnvironment } from "#test/builders/a-policy.ts";
import { openBotWorkspace, playgroundPolicy } from "#test/builders/bot-workspace.ts";
import type { BotWorkspace } from "#test/builders/bot-workspace.ts";

const program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);
const title =
  program === undefined
    ? "a passkey in a browser (skipped: no Chromium program is installed, try `apt-get install chromium`)"
    : "a passkey in a browser";

describe.skipIf(program === undefined)(title, () => {
  let bot: BotWorkspace;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    const policy = playgroundPolicy();
    const { approval } = anEnvironment();
    const destructive = aRule([aClause(1, "sre")], { stepUp: "webauthn" });
    const production = anEnvironment({ approval: { ...approval, destructive } });
    [bot, browser] = await Promise.all([
      openBotWorkspace("http", false, {
        policy: { ...policy, environments: { ...policy.environments, production } },
      }),
      chromium.launch({
        ...(program !== undefined && { executablePath: program }),
        args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
      }),
    ]);
    page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await bot.close();
  }, 60_000);

  /** The link that comes to Ann after her click on the card. */
  async function linkForAnn(): Promise<string> {
    const { playground } = bot;
    await playground.slash("rita", "#ops-production", "/ops toy.destroy name=web-1");
    const { ts } = await playground.waitFor(() =>
      playground.messages("#ops-production").find(({ text }) => text.startsWith("Waiting")),
    );
    await playground.click("ann", { channel: "#ops-production", ts, text: "Approve" });
    const told = await playground.waitFor(() => playground.ephemerals("ann").at(-1));
    return (
      /http:\/\/localhost:\d+\/step-up\/[\w-]{43}/.exec(JSON.stringify(told.message))?.[0] ?? ""
    );
  }

  test("is registered, approves nothing without the check of the person, and then approves", async () => {
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

    await page.goto(await linkForAnn());
    await page.getByRole("button", { name: "Sign in with Slack" }).click();
    await page.getByRole("link", { name: /^Ann/ }).click();
    await page.getByRole("button", { name: "Register a passkey" }).click();
    const approve = page.getByRole("button", { name: "Approve with my passkey" });
    await approve.waitFor();
    await verified(false);
    await approve.click();
    await page.getByText("The passkey was not used").waitFor();
    await verified(true);
    await approve.click();
    await page.getByText("Its quorum is met").waitFor();
    const told = () => bot.playground.directMessages("ann").map(({ text }) => text);
    await bot.playground.waitFor(() =>
      told().some((text) => text.startsWith("Your passkey approved")),
    );
    expect(problems).toEqual([]);
  }, 60_000);
});
