// A person's App Home: what waits for them and what runs for them at this moment. Publishes nothing.

import { openAskings } from "#engine/open-askings.ts";
import { reviewersOf } from "#engine/review-glass.ts";
import { reportRun } from "#engine/run-report.ts";
import { waitingPlans } from "#engine/waiting-plans.ts";
import type { BotPorts } from "../bot-ports.ts";
import { isBroken } from "../messages/glass.ts";
import type { Broken } from "../messages/glass.ts";
import { homeView } from "../messages/home-view.ts";
import type { NoticeRenderers } from "./notice-renderer.ts";

const HOME_RUNS = 50;
const HOME_REVIEWS = 20;

export const homeNotice: NoticeRenderers<"home"> = {
  home: async (ports, { teamId, userId }, now) => {
    const [waiting, active, recent, askings, reviews] = await Promise.all([
      waitingPlans(ports, { teamId, userId }),
      ports.runs.activeOf(teamId, userId, HOME_RUNS),
      ports.plans.recentOf(teamId, userId, 10),
      openAskings(ports, teamId),
      reviewsOf(ports, teamId, userId),
    ]);
    const running = active.map((view) => reportRun(view, now));
    const asked = askings.filter(({ couldAnswer }) => couldAnswer.includes(userId));
    return {
      kind: "home",
      userId,
      view: homeView({ waiting, asked, reviews, running, recent, now }),
    };
  },
};

/** Open reviews of others that this person could close, as far as the directory knows. */
async function reviewsOf(
  ports: BotPorts,
  teamId: string,
  userId: string,
): Promise<readonly Broken[]> {
  const open = (await ports.plans.openReviews(teamId)).filter(isBroken).slice(0, HOME_REVIEWS);
  const asked = await Promise.all(
    open.map(async (record) => ({ record, people: await reviewersOf(ports, record) })),
  );
  return asked.filter(({ people }) => people.includes(userId)).map(({ record }) => record);
}
