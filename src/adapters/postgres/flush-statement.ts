// The statement that writes many runs' flushes, and its parameters: one text for each column, because parsing
// one text of many lines is what both sides do fastest. Neither identifiers nor canonical JSON hold line breaks.

import type { RunFlush } from "#engine/run-store.ts";
import { actorText, digestOf, eventDocument, noticeDocuments } from "./audit-entry-row.ts";
import type { Parameter } from "./database.ts";
import type { RunPlace } from "./held-runs.ts";

const BREAK = "\n";
/** Between the links' data, whose lines are events. JSON escapes it. */
const GAP = "\u001E";

const texts = (number: number) => `string_to_array($${number}::text, E'\\n')`;

export const FLUSH = `select place, answer, ring from countersign_flush(
  ${texts(1)}, $2::text::integer[], $3::text::integer[], $4::text::bigint[], ${texts(5)}, $6::text::bigint[],
  $7::text::integer[], $8::text::boolean[], $9::text::boolean[], $10::text::boolean[],
  $11::text::integer[], ${texts(12)}, ${texts(13)}, ${texts(14)}, ${texts(15)},
  ${texts(16)}, string_to_array($17::text, E'\\x1E'), ${texts(18)},
  $19::text::integer[], ${texts(20)}, ${texts(21)})`;

export type PlacedFlush = { readonly flush: RunFlush; readonly place: RunPlace };

/** What {@link FLUSH} takes; the flushes in the order of their runs' ids. */
export function flushParameters(placed: readonly PlacedFlush[]): readonly Parameter[] {
  const flushes = placed.map(({ flush }) => flush);
  const links = placed.flatMap(linksOf);
  const notices = flushes.flatMap((flush, index) =>
    noticeDocuments(flush.notices, flush.at).map((notice) => ({ run: index + 1, ...notice })),
  );
  return [
    lines(flushes.map(({ runId }) => runId)),
    array(flushes.map(({ epoch }) => epoch)),
    array(flushes.map(({ number }) => number)),
    array(flushes.map(({ at }) => at)),
    lines(flushes.map(({ status }) => status)),
    array(flushes.map(({ wakeAt }) => wakeAt)),
    array(flushes.map(({ controlSeen }) => controlSeen)),
    array(flushes.map(({ release }) => release)),
    array(flushes.map(({ spendPlan }) => spendPlan)),
    array(flushes.map(startsSomething)),
    array(links.map(({ run }) => run)),
    lines(links.map(({ place }) => place.teamId)),
    lines(links.map(({ actor }) => actor)),
    lines(links.map(({ place }) => place.conversationId)),
    lines(links.map(({ place }) => place.planId)),
    lines(links.map(({ kinds }) => kinds.join(","))),
    links.map(({ data }) => data.join(BREAK)).join(GAP),
    lines(links.map(({ digests }) => digests.join(""))),
    array(notices.map(({ run }) => run)),
    lines(notices.map(({ key }) => key)),
    lines(notices.map(({ notice }) => notice)),
  ];
}

type Link = {
  /** 1-based place of its run. */
  readonly run: number;
  readonly place: RunPlace;
  readonly actor: string;
  readonly kinds: string[];
  readonly data: string[];
  readonly digests: string[];
};

/** Events of one actor that follow each other are one link. */
function linksOf({ flush, place }: PlacedFlush, index: number): readonly Link[] {
  const links: Link[] = [];
  const { runId, at } = flush;
  for (const recorded of flush.events) {
    const actor = actorText(recorded.actor);
    let link = links.at(-1);
    if (link?.actor !== actor) {
      link = { run: index + 1, place, actor, kinds: [], data: [], digests: [] };
      links.push(link);
    }
    const { kind, data } = eventDocument(recorded.event);
    const digest = digestOf(
      { ...place, runId, at, actor, kind, data },
      link.digests.at(-1) ?? null,
    );
    link.kinds.push(kind);
    link.data.push(data);
    link.digests.push(digest);
  }
  return links;
}

/** It tells of an attempt that began, which no request of a person may be passed by. */
function startsSomething({ events }: RunFlush): boolean {
  return events.some(({ event }) => event.kind === "attempt.started");
}

function lines(values: readonly string[]): string {
  for (const value of values) {
    if (value.includes(BREAK))
      throw new Error(`expected an identifier of one line, found ${JSON.stringify(value)}`);
  }
  return values.join(BREAK);
}

/** An array as Postgres reads it; of what needs no quotes. */
function array(values: readonly (number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? "null").join(",")}}`;
}
