// What people saw when they voted or opened a page, drawn again from the log and the stored versions of the plan, and
// compared with the hash that was recorded then.

import type { KnownBlock } from "@slack/types";
import type { AuditRow } from "#engine/audit-event.ts";
import { planHash } from "#engine/plan-hash.ts";
import type { PlanOrigin } from "#engine/plan.ts";
import type { PlanVersion } from "#engine/plan-store.ts";
import { readAuditEvent } from "#engine/read-audit-event.ts";
import type { Sha256 } from "#engine/time.ts";
import { fullPlanPages, pageViewText } from "#bot/messages/full-plan-view.ts";
import { picturedCard } from "#bot/messages/plan-picture.ts";
import { shownBlocks, shownText } from "#bot/messages/step-approval.ts";
import { VIEW_FORMAT } from "#bot/messages/view-hash.ts";

/** What was shown: the card, a page of the full plan, or the step that a run asked about. */
type Shown =
  | { readonly kind: "card" }
  | { readonly kind: "page"; readonly page: number }
  | { readonly kind: "step"; readonly stepId: string };

export type RecordedView = {
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** A user id. */
  readonly userId: string;
  readonly act: string;
  readonly shown: Shown;
  readonly version: number;
  /** Null: nothing was shown, the vote came by words. */
  readonly viewHash: string | null;
  readonly viewFormat: number | null;
};

export type Reproduction =
  | { readonly kind: "match" }
  | { readonly kind: "nothing-shown" }
  /** A complete sentence. */
  | { readonly kind: "differs" | "not-drawn"; readonly why: string };

export type ReproducedView = RecordedView & {
  readonly result: Reproduction;
  /** What was drawn now; empty where nothing could be. */
  readonly blocks: readonly KnownBlock[];
};

/** What of each version a drawing needs beside the plan, as the log has it. */
type LoggedVersion = {
  readonly hash: string;
  readonly policyVersion: string;
  readonly editors: readonly string[];
};

type Logged = {
  readonly requesterId: string;
  readonly filedAt: number;
  readonly origin: PlanOrigin | null;
  readonly supersedes: string | null;
  readonly versions: ReadonlyMap<number, LoggedVersion>;
};

/** In the order of the log. @param rows all of one plan. */
export function recordedViews(rows: readonly AuditRow[]): readonly RecordedView[] {
  let queued = 1;
  return rows.flatMap((row): readonly RecordedView[] => {
    const event = readAuditEvent(row);
    const at = new Date(row.at).toISOString();
    const of = { seq: row.seq, at, userId: row.actor.replace(/^person:/, "") };
    switch (event.kind) {
      case "vote.cast": {
        const { choice, version, viewHash, viewFormat } = event;
        return [{ ...of, act: choice, shown: { kind: "card" }, version, viewHash, viewFormat }];
      }
      case "plan.glass-broken": {
        const { version, viewHash, viewFormat } = event;
        const act = "break the glass";
        return [{ ...of, act, shown: { kind: "card" }, version, viewHash, viewFormat }];
      }
      case "plan.viewed": {
        const { version, page, viewHash, viewFormat } = event;
        const act = `open page ${page}`;
        return [{ ...of, act, shown: { kind: "page", page }, version, viewHash, viewFormat }];
      }
      case "run.queued":
        queued = event.planVersion;
        return [];
      case "step.approval-voted": {
        const { stepId, vote } = event;
        const { userId, viewHash, viewFormat = null } = vote;
        const act = `${vote.choice} step ${stepId}`;
        const shown = { kind: "step", stepId } as const;
        return [{ ...of, userId, act, shown, version: queued, viewHash, viewFormat }];
      }
      default:
        return [];
    }
  });
}

/** @param versions as stored. @throws {UnreadableEvent} */
export function reproduceViews(
  rows: readonly AuditRow[],
  versions: ReadonlyMap<number, PlanVersion>,
  sha256: Sha256,
): readonly ReproducedView[] {
  const logged = loggedVersions(rows);
  return recordedViews(rows).map((view) => ({
    ...view,
    ...drawnAgain(view, { logged, stored: versions.get(view.version), sha256 }),
  }));
}

function loggedVersions(rows: readonly AuditRow[]): Logged | null {
  const versions = new Map<number, LoggedVersion>();
  let filed: Omit<Logged, "versions"> | null = null;
  let editors: readonly string[] = [];
  for (const row of rows) {
    const event = readAuditEvent(row);
    if (event.kind !== "plan.filed" && event.kind !== "plan.edited") continue;
    const userId = row.actor.replace(/^person:/, "");
    if (event.kind === "plan.filed") {
      const { origin = null, supersedes = null } = event;
      filed = { requesterId: userId, filedAt: row.at, origin, supersedes };
    } else editors = [...editors.filter((earlier) => earlier !== userId), userId];
    const { hash, policyVersion } = event;
    versions.set(event.version, { hash, policyVersion, editors });
  }
  return filed === null ? null : { ...filed, versions };
}

function drawnAgain(
  view: RecordedView,
  given: {
    readonly logged: Logged | null;
    readonly stored: PlanVersion | undefined;
    readonly sha256: Sha256;
  },
): Pick<ReproducedView, "result" | "blocks"> {
  const { logged, stored, sha256 } = given;
  const not = (kind: "differs" | "not-drawn", why: string) => ({
    result: { kind, why },
    blocks: [],
  });
  if (view.viewHash === null) return { result: { kind: "nothing-shown" }, blocks: [] };
  const of = logged?.versions.get(view.version);
  if (logged === null || of === undefined)
    return not(
      "not-drawn",
      `The log does not hold the filing of version ${view.version} any more.`,
    );
  if (stored === undefined)
    return not("not-drawn", `Version ${view.version} of the plan is not stored any more.`);
  const hash = planHash(stored.plan, sha256);
  if (hash !== of.hash)
    return not(
      "differs",
      `The stored plan of version ${view.version} is another one: its hash is ${hash}, and the log has ${of.hash}.`,
    );
  if (view.viewFormat !== VIEW_FORMAT)
    return not(
      "not-drawn",
      `It was drawn in format ${view.viewFormat ?? "unknown"}, and this version of Countersign draws in format ${VIEW_FORMAT}.`,
    );
  const drawn = draw(view.shown, stored, { ...logged, ...of });
  if (drawn === null) return not("differs", "The stored plan has no such page or step.");
  const found = sha256(drawn.text);
  if (found === view.viewHash) return { result: { kind: "match" }, blocks: drawn.blocks };
  const why = `The plan is the one that was voted on, and what is drawn from the log beside it (who asked and when, who edited, what it was made from) has the hash ${found}, not the recorded one.`;
  return { result: { kind: "differs", why }, blocks: drawn.blocks };
}

function draw(
  shown: Shown,
  { plan, version }: PlanVersion,
  logged: Omit<Logged, "versions"> & LoggedVersion,
): { readonly text: string; readonly blocks: readonly KnownBlock[] } | null {
  switch (shown.kind) {
    case "card": {
      const { requesterId: userId, filedAt, origin, supersedes, editors } = logged;
      const requester = { teamId: "", userId, name: "" };
      const pictured = { plan, version, requester, filedAt, origin, supersedes, editors };
      const { viewText: text, blocks } = picturedCard(pictured);
      return { text, blocks };
    }
    case "page": {
      const paged = { plan, hash: logged.hash, policyVersion: logged.policyVersion };
      const text = pageViewText(paged, shown.page);
      return text === null ? null : { text, blocks: fullPlanPages(paged)[shown.page - 1] ?? [] };
    }
    case "step": {
      const step = plan.steps.find(({ id }) => id === shown.stepId);
      return step === undefined
        ? null
        : { text: shownText({ plan }, step), blocks: shownBlocks({ plan }, step) };
    }
  }
}
