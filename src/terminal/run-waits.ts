// What a run waits for people to do, for somebody who looks at it from a terminal: each thing with until when, and
// the words in Slack that answer it. Nothing of it can be answered here, because nobody here can say who they are.

import { openApprovals } from "#engine/asked-approval.ts";
import { openInquiries } from "#engine/asked-inquiry.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { RunView } from "#engine/run-store.ts";
import { formatInstant } from "#engine/time.ts";
import type { Instant } from "#engine/time.ts";
import { counted, oneLine, reveal } from "#bot/messages/plain.ts";
import { failureWords } from "#bot/messages/run-steps.ts";
import { styled } from "./screen.ts";
import type { Screen } from "./screen.ts";

/** One thing waited for. */
type Wait = {
  readonly title: string;
  /** Untrusted text of the plan or a target, one line each. */
  readonly about: readonly string[];
  readonly inSlack: string;
};

export type WaitsInput = {
  readonly view: Pick<RunView, "plan" | "events">;
  readonly report: RunReport;
  readonly now: Instant;
};

export function runWaits(input: WaitsInput, screen: Screen): readonly string[] {
  const waits = [
    ...approvalWaits(input),
    ...inquiryWaits(input),
    ...questionWaits(input),
    ...breakerWaits(input),
    ...holdWaits(input),
  ];
  return waits.flatMap(({ title, about, inSlack }) => [
    styled(screen, "bold", oneLine(title, 300).text),
    ...about.map((line) => `  • ${oneLine(line, 500).text}`),
    `  In Slack, in its thread: ${inSlack}`,
  ]);
}

function approvalWaits({ view, now }: WaitsInput): readonly Wait[] {
  return openApprovals(view.events, now).flatMap((asked): readonly Wait[] => {
    const approval = view.plan.steps.find(({ id }) => id === asked.stepId)?.approval ?? null;
    if (approval === null) return [];
    const needed = approval.require.reduce((sum, { count }) => sum + count, 0);
    const given = asked.votes.filter(({ choice }) => choice === "approve").length;
    return [
      {
        title: `Step "${asked.stepId}" waits for an approval, ${closing(asked)}`,
        about: [approval.message, `${counted(given, "approval")} given, ${needed} needed`],
        inSlack: `approve ${asked.stepId}, or reject ${asked.stepId} <reason>`,
      },
    ];
  });
}

function inquiryWaits({ view, now }: WaitsInput): readonly Wait[] {
  return openInquiries(view.events, now).flatMap((asked): readonly Wait[] => {
    const inquiry = view.plan.steps.find(({ id }) => id === asked.stepId)?.inquiry ?? null;
    if (inquiry === null) return [];
    const fields = inquiry.fields.map(({ label, type }) => `${label} (${type})`);
    return [
      {
        title: `Step "${asked.stepId}" asks a question, ${closing(asked)}`,
        about: [inquiry.message, ...(fields.length === 0 ? [] : [fields.join(", ")])],
        inSlack: "the button Answer of its question",
      },
    ];
  });
}

function closing({
  closesAt,
  stands,
}: {
  readonly closesAt: Instant;
  readonly stands: boolean;
}): string {
  return stands ? "its clock stands while the run does" : `until ${formatInstant(closesAt)}`;
}

function questionWaits({ report: { question } }: WaitsInput): readonly Wait[] {
  if (question === null) return [];
  return [
    {
      title: `It asks whether "${question.call.stepId}" happened`,
      about: [reveal(failureWords(question.failure))],
      inSlack: "one of the buttons of its question, by somebody who may decide on the plan",
    },
  ];
}

function breakerWaits({ report: { steps } }: WaitsInput): readonly Wait[] {
  return steps.flatMap(({ stepId, delay }): readonly Wait[] =>
    delay === null
      ? []
      : [
          {
            title: `Step "${stepId}" waits for ${delay.target}, whose circuit breaker is open`,
            about: [
              `open since ${formatInstant(delay.openedAt)}, tried again by itself at ${formatInstant(delay.until)}`,
            ],
            inSlack: `override ${delay.target}, by somebody who could approve the plan`,
          },
        ],
  );
}

function holdWaits({ report }: WaitsInput): readonly Wait[] {
  const { heldReasons, heldFor, heldUntil } = report;
  if (heldReasons.length === 0) return [];
  const until = heldUntil === null ? "" : `, until ${formatInstant(heldUntil)}`;
  const steps = heldFor.map((step) => `retry ${step}, skip ${step} <reason>`);
  return [
    {
      title: `It is held${until}`,
      about: heldReasons,
      inSlack: [...(steps.length === 0 ? ["resume"] : steps), "rollback or cancel"].join(", "),
    },
  ];
}
