// Tested policy cases for a terminal: one line each, and under one that fails what differs and why.

import type { CaseDifference, CaseExpectation } from "#engine/case-differences.ts";
import { counted, oneLine, reveal } from "#bot/messages/plain.ts";
import { displayWidth, fillToWidth } from "./display-width.ts";
import { styled } from "./screen.ts";
import type { Screen } from "./screen.ts";

export type TestedCase = {
  readonly name: string;
  readonly answers: Required<CaseExpectation>;
  readonly differences: readonly CaseDifference[];
  /** Why the policy answered so, in complete sentences. */
  readonly reasons: readonly string[];
};

export function caseTable(
  {
    file,
    config,
    cases,
  }: { readonly file: string; readonly config: string; readonly cases: readonly TestedCase[] },
  screen: Screen,
): string {
  const width = Math.max(...cases.map(({ name }) => displayWidth(oneLine(name, 150).text)));
  const failed = cases.filter(({ differences }) => differences.length > 0).length;
  return [
    ...cases.flatMap((one) => caseLines(one, width, screen)),
    "",
    `${file}: ${counted(cases.length, "case")}, ${cases.length - failed} passed, ${failed} failed, by ${config}`,
  ].join("\n");
}

function caseLines(one: TestedCase, width: number, screen: Screen): readonly string[] {
  const passed = one.differences.length === 0;
  const mark = passed ? styled(screen, "green", "ok  ") : styled(screen, ["bold", "red"], "FAIL");
  const line = `${mark}  ${fillToWidth(oneLine(one.name, 150).text, width)}  ${answerText(one.answers)}`;
  if (passed) return [line];
  return [
    line,
    ...one.differences.map(
      ({ what, found, expected }) =>
        `        ${styled(screen, "bold", what)}: found ${reveal(found)}, expected ${reveal(expected)}`,
    ),
    ...one.reasons.map((sentence) => styled(screen, "dim", `        ${reveal(sentence)}`)),
  ];
}

function answerText({
  refused,
  verdict,
  policies,
  standing,
  freeze,
}: TestedCase["answers"]): string {
  if (refused !== "none") return `refused: ${refused}`;
  const parts = [
    verdict,
    policies.join(" + "),
    ...(standing === "none" ? [] : [`by ${standing}`]),
    ...(freeze === "none" ? [] : [`frozen by ${freeze}`]),
  ];
  return reveal(parts.join(" · "));
}
