// A target that says back everything it is given, in every encoding: what a careless service would put into its
// answers, its headers and its errors.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { everySpelling } from "#test/builders/planted-secrets.ts";

export type EchoingTarget = {
  readonly url: string;
  /** What it was given, by name. */
  readonly given: ReadonlyMap<string, string>;
  close(): Promise<void>;
};

/** Under `/fail` it answers 400, in plain words; elsewhere 200, in JSON. */
export async function startEchoingTarget(): Promise<EchoingTarget> {
  const given = new Map<string, string>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.once("end", () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as Readonly<Record<string, string>>;
      for (const [name, value] of Object.entries(body)) given.set(name, value);
      const values = Object.values(body);
      const echo = values.flatMap(everySpelling);
      const etag = `"${Buffer.from(values[0] ?? "").toString("base64url")}"`;
      const fails = request.url?.startsWith("/fail") === true;
      const type = fails ? "text/plain" : "application/json";
      response.writeHead(fails ? 400 : 200, { "content-type": type, etag });
      response.end(fails ? echo.join("\n") : JSON.stringify({ echo, of: body }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    given,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
