import { expect, test } from "vitest";
import { createWorld } from "#test/builders/engine-world.ts";
import { delegate, revokeDelegation } from "./delegate.ts";
import { LONGEST_DELEGATION_MS } from "./delegation.ts";

const HOUR = 3_600_000;

function delegating() {
  const world = createWorld();
  const { ports, clock, asks, audit } = world;
  const give = (from: string, to: string, forMs = HOUR) =>
    delegate(ports, asks(from), { toUserId: to, until: clock.now() + forMs });
  const held = async () =>
    (await ports.delegations.active("T0ACME", clock.now())).map(
      ({ fromUserId, toUserId }) => `${fromUserId} ${toUserId}`,
    );
  const refusals = () =>
    audit.entries.flatMap(({ event }) => (event.kind === "refused" ? [event.code] : []));
  return { ...world, give, held, refusals };
}

test("somebody's say is handed to another until a moment, and the log says so", async () => {
  const { give, held, clock, audit } = delegating();
  expect(await give("U0ANN", "U0BOB")).toMatchObject({
    ok: true,
    value: { delegation: { fromUserId: "U0ANN", toUserId: "U0BOB" }, replaced: null },
  });
  expect(await held()).toEqual(["U0ANN U0BOB"]);
  expect(audit.entries).toMatchObject([
    {
      actor: { kind: "person", userId: "U0ANN" },
      event: { kind: "delegation.made", toUserId: "U0BOB", until: clock.now() + HOUR },
    },
  ]);
  clock.advance(HOUR);
  expect(await held()).toEqual([]);
});

test("a newer delegation takes the place of the one before, and the log links them", async () => {
  const { give, held, audit } = delegating();
  const first = await give("U0ANN", "U0BOB");
  const second = await give("U0ANN", "U0CAT");
  const firstId = first.ok ? first.value.delegation.id : "";
  expect(second).toMatchObject({ ok: true, value: { replaced: { id: firstId } } });
  expect(audit.entries.at(-1)?.event).toMatchObject({ replaces: firstId });
  expect(await held()).toEqual(["U0ANN U0CAT"]);
});

test("the same request twice hands the say over once", async () => {
  const { ports, clock, asks, audit } = delegating();
  const asker = asks("U0ANN");
  const wish = { toUserId: "U0BOB", until: clock.now() + HOUR };
  const first = await delegate(ports, asker, wish);
  clock.advance(1);
  expect(await delegate(ports, asker, wish)).toEqual(first);
  expect(audit.kinds()).toEqual(["delegation.made"]);
});

test.each([
  ["to oneself", "U0ANN", HOUR, "delegate-self"],
  ["to a bot", "U0BOT", HOUR, "delegate-not-a-member"],
  ["to a guest", "U0GUS", HOUR, "delegate-not-a-member"],
  ["to somebody deactivated", "U0OLD", HOUR, "delegate-not-a-member"],
  ["until now", "U0BOB", 0, "delegation-time"],
  ["until before now", "U0BOB", -HOUR, "delegation-time"],
  ["for longer than 30 days", "U0BOB", LONGEST_DELEGATION_MS + 1, "delegation-time"],
])("a delegation %s is refused and recorded", async (_what, to, forMs, code) => {
  const { give, held, directory, refusals } = delegating();
  directory.refuse("U0BOT", "bot");
  directory.refuse("U0GUS", "guest");
  directory.refuse("U0OLD", "deactivated");
  expect(await give("U0ANN", to, forMs)).toMatchObject({ ok: false, refusal: { code } });
  expect(refusals()).toEqual([code]);
  expect(await held()).toEqual([]);
});

test("thirty days are allowed", async () => {
  const { give } = delegating();
  expect(await give("U0ANN", "U0BOB", LONGEST_DELEGATION_MS)).toMatchObject({ ok: true });
});

test("a guest cannot hand on what they don't have", async () => {
  const { give, directory } = delegating();
  directory.refuse("U0GUS", "guest");
  expect(await give("U0GUS", "U0BOB")).toMatchObject({ refusal: { code: "not-a-member" } });
});

test("while Slack cannot be asked, nothing is handed on", async () => {
  const { give, held, directory } = delegating();
  directory.takeDown({ id: "U0BOB" });
  expect(await give("U0ANN", "U0BOB")).toMatchObject({
    refusal: { code: "directory-unavailable" },
  });
  directory.bringBack();
  expect(await held()).toEqual([]);
});

test("what somebody handed on they can take back, and only they", async () => {
  const { ports, give, held, asks, audit } = delegating();
  await give("U0ANN", "U0BOB");
  expect(await revokeDelegation(ports, asks("U0BOB"))).toMatchObject({
    refusal: { code: "no-delegation" },
  });
  expect(await held()).toEqual(["U0ANN U0BOB"]);
  expect(await revokeDelegation(ports, asks("U0ANN"))).toMatchObject({ ok: true });
  expect(await held()).toEqual([]);
  expect(audit.kinds()).toEqual(["delegation.made", "refused", "delegation.revoked"]);
});
