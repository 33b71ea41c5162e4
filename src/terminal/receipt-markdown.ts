// A plan's receipt as Markdown, to be put beside a change or into an archive. What people and targets wrote is shown
// as text: nothing of it is mark-up.

import type { ApprovalRule } from "#engine/policy.ts";
import type { PlanReceipt, ReceiptDecision, ReceiptVote, Stated } from "#engine/plan-receipt.ts";
import type { RunReceipt } from "#engine/run-receipt.ts";
import { sourceText } from "#engine/eligibility.ts";
import { oneLine } from "#bot/messages/plain.ts";

export function receiptMarkdown(receipt: PlanReceipt): string {
  return [
    ...introduction(receipt),
    ...versions(receipt),
    ...votes(receipt),
    ...decisions(receipt),
    ...receipt.runs.flatMap(runLines),
    ...notes(receipt),
    ...proof(receipt),
  ].join("\n");
}

function introduction(receipt: PlanReceipt): readonly string[] {
  const { planId, teamId, title, environment, risk, operations } = receipt;
  return [
    `# Receipt of plan ${text(planId)}`,
    "",
    `${text(title)}, in **${text(environment)}**, ${text(risk)}: ${operations.map(code).join(", ")}.`,
    "",
    `Workspace ${text(teamId)}. Times are UTC. Numbers after # are those of the rows of the audit log from which each line is made; they stand at the end, as an export has them.`,
    "",
  ];
}

function versions({ versions: all }: PlanReceipt): readonly string[] {
  return table(
    "What was asked for",
    ["Row", "When", "Who", "Version", "Hash of the plan", "Policy", "Who must approve"],
    all.map((one) => [
      ...stated(one),
      String(one.version),
      code(one.hash),
      code(one.policyVersion),
      ruleText(one.rule),
    ]),
  );
}

/** As the rule was then: what it does not have is not guessed. */
function ruleText(rule: Partial<ApprovalRule>): string {
  const { require = [], policies = [] } = rule;
  const who = require.map((clause) => `${clause.count} of ${sourceText(clause)}`).join(" and ");
  const by = policies.length === 0 ? "" : ` (${policies.join(", ")})`;
  return text(`${who === "" ? "nobody" : who}${by}`);
}

function votes({ votes: all }: PlanReceipt): readonly string[] {
  return table(
    "Who voted",
    [
      "Row",
      "When",
      "Who",
      "Vote",
      "Version",
      "Hash of the plan",
      "Policy",
      "In groups",
      "What was seen",
    ],
    all.map((vote) => [
      ...stated(vote),
      text([voteWords(vote), vote.reason ?? ""].filter((part) => part !== "").join(": ")),
      String(vote.version),
      code(vote.hash),
      code(vote.policyVersion),
      text(vote.groups.join(", ")),
      vote.viewHash === null
        ? `nothing: by ${text(vote.entry)}`
        : `${code(vote.viewHash)}, format ${vote.viewFormat ?? "unknown"}`,
    ]),
  );
}

function voteWords({ choice, counted, proof }: ReceiptVote): string {
  return [
    choice,
    ...(counted ? ["counted"] : []),
    ...(proof === undefined ? [] : [`signed with passkey ${proof.passkey.slice(0, 12)}`]),
  ].join(", ");
}

function decisions({ decisions: all }: PlanReceipt): readonly string[] {
  return table(
    "What was decided",
    ["Row", "When", "Who", "Outcome", "Version", "Hash of the plan", "By whose approvals", "Why"],
    all.map((one: ReceiptDecision) => [
      ...stated(one),
      text(one.outcome),
      String(one.version),
      one.hash === null ? "" : code(one.hash),
      text(one.counted.join(", ")),
      text(one.explanation ?? ""),
    ]),
  );
}

function runLines(run: RunReceipt): readonly string[] {
  return [
    `## What ran: ${text(run.runId)}`,
    "",
    `Version ${run.planVersion ?? "unknown"}, hash ${run.planHash === null ? "unknown" : code(run.planHash)}. Queued ${run.queuedAt ?? "at an unknown time"}, started ${run.startedAt ?? "never"}, ended ${run.endedAt ?? "not yet"}: **${text(run.outcome)}**.`,
    "",
    ...rows(
      ["Rows", "Call", "Operation", "Attempts", "Outcome", "From", "To", "Why"],
      run.calls.map((call) => [
        call.seqs.map((seq) => `#${seq}`).join(" "),
        code(call.call),
        call.uses === null ? "" : code(call.uses),
        String(call.attempts),
        text(call.outcome),
        call.startedAt,
        call.endedAt ?? "",
        text(call.reason ?? ""),
      ]),
    ),
    ...table(
      "On its way",
      ["Row", "When", "Who", "What", "Step", "More"],
      run.turns.map((turn) => [
        ...stated(turn),
        code(turn.kind),
        turn.stepId === null ? "" : code(turn.stepId),
        text(turn.about ?? ""),
      ]),
    ),
  ];
}

function notes({ notes: all }: PlanReceipt): readonly string[] {
  return table(
    "What else is on record",
    ["Row", "When", "Who", "What", "More"],
    all.map((note) => [...stated(note), code(note.kind), text(note.about ?? "")]),
  );
}

function proof({ rows: all, head }: PlanReceipt): readonly string[] {
  return [
    ...table(
      "The rows it is made from",
      ["Row", "Link", "What", "Digest", "Hash of the link"],
      all.map((row) => [
        `#${row.seq}`,
        `${row.first} to ${row.last}`,
        code(row.kind),
        code(row.digest),
        code(row.hash),
      ]),
    ),
    `In an export of the whole log each row has the same digest and hash. \`countersign audit verify FILE --head ${head}\` checks its chain, and that it goes through the last of these rows.`,
    "",
  ];
}

/** Nothing at all where there is nothing to tell. */
function table(
  title: string,
  heads: readonly string[],
  cells: readonly (readonly string[])[],
): readonly string[] {
  return cells.length === 0 ? [] : [`## ${title}`, "", ...rows(heads, cells)];
}

function rows(heads: readonly string[], cells: readonly (readonly string[])[]): readonly string[] {
  if (cells.length === 0) return [];
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...cells.map(line), ""];
}

function stated({ seq, at, by }: Stated): readonly string[] {
  return [`#${seq}`, at, text(by)];
}

const MOST = 400;

/** As it is to be read: one line, and nothing that Markdown or HTML would act on, links and addresses included. */
function text(value: string): string {
  return oneLine(value, MOST)
    .text.replace(/[\\`*_{}[\]<>#!|~&@]/g, String.raw`\$&`)
    .replace(/(www)\.|:(?=\/\/)/gi, (_found, www?: string) =>
      www === undefined ? String.raw`\:` : String.raw`${www}\.`,
    );
}

/** Hashes and names: what a code span can't hold is shown as another quote. */
function code(value: string): string {
  const plain = oneLine(value, MOST).text.replaceAll("`", "'").replaceAll("|", "\\|");
  return plain === "" ? "" : `\`${plain}\``;
}
