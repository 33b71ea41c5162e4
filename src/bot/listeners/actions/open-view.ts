// Opens a modal right after a click, while its trigger is valid, and tells the person when that came too late.

import type { ModalView } from "@slack/types";
import { WebAPIPlatformError, WebAPIRateLimitedError } from "@slack/web-api";
import { reply, said } from "../../reply.ts";
import type { Desk } from "../../requester.ts";
import type { Clicked } from "./clicked.ts";

const TOO_LATE = new Set(["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"]);
/** The person turned the page twice: the newer one stands. */
const OVERTAKEN = new Set(["hash_conflict", "not_found"]);

/** True when the person sees it. */
export async function openView(
  desk: Desk,
  { requester, triggerId }: Clicked,
  view: ModalView,
): Promise<boolean> {
  try {
    await desk.slack.client.views.open({ trigger_id: triggerId, view });
    return true;
  } catch (error) {
    const late = error instanceof WebAPIPlatformError && TOO_LATE.has(error.data.error);
    if (!late && !(error instanceof WebAPIRateLimitedError)) throw error;
    await reply(
      desk.ports,
      requester,
      said("The window could not be opened in time. Click again.", "warning"),
    );
    return false;
  }
}

/** Puts another page into the modal the click was in. */
export async function replaceView(
  desk: Desk,
  view: { readonly id: string; readonly hash: string },
  next: ModalView,
): Promise<boolean> {
  try {
    await desk.slack.client.views.update({ view_id: view.id, hash: view.hash, view: next });
    return true;
  } catch (error) {
    if (error instanceof WebAPIPlatformError && OVERTAKEN.has(error.data.error)) return false;
    throw error;
  }
}
