// What a notice becomes when it is sent: a rendered message and where it belongs. Knows no Slack method.

import type { HomeView } from "@slack/types";
import type { Instant } from "#engine/time.ts";
import type { Message } from "../messages/message.ts";

export type Outgoing =
  /** Posted once; edited ever after when it has a `subject`. */
  | {
      readonly kind: "channel";
      readonly subject: string | null;
      readonly channelId: string;
      readonly threadTs: string | null;
      readonly message: Message;
      /** It cannot have been posted before this moment. */
      readonly notBefore: Instant;
      /** The card of this plan, whose thread or link is not known yet: once the card stands, they are. */
      readonly opensThreadOf: string | null;
    }
  /** Seen by one person, where they asked or clicked. */
  | {
      readonly kind: "private";
      readonly channelId: string;
      readonly threadTs: string | null;
      readonly userId: string;
      readonly message: Message;
    }
  | {
      readonly kind: "direct";
      readonly userId: string;
      readonly message: Message;
      readonly notBefore: Instant;
    }
  | { readonly kind: "home"; readonly userId: string; readonly view: HomeView }
  /** A run's last message, and its whole output as a file when that is long. */
  | {
      readonly kind: "finished";
      readonly subject: string;
      readonly channelId: string;
      readonly threadTs: string | null;
      readonly notBefore: Instant;
      readonly message: (logLink: string | null) => Message;
      readonly log: { readonly fileName: string; readonly text: string } | null;
    }
  /** There is nothing to say any more. */
  | { readonly kind: "nothing" }
  /** The thread it belongs to does not stand yet. */
  | { readonly kind: "later" };

export const NOTHING: Outgoing = { kind: "nothing" };
