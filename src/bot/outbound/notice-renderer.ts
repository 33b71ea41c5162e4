// How a notice of one kind becomes what is sent, and the renderers of several kinds. Renders nothing itself.

import type { Notice } from "#engine/notice.ts";
import type { Instant } from "#engine/time.ts";
import type { BotPorts } from "../bot-ports.ts";
import type { Outgoing } from "./outgoing.ts";

/** Reads what its notice is about, and rejects when a store or the directory can't be asked. */
export type NoticeRenderer<K extends Notice["kind"]> = (
  ports: BotPorts,
  notice: Notice & { readonly kind: K },
  now: Instant,
) => Promise<Outgoing>;

export type NoticeRenderers<K extends Notice["kind"]> = { readonly [P in K]: NoticeRenderer<P> };
