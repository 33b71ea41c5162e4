// Carries out one command and says what to answer, whichever way it came in. Knows no payload of Slack.

import type { PlanRecord } from "#engine/plan.ts";
import type { Command } from "../command-language/command.ts";
import type { Misread } from "../command-language/misread.ts";
import type { Message } from "../messages/message.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import type { Desk, Requester } from "../requester.ts";
import { lookRefusal } from "./admission.ts";
import { askForWork, dryRun, dryRunOf } from "./ask-for-work.ts";
import { askToBreakGlass, listReviews, review } from "./break-glass.ts";
import { checkpoint, listCheckpoints, restore } from "./checkpoints.ts";
import { delegateTo, listDelegations, takeBack } from "./delegations.ts";
import { decide, withdraw } from "./decide.ts";
import { findPlan } from "./find-plan.ts";
import { nudge } from "./nudge.ts";
import * as lookUp from "./look-up.ts";
import { replay } from "./replay.ts";
import { override, runLogs, runStatus, steerRun, steerStepOf } from "./steer-run.ts";
import { askedStep, voteInRun } from "./step-asks.ts";
import { supersede } from "./supersede.ts";

/** Null: what the engine posts (a card) is the answer. */
export async function answerCommand(
  desk: Desk,
  requester: Requester,
  command: Command,
): Promise<Answer | null> {
  switch (command.kind) {
    case "ask":
      return askForWork(desk, requester, command.wish);
    case "dry-run":
      return "id" in command.of
        ? ofPlan(desk, requester, command.of.id, (record) => dryRunOf(desk, requester, record))
        : dryRun(desk, requester, command.of);
    case "approve":
      return ofPlan(desk, requester, command.id, async (record) => {
        const asked = await askedStep(desk, record, command.step, null);
        if (asked !== null)
          return voteInRun(desk, requester, record, { ...asked, choice: "approve" });
        return decide(desk, requester, { record, version: null, choice: "approve", reason: null });
      });
    case "reject":
      return ofPlan(desk, requester, command.id, async (record) => {
        const { reason } = command;
        const asked = await askedStep(desk, record, null, reason);
        if (asked !== null)
          return voteInRun(desk, requester, record, { ...asked, choice: "reject" });
        return decide(desk, requester, { record, version: null, choice: "reject", reason });
      });
    case "retry":
      return ofPlan(desk, requester, command.id, (record) =>
        steerStepOf(desk, requester, record, { step: command.step, wish: { kind: "retry" } }),
      );
    case "skip":
      return ofPlan(desk, requester, command.id, (record) =>
        steerStepOf(desk, requester, record, {
          step: command.step,
          wish: { kind: "skip", reason: command.reason ?? "" },
        }),
      );
    case "supersede":
      return ofPlan(desk, requester, command.id, (record) =>
        supersede(desk, requester, record, command.wish),
      );
    case "break-glass":
      return ofPlan(desk, requester, command.id, (record) =>
        askToBreakGlass(desk, requester, record, command.reason),
      );
    case "review": {
      const { id, note } = command;
      if (id === null && note === null) return reviews(desk, requester);
      return ofPlan(desk, requester, id, (record) => review(desk, requester, record, note ?? ""));
    }
    case "nudge":
      return ofPlan(desk, requester, command.id, (record) => nudge(desk, requester, record));
    case "withdraw":
      return ofPlan(desk, requester, command.id, (record) =>
        withdraw(desk, requester, record, command.reason),
      );
    case "pause":
    case "resume":
    case "cancel":
    case "rollback":
      return ofPlan(desk, requester, command.id, (record) =>
        steerRun(desk, requester, record, command.kind),
      );
    case "replay":
      return ofPlan(desk, requester, command.id, (record) => replay(desk, requester, record));
    case "checkpoint":
      return ofPlan(desk, requester, command.id, (record) =>
        checkpoint(desk, requester, record, command.name),
      );
    case "restore":
      return restore(desk, requester, command.name);
    case "delegate":
      return delegateTo(desk, requester, command);
    case "delegate-off":
      return takeBack(desk, requester);
    case "override":
      return ofPlan(desk, requester, command.id, (record) =>
        override(desk, requester, record, command.target),
      );
    default:
      return look(desk, requester, command);
  }
}

/** Words that were no command: what to write instead. */
export async function answerMisread(
  desk: Desk,
  requester: Requester,
  { sentence, word, nearest }: Misread,
): Promise<Answer> {
  const refusal = await lookRefusal(desk, requester, "ask for help");
  if (refusal !== null) return refusedAnswer(refusal);
  if (word === null) return said(sentence, "warning");
  return { message: await lookUp.help(desk, requester, { word, nearest }), to: "asker" };
}

type Looking = Exclude<
  Command,
  {
    readonly kind:
      | "ask"
      | "dry-run"
      | "approve"
      | "reject"
      | "withdraw"
      | "supersede"
      | "nudge"
      | "break-glass"
      | "review"
      | "pause"
      | "resume"
      | "cancel"
      | "rollback"
      | "replay"
      | "override"
      | "retry"
      | "skip"
      | "checkpoint"
      | "restore"
      | "delegate"
      | "delegate-off";
  }
>;

async function reviews(desk: Desk, requester: Requester): Promise<Answer> {
  const refusal = await lookRefusal(desk, requester, "list open reviews");
  return refusal === null ? listReviews(desk) : refusedAnswer(refusal);
}

async function look(desk: Desk, requester: Requester, command: Looking): Promise<Answer> {
  const refusal = await lookRefusal(desk, requester, command.kind);
  if (refusal !== null) return refusedAnswer(refusal);
  const { userId } = requester;
  switch (command.kind) {
    case "help":
      return shown(await lookUp.help(desk, requester, null));
    case "operations":
      return shown(await lookUp.operations(desk, requester, command.filter));
    case "playbooks":
      return shown(lookUp.playbooks(desk, command.filter));
    case "checkpoints":
      return shown(await listCheckpoints(desk));
    case "delegations":
      return shown(await listDelegations(desk));
    case "pending":
      // Sorted for this person, with buttons for them: nobody else's business.
      return { message: await lookUp.pending(desk, userId), to: "asker" };
    case "history":
      return shown(await lookUp.history(desk, userId, command.filter, command.typed));
    case "show":
      return ofPlan(desk, requester, command.id, async (record) =>
        shown(await lookUp.show(desk, record)),
      );
    case "policy":
      return ofPlan(desk, requester, command.id, async (record) =>
        shown(await lookUp.whoCanApprove(desk, record, userId)),
      );
    case "status":
      return ofPlan(desk, requester, command.id, (record) => runStatus(desk, record));
    case "logs":
      return ofPlan(desk, requester, command.id, (record) => runLogs(desk, record, command.step));
  }
}

async function ofPlan<A extends Answer | null = Answer>(
  desk: Desk,
  requester: Requester,
  id: string | null,
  answer: (record: PlanRecord) => Promise<A>,
): Promise<A | Answer> {
  const found = await findPlan(desk, requester, id);
  if (found.ok) return answer(found.value);
  if (found.refusal.kind === "refusal") return refusedAnswer(found.refusal.refusal);
  return said(
    "Which plan or run? Mention me in its thread, or give its id, for example show pl-7k3qx9a2bc. The ids are in pending and history.",
    "warning",
  );
}

function shown(message: Message): Answer {
  return { message, to: "everyone" };
}
