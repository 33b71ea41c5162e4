// The buttons of a plan's card: approve, reject, edit, dry run, full plan, who can approve. Each reads the plan
// again and answers visibly; none of them carries authority.

import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import { explainApprovers } from "#engine/explain-approvers.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { lookRefusal } from "../../answers/admission.ts";
import { dryRunOf } from "../../answers/ask-for-work.ts";
import { glassBarred } from "../../answers/break-glass.ts";
import { decide } from "../../answers/decide.ts";
import { nudge } from "../../answers/nudge.ts";
import { recordOpening } from "../../answers/read-before-approving.ts";
import { editView } from "../../messages/edit-view.ts";
import { breakGlassView } from "../../messages/glass-view.ts";
import { fullPlanPages, fullPlanView } from "../../messages/full-plan-view.ts";
import {
  ACTIONS,
  parseGlassValue,
  parsePlanPageValue,
  planValue,
} from "../../messages/identifiers.ts";
import { rejectView } from "../../messages/reject-view.ts";
import { whoCanApproveView } from "../../messages/who-can-approve.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import { askerOf } from "../../requester.ts";
import type { Desk } from "../../requester.ts";
import { refreshHome } from "../home/refresh-home.ts";
import { clickedOf } from "./clicked.ts";
import type { Clicked } from "./clicked.ts";
import { openView, replaceView } from "./open-view.ts";
import { planOfClick } from "./plan-of-click.ts";
import type { PlanOfClick } from "./plan-of-click.ts";

type Work = (desk: Desk, clicked: Clicked, plan: PlanOfClick) => Promise<void>;

export function listenToPlanButtons(app: App, desk: Desk): void {
  const on = (actionId: string, work: Work): void => {
    app.action<BlockAction<ButtonAction>>(actionId, async ({ body, action, context }) => {
      const clicked = clickedOf(body, action, context);
      const plan = await planOfClick(desk, clicked.requester, clicked.value);
      if (plan !== null) await work(desk, clicked, plan);
    });
  };
  on(ACTIONS.approve, approve);
  on(ACTIONS.dryRun, dryRun);
  on(ACTIONS.nudge, async (desk, { requester }, { record }) =>
    reply(desk.ports, requester, await nudge(desk, requester, record)),
  );
  app.action<BlockAction<ButtonAction>>(ACTIONS.breakGlass, ({ body, action, context }) =>
    openGlass(desk, clickedOf(body, action, context)),
  );
  on(
    ACTIONS.reject,
    looking("reject a plan", async (desk, clicked, { record }) => {
      await openView(desk, clicked, rejectView({ record }));
    }),
  );
  on(
    ACTIONS.edit,
    looking("edit a plan", async (desk, clicked, { record }) => {
      await openView(desk, clicked, editView({ record }));
    }),
  );
  on(ACTIONS.whoCanApprove, looking("see who can approve", openWhoCanApprove));
  on(ACTIONS.fullPlan, looking("see the full plan", openFullPlan));
  for (const turn of [ACTIONS.fullPlanPrevious, ACTIONS.fullPlanNext]) {
    app.action<BlockAction<ButtonAction>>(turn, async ({ body, action, context }) =>
      turnPage(desk, clickedOf(body, action, context)),
    );
  }
}

async function approve(
  desk: Desk,
  { requester, onHome }: Clicked,
  { record, version }: PlanOfClick,
): Promise<void> {
  await reply(
    desk.ports,
    requester,
    await decide(desk, requester, { record, version, choice: "approve", reason: null }),
  );
  if (onHome) await refreshHome(desk, requester.userId);
}

async function openGlass(desk: Desk, clicked: Clicked): Promise<void> {
  const { requester, value } = clicked;
  const ref = parseGlassValue(value);
  const plan = await planOfClick(desk, requester, ref === null ? undefined : planValue(ref));
  if (plan === null || ref === null) return;
  const { record } = plan;
  const barred = await glassBarred(desk, requester, record);
  if (barred === null)
    await openView(desk, clicked, breakGlassView({ record, reason: ref.reason }));
  else await reply(desk.ports, requester, barred);
}

async function dryRun(desk: Desk, { requester }: Clicked, { record }: PlanOfClick): Promise<void> {
  await reply(desk.ports, requester, await dryRunOf(desk, requester, record));
}

/** Windows show the plan, so they open for members in channels that are served. */
function looking(attempted: string, work: Work): Work {
  return async (desk, clicked, plan) => {
    const refusal = await lookRefusal(desk, clicked.requester, attempted);
    if (refusal === null) await work(desk, clicked, plan);
    else await reply(desk.ports, clicked.requester, refusedAnswer(refusal));
  };
}

async function openWhoCanApprove(
  desk: Desk,
  clicked: Clicked,
  { record }: PlanOfClick,
): Promise<void> {
  const { ports } = desk;
  const approvers = await explainApprovers(ports, record, clicked.requester.userId);
  await openView(desk, clicked, whoCanApproveView({ record, approvers, now: ports.clock.now() }));
}

async function openFullPlan(desk: Desk, clicked: Clicked, { record }: PlanOfClick): Promise<void> {
  const shown = await openView(
    desk,
    clicked,
    fullPlanView({ record, page: 1, now: desk.ports.clock.now() }),
  );
  if (shown) await opened(desk, clicked, record, 1);
}

/** The page is of the plan as it stands now: an edit meanwhile shows, and counts, as the new version. */
async function turnPage(desk: Desk, clicked: Clicked): Promise<void> {
  const ref = parsePlanPageValue(clicked.value);
  const plan = await planOfClick(
    desk,
    clicked.requester,
    ref === null ? undefined : planValue(ref),
  );
  if (plan === null || ref === null || clicked.view === null) return;
  const { record } = plan;
  const page = Math.min(Math.max(1, ref.page), fullPlanPages(record).length);
  const shown = await replaceView(
    desk,
    clicked.view,
    fullPlanView({ record, page, now: desk.ports.clock.now() }),
  );
  if (shown) await opened(desk, clicked, record, page);
}

async function opened(
  desk: Desk,
  { requester }: Clicked,
  record: PlanRecord,
  page: number,
): Promise<void> {
  await recordOpening(desk.ports, askerOf(desk, requester, record.conversation), record, page);
}
