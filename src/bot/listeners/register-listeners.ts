// All listeners of the app, in the order of docs/slack.md. Each is in the folder of its kind.

import type { App } from "@slack/bolt";
import type { Desk } from "../requester.ts";
import { listenToAskingButtons } from "./actions/asking-buttons.ts";
import { listenToBundleButton } from "./actions/bundle-button.ts";
import { listenToHeldButtons } from "./actions/held-buttons.ts";
import { listenToPlanButtons } from "./actions/plan-buttons.ts";
import { listenToRunButtons } from "./actions/run-buttons.ts";
import { listenToOpsCommand } from "./commands/ops-command.ts";
import { listenToHome } from "./home/home-opened.ts";
import { listenToMentions } from "./mentions/mention.ts";
import { listenToPlanFromMessage } from "./shortcuts/plan-from-message.ts";
import { listenToAskingViews } from "./views/asking-submitted.ts";
import { listenToBundles } from "./views/bundle-submitted.ts";
import { listenToEdits } from "./views/edit-submitted.ts";
import { listenToBrokenGlass } from "./views/glass-submitted.ts";
import { listenToRejections } from "./views/reject-submitted.ts";

export function registerListeners(app: App, desk: Desk): void {
  listenToOpsCommand(app, desk);
  listenToMentions(app, desk);
  listenToPlanButtons(app, desk);
  listenToRunButtons(app, desk);
  listenToHeldButtons(app, desk);
  listenToAskingButtons(app, desk);
  listenToBundleButton(app, desk);
  listenToRejections(app, desk);
  listenToBundles(app, desk);
  listenToBrokenGlass(app, desk);
  listenToAskingViews(app, desk);
  listenToEdits(app, desk);
  listenToPlanFromMessage(app, desk);
  listenToHome(app, desk);
}
