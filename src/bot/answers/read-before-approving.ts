// A card that hides or shortens something of its plan can't be approved from sight: the approver must have
// opened every page of the full plan, in this version. The openings are entries of the audit log.

import type { AuditEntry } from "#engine/audit-event.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { Asker, EnginePorts } from "#engine/use-case-ports.ts";
import { personActor } from "#engine/audited-use-case.ts";
import { verdictOf } from "#engine/explain-policy.ts";
import { fullPlanPages, pageViewText } from "../messages/full-plan-view.ts";
import { planCard } from "../messages/plan-card.ts";
import { VIEW_FORMAT } from "../messages/view-hash.ts";

export type CardSeen = {
  /** SHA-256 of what the card shows of this plan version. */
  readonly viewHash: string;
  /** Pages of the full plan that this person still has to open; empty: none is needed or all were opened. */
  readonly unread: readonly number[];
};

export async function cardSeenBy(
  ports: EnginePorts,
  record: PlanRecord,
  userId: string,
): Promise<CardSeen> {
  const verdict = await verdictOf(ports, record, "cached");
  const card = planCard({ record, verdict, now: ports.clock.now() });
  const viewHash = ports.sha256(card.viewText);
  if (!card.cut) return { viewHash, unread: [] };
  const opened = await openedPages(ports, record, userId);
  const pages = fullPlanPages(record).map((_page, index) => index + 1);
  return { viewHash, unread: pages.filter((page) => !opened.has(page)) };
}

/** Records that a person opened a page, after Slack showed it. */
export async function recordOpening(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
  page: number,
): Promise<void> {
  await append(ports, asker, record, {
    kind: "plan.viewed",
    version: record.version,
    hash: record.hash,
    page,
    last: page >= fullPlanPages(record).length,
    viewHash: ports.sha256(pageViewText(record, page) ?? ""),
    viewFormat: VIEW_FORMAT,
  });
}

/** What a person is told who has to read first, which is recorded; null: they have read all there is to read. */
export async function unreadBarrier(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
  given: Pick<CardSeen, "unread"> & { readonly attempted: string; readonly what: Attempt },
): Promise<string | null> {
  const { unread, attempted, what } = given;
  if (unread.length === 0) return null;
  const explanation = readFirst(unread, what);
  const { entry } = asker;
  await append(ports, asker, record, {
    kind: "refused",
    attempted,
    code: "plan-not-read",
    explanation,
    entry,
  });
  return explanation;
}

async function append(
  ports: EnginePorts,
  asker: Asker,
  { id, conversation }: PlanRecord,
  event: AuditEntry["event"],
): Promise<void> {
  await ports.audit.append([
    {
      at: ports.clock.now(),
      teamId: asker.teamId,
      actor: personActor(asker),
      conversation,
      planId: id,
      runId: null,
      event,
    },
  ]);
}

async function openedPages(
  ports: EnginePorts,
  record: PlanRecord,
  userId: string,
): Promise<ReadonlySet<number>> {
  const opened = new Set<number>();
  const { teamId } = record.conversation;
  for await (const row of ports.audit.rows({ teamId, planId: record.id, limit: 100_000 })) {
    if (row.kind !== "plan.viewed" || row.actor !== `person:${userId}`) continue;
    const viewed = JSON.parse(row.data) as { readonly hash?: string; readonly page?: number };
    if (viewed.hash === record.hash && viewed.page !== undefined) opened.add(viewed.page);
  }
  return opened;
}

function readFirst(unread: readonly number[], what: Attempt): string {
  const pages =
    unread.length === 1
      ? `page ${unread[0] ?? 1}`
      : `pages ${unread.slice(0, 20).join(", ")}${unread.length > 20 ? ", ..." : ""}`;
  const { not, again } = NOT_YET[what];
  return `${not}: the card does not show all of this plan. Open "Full plan", read ${pages}, and ${again}.`;
}

type Attempt = keyof typeof NOT_YET;

const NOT_YET = {
  approve: { not: "Not approved yet", again: "approve again" },
  "break-glass": { not: "The glass is not broken", again: "break it again" },
} as const;
