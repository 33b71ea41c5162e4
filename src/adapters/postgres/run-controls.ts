// What `countersign_control` takes: a person's request to a run and its entry in the log, written together.

import type { AuditEntry } from "#engine/audit-event.ts";
import type { ControlRequest } from "#engine/run.ts";
import { conversationDocuments, entryDocument } from "./audit-entry-row.ts";
import type { Parameter } from "./database.ts";
import { storableJson } from "./stored-json.ts";

export function controlParameters(
  runId: string,
  request: ControlRequest,
  entry: AuditEntry,
): readonly Parameter[] {
  return [
    runId,
    storableJson(request),
    entry.at,
    JSON.stringify(conversationDocuments([entry.conversation])),
    JSON.stringify([entryDocument(entry)]),
  ];
}
