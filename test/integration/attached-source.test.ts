import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSecretRedactor } from "#adapters/redaction/secret-redactor.ts";
import { attachedSource } from "#bot/answers/attached-source.ts";
import type { Desk } from "#bot/requester.ts";

const seen: (string | undefined)[] = [];
const server = createServer((request, response) => {
  seen.push(request.headers.authorization);
  if (request.url === "/plan.yml") response.end("title: x\n");
  else if (request.url === "/secret.yml") response.end("title: hunter22\n");
  else if (request.url === "/large.yml") response.end("x".repeat(300_000));
  else if (request.url === "/binary.yml") response.end(Buffer.from([0xff, 0xfe, 0x00]));
  else if (request.url === "/login.yml")
    response.writeHead(302, { location: "https://slack.com/signin" }).end();
  else response.writeHead(404).end();
});
let origin = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function deskWith(slackApiUrl: string): Desk {
  const client = new WebClient("xoxb-secret", { slackApiUrl });
  const slack = { client, connection: { botToken: "xoxb-secret" } };
  return { slack, ports: { redactor: createSecretRedactor(["hunter22"]) } } as unknown as Desk;
}
const file = (path: string, changes: Record<string, string | number> = {}) => [
  {
    name: path.slice(1),
    mimetype: "text/plain",
    size: 10,
    url_private: `${origin}${path}`,
    ...changes,
  },
];

describe("a file on a message", () => {
  it("is read with the bot's token from where Slack's Web API is", async () => {
    expect(await attachedSource(deskWith(`${origin}/api/`), file("/plan.yml"))).toEqual({
      ok: true,
      value: "title: x\n",
    });
    expect(seen.at(-1)).toBe("Bearer xoxb-secret");
  });

  it("is read without the secrets in it", async () => {
    expect(await attachedSource(deskWith(`${origin}/api/`), file("/secret.yml"))).toEqual({
      ok: true,
      value: "title: (secret-removed)\n",
    });
  });

  it.each([
    ["on another host", "https://evil.example/plan.yml"],
    ["on a host that looks like Slack's", "https://files.slack.com.evil.example/plan.yml"],
    ["with a name and password in it", "https://x:y@files.slack.com/plan.yml"],
    ["without encryption", "http://files.slack.com/plan.yml"],
    ["of another scheme", "file:///etc/passwd"],
  ])("%s never gets the token", async (_where, url) => {
    const before = seen.length;
    const read = await attachedSource(
      deskWith("https://slack.com/api/"),
      file("/plan.yml", { url_private: url }),
    );
    expect(read).toMatchObject({
      ok: false,
      refusal: { sentence: expect.stringContaining("outside Slack") },
    });
    expect(seen).toHaveLength(before);
  });

  it.each([
    ["that says it is too large", "/plan.yml", { size: 10_000_000 }, /larger than/],
    ["that is larger than it says", "/large.yml", {}, /larger than/],
    ["that is no text", "/plan.yml", { mimetype: "image/png", name: "x.png" }, /not a text file/],
    ["that is not UTF-8", "/binary.yml", {}, /not UTF-8/],
    ["that leads to a log-in page", "/login.yml", {}, /did not let me read/],
    ["that is gone", "/gone.yml", {}, /HTTP 404/],
  ])("%s is refused with what to do", async (_what, path, changes, sentence) => {
    const read = await attachedSource(deskWith(`${origin}/api/`), file(path, changes));
    expect(read).toMatchObject({
      ok: false,
      refusal: { sentence: expect.stringMatching(sentence) },
    });
  });

  it("beside another is refused rather than guessed; none is no mistake", async () => {
    const desk = deskWith(`${origin}/api/`);
    expect((await attachedSource(desk, [...file("/plan.yml"), ...file("/plan.yml")])).ok).toBe(
      false,
    );
    expect(await attachedSource(desk, undefined)).toEqual({ ok: true, value: null });
  });
});
