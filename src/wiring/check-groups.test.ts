import { expect, test } from "vitest";
import { aPolicy } from "#test/builders/a-policy.ts";
import { createFakeDirectory } from "#test/fakes/fake-directory.ts";
import { checkGroups } from "./check-groups.ts";

async function warned(prepare: (directory: ReturnType<typeof createFakeDirectory>) => void) {
  const directory = createFakeDirectory();
  prepare(directory);
  const warnings: string[] = [];
  const log = { warn: (...words: readonly unknown[]) => void warnings.push(String(words[1])) };
  await checkGroups({ directory, policy: aPolicy() }, "T0ACME", log);
  return { warnings, questions: directory.questions };
}

test("groups that Slack can say the members of are asked about once, and nothing is said", async () => {
  const { warnings, questions } = await warned(() => undefined);
  expect(warnings).toEqual([]);
  expect(questions).toEqual(["group S0SRE cached", "group S0DEV cached"]);
});

test("a group that needs an operator is named with what to do; one that may come back is not", async () => {
  const { warnings } = await warned((directory) => {
    directory.breakGroup("S0SRE", "Slack's user groups need a paid plan");
    directory.takeDown({ id: "S0DEV" });
  });
  expect(warnings).toEqual([
    "Group sre (S0SRE): Slack's user groups need a paid plan. Until then, plans that need it are refused.",
  ]);
});
