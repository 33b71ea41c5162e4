// From a waiting notice to what is sent, read from the database at the moment of sending: a late message shows
// the newest state. Sends nothing.

import type { Notice } from "#engine/notice.ts";
import type { Instant } from "#engine/time.ts";
import type { BotPorts } from "../bot-ports.ts";
import { completeNotices } from "./complete-notices.ts";
import { glassNotices } from "./glass-notices.ts";
import { homeNotice } from "./home-notice.ts";
import type { NoticeRenderer, NoticeRenderers } from "./notice-renderer.ts";
import type { Outgoing } from "./outgoing.ts";
import { planNotices } from "./plan-notices.ts";
import { runNotices } from "./run-notices.ts";
import { stepNotices } from "./step-notices.ts";
import { stepUpNotices } from "./step-up-notices.ts";
import { waitingPlanNotices } from "./waiting-plan-notices.ts";

const RENDERERS: NoticeRenderers<Notice["kind"]> = {
  ...planNotices,
  ...waitingPlanNotices,
  ...glassNotices,
  ...runNotices,
  ...stepNotices,
  ...stepUpNotices,
  ...homeNotice,
  ...completeNotices,
};

/** Reads what the notice is about and renders it. Rejects when a store or the directory can't be asked. */
export function renderNotice(ports: BotPorts, notice: Notice, now: Instant): Promise<Outgoing> {
  const render = RENDERERS[notice.kind] as NoticeRenderer<Notice["kind"]>;
  return render(ports, notice, now);
}
