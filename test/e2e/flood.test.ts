// P9 in numbers: thousands of clicks that Slack did not send, each of which would complete a quorum if it were
// taken for one. 1,000 of each kind in CI, 10,000 in a night.

import { expect, test } from "vitest";
import { signRequest } from "#playground/signing.ts";
import type { JsonRecord } from "#playground/json-value.ts";
import { patience, scaled } from "#test/proof-scale.ts";
import { auditOf } from "./support/audit-rows.ts";
import { flood, inboundCounted } from "./support/flood.ts";
import type { RawPost } from "./support/flood.ts";
import { by, clickLike, fromTeam } from "./support/forged.ts";
import { openScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";
import { until } from "#test/until.ts";

/** 10,000 when there are 100,000 cases of a property. */
const OF_EACH = Math.min(10_000, scaled(1_000));
/** A secret of another app in the same workspace. */
const OTHER_SECRET = "0123456789abcdef0123456789abcdef";

type Signing = Parameters<typeof signRequest>[0];
type Attack = {
  readonly name: string;
  readonly status: number;
  /** Where the metrics count it. */
  readonly counted: string;
  readonly code: string;
  readonly change?: (payload: JsonRecord) => JsonRecord;
  readonly sign?: (signing: Signing, nth: number) => Signing;
  readonly headers?: (signed: Readonly<Record<string, string>>, nth: number) => RawPost["headers"];
};

const seconds = (signing: Signing, by: number): Signing => ({
  ...signing,
  timestampSeconds: signing.timestampSeconds + by,
});

const ATTACKS: readonly Attack[] = [
  {
    name: "forged: signed with another app's secret, or over another body",
    status: 401,
    counted: "forged/wrong",
    code: "signature-wrong",
    sign: (signing, nth) =>
      nth % 2 === 0
        ? { ...signing, secret: OTHER_SECRET }
        : { ...signing, body: `${signing.body}&x=${nth}` },
  },
  {
    name: "unsigned, or signed by halves",
    status: 401,
    counted: "forged/missing",
    code: "signature-missing",
    headers: (signed, nth) =>
      Object.fromEntries(
        Object.entries(signed).slice(nth % 2, (nth % 2) + (nth % 3 === 0 ? 0 : 1)),
      ),
  },
  {
    name: "late: rightly signed, more than five minutes ago",
    status: 401,
    counted: "forged/too-old",
    code: "signature-too-old",
    sign: (signing, nth) => seconds(signing, -(302 + nth * 7)),
  },
  {
    name: "future-dated: rightly signed, more than five minutes ahead",
    status: 401,
    counted: "forged/in-the-future",
    code: "signature-in-the-future",
    sign: (signing, nth) => seconds(signing, 400 + nth * 7),
  },
  {
    name: "from another workspace, rightly signed",
    status: 200,
    counted: "action/other-workspace",
    code: "other-workspace",
    change: fromTeam("T0ELSEWHERE"),
  },
  {
    name: "for another app, rightly signed",
    status: 200,
    counted: "action/other-app",
    code: "other-app",
    change: (payload) => ({ ...payload, api_app_id: "A0ELSEWHERE" }),
  },
];

/** What an attacker would send: Bob's approval, new each time, with something wrong about it. */
function attackOn({ workspace }: Scene, attack: Attack): (nth: number) => RawPost {
  const change = attack.change ?? ((payload: JsonRecord) => payload);
  return (nth) => {
    const { body } = clickLike(workspace, (payload) => change(by("U0BOB")(payload)));
    const signing = {
      secret: workspace.slack.credentials.signingSecret,
      body,
      timestampSeconds: Math.floor(Date.now() / 1000),
    };
    const signed = signRequest(attack.sign?.(signing, nth) ?? signing);
    const headers = attack.headers?.({ ...signed }, nth) ?? { ...signed };
    return { body, headers: { "content-type": "application/x-www-form-urlencoded", ...headers } };
  };
}

test(`none of ${OF_EACH} forged, unsigned, replayed, late, future-dated, foreign or misdirected clicks each is taken for Bob's, all are counted, and real requests in between work`, async (context) => {
  const scene = await openScene(context);
  const { workspace, talk, program } = scene;
  const url = `${program.url}/slack/events`;
  const card = await talk.asks(
    "rita",
    `http.request method=DELETE url=${workspace.target.url}/flooded`,
  );
  await talk.approves("ann", card);
  await talk.cardShows(card, "1 of 2");
  const realClick = workspace.slack
    .deliveries()
    .findLast(({ delivery }) => delivery.type === "interactive")?.request;
  if (realClick === undefined) throw new Error("the click went over HTTP");
  const before = await inboundCounted(program.url);

  for (const attack of ATTACKS) {
    const statuses = await flood(url, OF_EACH, attackOn(scene, attack));
    expect({ [attack.name]: statuses }).toEqual({ [attack.name]: { [attack.status]: OF_EACH } });
    await talk.commands("rita", "pending");
  }
  const replay: RawPost = { body: realClick.body, headers: realClick.headers };
  expect(await flood(url, OF_EACH, () => replay)).toEqual({ 200: OF_EACH });

  // All that was taken in since are the commands between the floods, and each was answered.
  const after = await inboundCounted(program.url);
  const added = Object.fromEntries(
    Object.entries(after)
      .map(([label, count]) => [label, count - (before[label] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
  expect(added).toEqual({
    ...Object.fromEntries(ATTACKS.map(({ counted }) => [counted, OF_EACH])),
    "action/replayed": OF_EACH,
    "command/accepted": ATTACKS.length,
  });
  await until("the commands to be answered", () => {
    const told = workspace.slack.ephemerals("rita").map(({ message }) => message);
    const answers = told.filter((message) => workspace.slack.text(message).includes("1 of 2"));
    return answers.length === ATTACKS.length;
  });

  // Nothing of it is anywhere but in a bounded number of refusals.
  expect(talk.cardText(card)).toContain("1 of 2");
  expect(workspace.target.asked("/flooded")).toEqual([]);
  const rows = await auditOf(workspace);
  expect(rows.filter(({ kind }) => kind === "vote.cast")).toHaveLength(1);
  const refusals = rows.filter(({ kind }) => kind === "refused").map(({ data }) => data["code"]);
  const codes = [...ATTACKS.map(({ code }) => code), "replayed"];
  expect(new Set(refusals)).toEqual(new Set(codes));
  // A minute's entries of each reason; on a slow machine a flood takes some minutes.
  expect(refusals.length).toBeLessThanOrEqual(codes.length * 6 * patience(2));
  const inbox = await workspace.sql`SELECT count(*)::int AS requests FROM inbox`;
  expect(inbox[0]?.["requests"]).toBe(2 + ATTACKS.length);

  // And Bob's own click counts.
  await talk.approves("bob", card);
  await talk.ends(card, "Completed");
  expect(workspace.target.asked("/flooded")).toHaveLength(1);
});
