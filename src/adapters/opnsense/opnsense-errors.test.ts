import { describe, expect, test } from "vitest";
import { OPNSENSE_ANSWERS } from "#test/fixtures/opnsense-answers.ts";
import { opnsenseFailure } from "./opnsense-errors.ts";

function judged(name: string) {
  const answer = OPNSENSE_ANSWERS[name];
  if (answer === undefined) throw new Error(`there is no recorded answer ${name}`);
  return opnsenseFailure(answer.asked, answer);
}

describe("a recorded failure has its category", () => {
  const rows: readonly (readonly [string, string, string, string])[] = [
    ["auth.bad", "authentication", "HTTP 401", "Authentication Failed"],
    ["auth.acl403", "authorization", "HTTP 403", "Forbidden"],
    ["route.unknownAction", "configuration", "HTTP 404", "Endpoint not found"],
    ["body.badJson", "validation", "failed", "does not say why"],
    ["body.textplain", "validation", "failed", "does not say why"],
    ["body.empty", "validation", "HTTP 400", "Invalid JSON syntax"],
    ["rule.addViaGet", "validation", "failed", "GET firewall/filter/add_rule"],
    ["rule.applyViaGet", "validation", "failed", "does not say why"],
    ["rule.set.emptyRequired", "validation", "validations", "rule.action: A value is required."],
    ["alias.add.dup", "validation", "validations", "alias.name"],
    ["alias.add.badContent", "validation", "validations", '"10.0.0.0/33" is not a network.'],
    ["rule.getUnknownUuid", "resource", "not found", "no such object"],
    ["rule.delAgain", "resource", "not found", "no such object"],
    ["backup.revertUnknown", "resource", "not found", "no such object"],
    ["alias.delInUse", "resource", "in use", "Alias in use: Cannot delete alias web_servers."],
    ["vlan.del", "resource", "in use", "QinQ"],
    ["server.delInUse", "resource", "in use", "Item servers.server {} in use by: HAProxy"],
    ["rule.set.array", "dependency", "HTTP 500", "Unexpected error"],
    ["rule.moveUnknown", "dependency", "HTTP 500", "not a rule managed"],
  ];
  test.each(rows)("%s is %s", (name, category, code, words) => {
    const failure = judged(name);
    expect(failure).toMatchObject({ category, code });
    expect(failure?.message).toContain(words);
  });
});

test("a read-only user who writes is not authorized", () => {
  // From the documentation: the recorded firewall had no such user.
  const json = { errorTitle: "General access", errorMessage: "User lacks write permission" };
  expect(opnsenseFailure("POST x", { status: 500, json })?.category).toBe("authorization");
});

test.each(["rule.add", "rule.del", "rule.toggle.off", "rule.apply", "haproxy.configtest"])(
  "the recorded success %s is none",
  (name) => {
    expect(judged(name)).toBeNull();
  },
);
