import { describe, expect, test } from "vitest";
import { EVERY_AUDIT_EVENT } from "#test/builders/every-decision-event.ts";
import { canonicalJson } from "./canonical-json.ts";
import {
  AUDIT_EVENT_KINDS,
  readActor,
  readAuditEvent,
  UnreadableEvent,
} from "./read-audit-event.ts";

function rowOf(kind: string, data: string) {
  return { teamId: "T1", seq: 7, kind, data };
}

describe("an event of the log", () => {
  test.for(EVERY_AUDIT_EVENT.map((event) => [event.kind, event] as const))(
    "of kind %s is read back as it was written, with every field that it can have",
    ([, event]) => {
      const { kind, ...data } = event;
      expect(readAuditEvent(rowOf(kind, canonicalJson(data)))).toEqual(event);
    },
  );

  test("of a kind that nothing writes is an error that names its row", () => {
    for (const kind of ["run.unheard-of", "constructor", "__proto__", ""]) {
      expect(() => readAuditEvent(rowOf(kind, "{}"))).toThrow(
        `row 7 (${kind}) of T1 is of a kind that nothing here writes`,
      );
    }
  });

  test("without what its kind has is an error that names its row and the place", () => {
    expect(() => readAuditEvent(rowOf("plan.expired", '{"version":1,"clock":"noon"}'))).toThrow(
      /^row 7 \(plan\.expired\) of T1 can't be read: clock: /,
    );
    for (const data of ["[]", "null", '"{}"', "{", ""]) {
      expect(() => readAuditEvent(rowOf("run.started", data))).toThrow(UnreadableEvent);
    }
  });

  test("can be of every kind there is, and of no other", () => {
    expect(EVERY_AUDIT_EVENT.map(({ kind }) => kind).toSorted()).toEqual(
      AUDIT_EVENT_KINDS.toSorted(),
    );
  });
});

test("an actor is a person of the row's workspace or a part of the program, and nobody else", () => {
  expect(readActor("person:U1", "T1", "row 1")).toEqual({
    kind: "person",
    teamId: "T1",
    userId: "U1",
  });
  expect(readActor("system:sweeper", "T1", "row 1")).toEqual({ kind: "system", part: "sweeper" });
  for (const actor of ["system:model", "U1", "", "agent:x"]) {
    expect(() => readActor(actor, "T1", "row 1")).toThrow(/^the actor .* of row 1 can't be read/);
  }
});
