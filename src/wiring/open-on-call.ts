// Asks on-call services as the configuration names them: through the same guarded client as `http.request`, to their
// own host alone, with headers from the environment.

import type { Directory } from "#engine/identity.ts";
import type { Clock } from "#engine/time.ts";
import { selectValues } from "#adapters/checks/json-path-query.ts";
import type { HttpProfile } from "#adapters/http/http-config.ts";
import { createHttpRequest } from "#adapters/http/http-operations.ts";
import { createOnCall, onCallUrl } from "#adapters/on-call/on-call.ts";
import type { Config } from "../config.ts";
import { httpConfigOf } from "./open-operations.ts";

export function openOnCall(config: Config, clock: Pick<Clock, "now">): Directory["onCall"] {
  const profiles: Record<string, HttpProfile> = {};
  for (const [name, { onCall }] of Object.entries(config.policy.groups)) {
    if (onCall === null) continue;
    const headers = Object.entries(onCall.headersFromEnv).map(
      ([header, variable]) => [header, config.credentials[variable] ?? ""] as const,
    );
    profiles[name] = {
      allowedHosts: [new URL(onCallUrl(onCall.url, name)).origin],
      headers: async () => Object.fromEntries(headers),
    };
  }
  const request = createHttpRequest({ ...httpConfigOf(config), allowedHosts: [], profiles });
  return createOnCall({ request, select: selectValues, clock });
}
