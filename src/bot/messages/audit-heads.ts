// The newest head of every chain of the audit log, posted for whoever will want to know whether it was cut off or
// written anew since.

import type { AuditHead } from "#engine/audit-event.ts";
import { fitMessage } from "./budget.ts";
import type { Part } from "./budget.ts";
import { type Message, notificationText } from "./message.ts";
import { counted } from "./plain.ts";
import { bold, code, emoji, lines, preformatted, richText, time, words } from "./rich-text.ts";

export function auditHeadsMessage({
  at,
  heads,
  fileError,
}: {
  readonly at: number;
  readonly heads: readonly AuditHead[];
  /** The system's word for why they are in no file; null: they are, or none is configured. */
  readonly fileError: string | null;
}): Message {
  const texts = heads.map(({ teamId, seq, hash }) => `${teamId}/${seq}/${hash}`);
  const failed =
    fileError === null
      ? []
      : [
          [
            emoji("warning", "26a0-fe0f"),
            words(" "),
            bold("They could not be written to the file"),
            words(": "),
            code(fileError),
            words(". Somebody should look at its disk; until then this message is the only copy."),
          ],
        ];
  const part: Part = {
    items: texts.length,
    priority: 0,
    render: (shown) => [
      richText(
        lines([
          emoji("link", "1f517"),
          words(" "),
          bold(texts.length === 1 ? "Head of the audit log" : "Heads of the audit log"),
          words(" at "),
          time(at),
        ]),
        preformatted(texts.slice(0, shown).join("\n")),
        lines(
          ...failed,
          [
            words("Nobody can change the log up to here without "),
            code(
              `countersign audit verify --head ${texts.length === 1 ? (texts[0] ?? "") : "..."}`,
            ),
            words(" finding it."),
          ],
          ...(shown < texts.length
            ? [[words(`${counted(texts.length - shown, "head")} more are in the log only.`)]]
            : []),
        ),
      ),
    ],
  };
  const numbers = heads.map(({ teamId, seq }) => `${teamId} at ${seq}`).join(", ");
  return {
    text: notificationText(`Head of the audit log: ${numbers}`),
    blocks: fitMessage([part]).blocks,
  };
}
