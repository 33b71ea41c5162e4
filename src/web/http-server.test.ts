// What anybody who reaches the port may send: it is answered, and the process goes on.

import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { answerText, startHttpServer } from "./http-server.ts";

test.each(["//", "//[", "http://["])(
  "asked for %s, it says that this is no address",
  async (path) => {
    const server = await startHttpServer({
      host: "127.0.0.1",
      port: 0,
      routes: { "/here": (_request, response) => answerText(response, 200, "here") },
      onError: (error) => expect.unreachable(String(error)),
    });
    onTestFinished(() => server.close(0));
    expect(await statusOf(server.port, path)).toBe(400);
    expect(await statusOf(server.port, "/here?a=//")).toBe(200);
    expect(await statusOf(server.port, "/elsewhere")).toBe(404);
  },
);

function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    })
      .on("error", reject)
      .end();
  });
}
