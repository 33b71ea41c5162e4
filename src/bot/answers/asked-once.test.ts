import { expect, test } from "vitest";
import { createFakeDirectory } from "#test/fakes/fake-directory.ts";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import { askedOnce } from "./asked-once.ts";

const TEAM = "T0ACME";

test("one signature asks Slack once about each person and group, however many plans it is under", async () => {
  const slack = createFakeDirectory();
  slack.setGroup("S0SRE", ["U0ANN"]);
  const directory = askedOnce(slack, createManualClock());
  for (let plan = 0; plan < 10; plan += 1) {
    expect(await directory.groupMembers(TEAM, "S0SRE", "fresh")).toEqual(["U0ANN"]);
    expect(await directory.standing(TEAM, "U0ANN", "fresh")).toMatchObject({ kind: "member" });
    await directory.standing(TEAM, "U0BOB", "fresh");
  }
  expect(slack.questions).toEqual([
    "group S0SRE fresh",
    "standing U0ANN fresh",
    "standing U0BOB fresh",
  ]);
});

test("a signature that takes long asks again", async () => {
  const slack = createFakeDirectory();
  const clock = createManualClock();
  const directory = askedOnce(slack, clock);
  await directory.standing(TEAM, "U0ANN", "fresh");
  slack.refuse("U0ANN", "deactivated");
  clock.advance(9_999);
  expect(await directory.standing(TEAM, "U0ANN", "fresh")).toMatchObject({ kind: "member" });
  clock.advance(1);
  expect(await directory.standing(TEAM, "U0ANN", "fresh")).toMatchObject({ kind: "refused" });
});

test("what Slack said for a list is not what a signature goes by", async () => {
  const slack = createFakeDirectory();
  const directory = askedOnce(slack, createManualClock());
  await directory.standing(TEAM, "U0ANN", "cached");
  slack.refuse("U0ANN", "deactivated");
  expect(await directory.standing(TEAM, "U0ANN", "fresh")).toMatchObject({ kind: "refused" });
});

test("while Slack can't be asked, no plan of a signature gets an answer", async () => {
  const slack = createFakeDirectory();
  const directory = askedOnce(slack, createManualClock());
  slack.takeDown({ id: "S0SRE" });
  for (let plan = 0; plan < 2; plan += 1)
    await expect(directory.groupMembers(TEAM, "S0SRE", "fresh")).rejects.toThrow(/S0SRE/);
});
