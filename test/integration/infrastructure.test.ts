import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startInfrastructure } from "#playground/infrastructure/start-infrastructure.ts";
import type { Infrastructure } from "#playground/infrastructure/start-infrastructure.ts";

let infrastructure: Infrastructure;
beforeEach(async () => {
  infrastructure = await startInfrastructure();
});
afterEach(() => infrastructure.close());

async function ask(method: string, path: string) {
  const response = await fetch(`${infrastructure.loadBalancerUrl}${path}`, {
    method,
    headers: { connection: "close" },
  });
  return { status: response.status, body: JSON.parse(await response.text()) as unknown };
}

describe("a host of the load balancer", () => {
  test("is drained step by step, restarted, checked and put back", async () => {
    expect(await ask("POST", "/hosts/web-1/drain")).toMatchObject({ body: { status: "draining" } });
    expect(await ask("GET", "/hosts/web-1/drained")).toMatchObject({ status: 503 });
    expect(await ask("GET", "/hosts/web-1/drained")).toMatchObject({
      status: 200,
      body: { status: "drained", connections: 0 },
    });
    expect(await ask("POST", "/hosts/web-1/restart")).toMatchObject({ status: 202 });
    expect(await ask("POST", "/hosts/web-1/undrain")).toMatchObject({ status: 409 });
    expect(await ask("GET", "/hosts/web-1/health")).toMatchObject({ status: 503 });
    expect(await ask("GET", "/hosts/web-1/health")).toMatchObject({ status: 200 });
    expect(await ask("POST", "/hosts/web-1/undrain")).toMatchObject({
      body: { status: "in-service", restarts: 1 },
    });
  });

  test("is not restarted while it serves", async () => {
    expect(await ask("POST", "/hosts/web-1/restart")).toMatchObject({ status: 409 });
    expect(infrastructure.hosts()[0]).toMatchObject({ restarts: 0, status: "in-service" });
  });

  test("fails as told, as often as told", async () => {
    infrastructure.failNext({ host: "web-1", what: "health", times: 2, how: { status: 500 } });
    const health = async () => (await ask("GET", "/hosts/web-1/health")).status;
    expect([await health(), await health(), await health()]).toEqual([500, 500, 200]);
  });

  test.each([
    ["GET", "/hosts/web-9", 404],
    ["GET", "/other", 404],
    ["GET", "/hosts/web-1/constructor", 404],
    ["GET", "/hosts/web-1/drain", 405],
    ["DELETE", "/hosts/web-1", 405],
  ])("%s %s is %i", async (method, path, status) => {
    expect((await ask(method, path)).status).toBe(status);
  });
});

test("a reset brings back the hosts and instances of the start", async () => {
  const before = JSON.stringify(infrastructure.hosts());
  const ids = infrastructure.instances().map(({ id }) => id);
  await ask("POST", "/hosts/web-1/drain");
  expect(JSON.stringify(infrastructure.hosts())).not.toBe(before);
  infrastructure.reset();
  expect(JSON.stringify(infrastructure.hosts())).toBe(before);
  expect(infrastructure.instances().map(({ id }) => id)).toEqual(ids);
});

test("EC2 answers signed requests only", async () => {
  const response = await fetch(infrastructure.ec2Url, {
    method: "POST",
    body: "Action=DescribeInstances",
    headers: { connection: "close" },
  });
  expect(response.status).toBe(401);
  expect(await response.text()).toContain("<Code>AuthFailure</Code>");
});
