// What the metrics ask of the stores at each scrape. Counts nothing itself.

import { overdueReviews } from "#engine/review-glass.ts";
import type { Clock } from "#engine/time.ts";
import type { Metrics } from "#web/metrics.ts";
import type { Storage } from "./open-storage.ts";

export function addStoredGauges(
  metrics: Metrics,
  storage: Pick<Storage, "breakers" | "plans" | "outbox">,
  clock: Clock,
): void {
  metrics.breakers(async () => storage.breakers.list());
  metrics.gauge(
    "break_glass_open_reviews",
    "Broken glasses that nobody has looked at yet",
    async () => (await storage.plans.openReviews(null)).length,
  );
  metrics.gauge(
    "break_glass_overdue_reviews",
    "Those of them whose time to be looked at is over",
    async () => overdueReviews(await storage.plans.openReviews(null), clock.now()).length,
  );
  metrics.gauge("outbox_pending", "Messages waiting to be sent", () => storage.outbox.pending());
}
