import { describe, expect, test } from "vitest";
import { NOON, aRecord, aVerdict, someApprovers } from "#test/builders/plan-records.ts";
import { problemsMessage } from "./problems.ts";
import { refusalMessage, refusalView } from "./refusal-message.ts";
import { planReminderMessage } from "./reminder.ts";
import { person, sentence } from "./rich-text.ts";
import { whoCanApproveMessage } from "./who-can-approve.ts";

const mentioned = (value: unknown) => JSON.stringify(value).match(/(?<="user_id":")\w+/g) ?? [];

describe("a mention", () => {
  test("is made from a Slack user id only", () => {
    expect(person("U0ANN").type).toBe("user");
    for (const id of ["", "ann", "u0ann", "U0ANN>", "<!channel>", "USLACKBOT U0"])
      expect(person(id).type).toBe("text");
  });

  test("is made of people a sentence may speak of, and of nobody else in it", () => {
    expect(mentioned(sentence("@U0ANN or @U0EVIL can.", new Set(["U0ANN"])))).toEqual(["U0ANN"]);
  });

  test("in a refusal names those who can decide, not what the requester typed", () => {
    expect(
      mentioned(
        refusalMessage({ code: "not-an-approver", groups: ["sre"], whoCan: ["U0ANN", "U0BOB"] })
          .blocks,
      ),
    ).toEqual(["U0ANN", "U0BOB"]);
    expect(
      mentioned(
        refusalMessage({ code: "playbook-not-found", found: "@U0EVIL", nearest: "@U0EVIL" }).blocks,
      ),
    ).toEqual([]);
    expect(
      mentioned(refusalView({ code: "already-decided", status: "approved", byUserIds: ["U0BOB"] })),
    ).toEqual(["U0BOB"]);
  });

  test("of a channel is made in a refusal that says where one may ask, and nowhere else", () => {
    const refusal = {
      code: "operation-not-here",
      operation: "#C0EVIL",
      environment: "production",
      userId: "U0REQ",
      channelIds: ["C0OPS", "#general"],
    } as const;
    const { blocks } = refusalMessage(refusal);
    expect(JSON.stringify(blocks).match(/(?<="channel_id":")\w+/g)).toEqual(["C0OPS"]);
  });

  test("in an unreachable quorum names the people of the tree", () => {
    const tree = {
      name: "plan",
      status: "unreachable" as const,
      sentence: "Needs 2 of sre, but only @U0ANN is left.",
      children: [],
    };
    expect(mentioned(refusalMessage({ code: "quorum-unreachable", tree }).blocks)).toEqual([
      "U0ANN",
    ]);
  });

  test("in a reminder goes to those who could still approve", () => {
    expect(
      mentioned(planReminderMessage({ record: aRecord(), verdict: aVerdict() }).blocks),
    ).toEqual(["U0BOB", "U0DEV"]);
  });
});

test("a verdict's tree is shown node by node, with votes that do not count and why", () => {
  const verdict = aVerdict({ ignored: [{ userId: "U0RITA", reason: "asked for the plan" }] });
  const text = JSON.stringify(
    whoCanApproveMessage({
      record: aRecord(),
      approvers: someApprovers({ verdict, people: [] }),
      now: NOON,
    }).blocks,
  );
  for (const part of [
    "The plan waits for 1 more approval.",
    "1 of 2 from sre; ",
    "asked for the plan",
    "58m left",
  ])
    expect(text).toContain(part);
});

test("a mistake is shown with its place, what was found, what was expected and the nearest name", () => {
  const problem = {
    path: "steps[1].uses",
    found: "ec2.stop_instance",
    expected: "an operation",
    nearest: "ec2.stop_instances",
  };
  const text = JSON.stringify(
    problemsMessage({ subject: "This plan", problems: [problem] }).blocks,
  );
  for (const part of ["This plan has 1 mistake.", ...Object.values(problem)])
    expect(text).toContain(part);
});
