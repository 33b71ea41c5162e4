// The playground's page in a real browser: one person asks, another approves, and nothing they type becomes HTML.

import { existsSync } from "node:fs";
import { App, LogLevel } from "@slack/bolt";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startPlayground, type Playground } from "#playground/server.ts";
import { PATIENT_TRIGGERS_MS } from "#test/builders/hurried.ts";

const program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const title =
  program === undefined
    ? "the page (skipped: no Chromium program is installed, try `apt-get install chromium`)"
    : "the page";

const hostile = '<img src=x onerror="document.title=1"> *not <b>bold</b>* & &lt;i&gt;';

describe.skipIf(program === undefined)(title, () => {
  let browser: Browser;
  let playground: Playground;
  let app: App;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      ...(program === undefined ? {} : { executablePath: program }),
      args,
    });
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    problems.length = 0;
    playground = await startPlayground({
      triggerLifetimeMs: PATIENT_TRIGGERS_MS,
      tips: [{ label: "Ask for help", text: "/ops help" }],
    });
    const { botToken, appToken } = playground.credentials;
    const clientOptions = { slackApiUrl: playground.apiUrl };
    app = new App({
      token: botToken,
      appToken,
      socketMode: true,
      clientOptions,
      logLevel: LogLevel.ERROR,
    });
    listen(app);
    await app.start();
    page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.goto(playground.url);
    await page.getByPlaceholder("Message #ops-production").waitFor();
  });

  afterEach(async () => {
    await page.close();
    await app.stop();
    await playground.close();
  });

  const main = () => page.locator("#main");
  async function become(name: string): Promise<void> {
    const people = page.getByRole("group", { name: "Act as" });
    await people.getByRole("button", { name: new RegExp(name) }).click();
    // Until the page has heard who that is, a click is still one of the person before.
    await people.getByRole("button", { name: new RegExp(name), pressed: true }).waitFor();
  }
  async function type(text: string): Promise<void> {
    await page.getByPlaceholder("Message #ops-production").fill(text);
    await page.keyboard.press("Enter");
  }

  test("a request is approved by another person, with a question before", async () => {
    await type("/ops run");
    await main().getByRole("button", { name: "Approve" }).waitFor();
    await become("Ann");
    await main().getByRole("button", { name: "Approve" }).click();
    await page.locator("#confirm").getByRole("button", { name: "Not yet" }).click();
    expect(playground.messages("#ops-production")[0]?.text).toBe("Card");
    await main().getByRole("button", { name: "Approve" }).click();
    await page.locator("#confirm").getByRole("button", { name: "Yes, approve" }).click();
    await main().getByText("Approved by").waitFor();
    expect(await main().getByRole("button", { name: "Approve" }).count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test("a modal shows what is wrong, keeps what was typed, and closes when it is right", async () => {
    await type("/ops run");
    await become("Ann");
    await main().getByRole("button", { name: "Reject" }).click();
    const modal = page.locator("#modal");
    await modal.getByRole("button", { name: "Reject plan" }).click();
    await modal.getByText("Please complete this required field.").waitFor();
    await modal.getByLabel("Reason").fill("no");
    await modal.getByRole("button", { name: "Reject plan" }).click();
    await modal.getByText("Say more.").waitFor();
    expect(await modal.getByLabel("Reason").inputValue()).toBe("no");
    await modal.getByLabel("Reason").fill("Not on a Friday");
    await modal.getByRole("button", { name: "Reject plan" }).click();
    await main().getByText("Rejected: Not on a Friday").waitFor();
    await modal.waitFor({ state: "hidden" });
    expect(problems).toEqual([]);
  });

  test("hostile text stays text, from people and from the bot", async () => {
    await type(`@countersign echo ${hostile}`);
    await page.locator(".message-card pre").waitFor();
    expect(await page.locator(".message-card pre").textContent()).toContain(hostile);
    expect(await main().locator("img, b, i").count()).toBe(0);
    expect(await page.title()).toContain("Countersign playground");
  });

  test("a thread has its own composer, and a command there is declined", async () => {
    await type("a question");
    const message = main().locator(".message", { hasText: "a question" });
    await message.hover();
    await message.getByRole("button", { name: "Reply in thread" }).click();
    const thread = page.getByRole("complementary", { name: "Thread" });
    await thread.getByPlaceholder("Reply").fill("an answer");
    await page.keyboard.press("Enter");
    await thread.locator(".message", { hasText: "an answer" }).waitFor();
    await main().getByText("1 reply").waitFor();
    await thread.getByPlaceholder("Reply").fill("/ops help");
    await page.keyboard.press("Enter");
    await thread.getByText("/ops is not supported in threads. Sorry!").waitFor();
    expect(playground.calls("chat.postMessage")).toEqual([]);
    await page.keyboard.press("Escape");
    await thread.waitFor({ state: "hidden" });
  });

  test("commands and names are completed with the keyboard alone", async () => {
    const composer = page.getByPlaceholder("Message #ops-production");
    await composer.pressSequentially("/o");
    await page.getByRole("option", { name: /\/ops/ }).waitFor();
    await page.keyboard.press("Tab");
    expect(await composer.inputValue()).toBe("/ops ");
    await composer.fill("");
    await composer.pressSequentially("@cou");
    await page.keyboard.press("Enter");
    expect(await composer.inputValue()).toBe("@countersign ");
  });

  test("a suggestion fills the composer", async () => {
    await page.getByRole("button", { name: "Ask for help" }).click();
    expect(await page.getByPlaceholder("Message #ops-production").inputValue()).toBe("/ops help");
  });

  test("a snippet can be attached and read again", async () => {
    await main().getByRole("button", { name: "Attach snippet" }).click();
    await page.locator("#viewer").getByLabel("Content").fill("title: attached");
    await page.locator("#viewer").getByRole("button", { name: "Attach" }).click();
    await type("see this");
    await main()
      .getByRole("button", { name: /plan.yaml/ })
      .click();
    await page.locator("#viewer .file-text").getByText("title: attached").waitFor();
    expect(playground.messages("#ops-production")[0]?.files?.[0]?.name).toBe("plan.yaml");
  });

  test("the Home tab is drawn when the app publishes it", async () => {
    await page.getByRole("button", { name: "Countersign Home" }).click();
    await main().getByText("Nothing waits for you").waitFor();
    expect(problems).toEqual([]);
  });

  test("what happens elsewhere is marked unread until it is read", async () => {
    playground.say("@bob", "#general", "elsewhere");
    const general = page.getByRole("button", { name: /^general/ });
    await page.locator(".rail-item-unread", { hasText: "general" }).waitFor();
    await general.click();
    await main().getByText("elsewhere").waitFor();
    expect(await page.locator(".rail-item-unread", { hasText: "general" }).count()).toBe(0);
  });
});

const plain = (text: string) => ({ type: "plain_text" as const, text });

/** A little app: a card to approve or reject, an echo, a Home tab. */
function listen(app: App): void {
  app.command("/ops", async ({ ack, command, client }) => {
    await ack();
    const blocks = [
      { type: "header", text: plain("Restart") },
      {
        type: "actions",
        elements: [
          {
            type: "button",
            action_id: "approve",
            text: plain("Approve"),
            confirm: {
              title: plain("Sure?"),
              text: plain("It restarts."),
              confirm: plain("Yes, approve"),
              deny: plain("Not yet"),
            },
          },
          { type: "button", action_id: "reject", text: plain("Reject") },
        ],
      },
    ];
    await client.chat.postMessage({ channel: command.channel_id, text: "Card", blocks });
  });
  app.action("approve", async ({ ack, body, respond }) => {
    await ack();
    await respond({ replace_original: true, text: `Approved by <@${body.user.id}>` });
  });
  app.action("reject", async ({ ack, body, client }) => {
    await ack();
    const input = {
      type: "input" as const,
      block_id: "why",
      label: plain("Reason"),
      element: { type: "plain_text_input" as const, action_id: "text" },
    };
    const view = {
      type: "modal" as const,
      callback_id: "reason",
      title: plain("Reject"),
      submit: plain("Reject plan"),
      private_metadata: "channel" in body ? (body.channel?.id ?? "") : "",
      blocks: [input],
    };
    await client.views.open({ trigger_id: "trigger_id" in body ? body.trigger_id : "", view });
  });
  app.view("reason", async ({ ack, view, client }) => {
    const reason = view.state.values["why"]?.["text"]?.value ?? "";
    if (reason.length < 5) return ack({ response_action: "errors", errors: { why: "Say more." } });
    await ack();
    await client.chat.postMessage({ channel: view.private_metadata, text: `Rejected: ${reason}` });
    return undefined;
  });
  app.event("app_mention", async ({ say }) => {
    const echoed = {
      type: "rich_text_preformatted" as const,
      elements: [{ type: "text" as const, text: hostile }],
    };
    await say({
      text: "echo",
      blocks: [
        { type: "rich_text", elements: [echoed] },
        { type: "section", text: plain(hostile) },
      ],
    });
  });
  app.event("app_home_opened", async ({ event, client }) => {
    const blocks = [{ type: "section" as const, text: plain("Nothing waits for you") }];
    await client.views.publish({ user_id: event.user, view: { type: "home", blocks } });
  });
}
