// A step-up as its row has it. What its status has is one JSON document, checked when it is read; columns are what it
// is found by.

import { z } from "zod";
import type { StepUpKey } from "#engine/passkey.ts";
import { overAt } from "#engine/step-up.ts";
import type { StepUp } from "#engine/step-up.ts";
import type { Queries } from "./database.ts";
import { readAs } from "./stored-json.ts";

const text = z.string();
const instant = z.number();
const issued = {
  teamId: text,
  userId: text,
  planId: text,
  planVersion: z.number().int(),
  planHash: text,
  viewHash: text.nullable(),
  viewFormat: z.number().int().nullable(),
  choice: z.literal("approve"),
  link: text,
  issuedAt: instant,
  openBy: instant,
};
const session = { session: text, until: instant };
const proof = z.object({
  id: text,
  passkey: text,
  assertion: z.object({
    salt: text,
    authenticatorData: text,
    clientDataJSON: text,
    signature: text,
  }),
  at: instant,
});
const stepUpSchema: z.ZodType<StepUp> = z.discriminatedUnion("status", [
  z.object({ ...issued, status: z.literal("issued") }),
  z.object({ ...issued, ...session, status: z.literal("signing-in"), state: text, nonce: text }),
  z.object({ ...issued, ...session, status: z.literal("returned"), nonce: text }),
  z.object({
    ...issued,
    ...session,
    status: z.literal("signed-in"),
    challenge: z
      .object({ purpose: z.enum(["register", "approve"]), digest: text, until: instant })
      .nullable(),
  }),
  z.object({ ...issued, ...session, status: z.literal("proven"), proof }),
  z.object({ ...issued, ...session, status: z.literal("spent"), proof, spentAt: instant }),
]);

export async function readStepUp(
  queries: Queries,
  key: StepUpKey,
  lock: "" | "for update",
): Promise<StepUp | null> {
  const [column, value] =
    "link" in key
      ? ["link", key.link]
      : "session" in key
        ? ["session", key.session]
        : ["proof_id", key.proof];
  const [row] = await queries.query<{ readonly link: string; readonly state: unknown }>(
    `select link, state from step_ups where ${column} = $1 ${lock}`,
    [value],
  );
  return row === undefined ? null : readAs(stepUpSchema, row.state, `step-up ${row.link}`);
}

/** In place of what was there under the same link. */
export async function writeStepUp(queries: Queries, stepUp: StepUp): Promise<void> {
  await queries.query(
    "update step_ups set session = $2, proof_id = $3, over_at = $4, state = $5::text::json where link = $1",
    [
      stepUp.link,
      stepUp.status === "issued" ? null : stepUp.session,
      stepUp.status === "proven" || stepUp.status === "spent" ? stepUp.proof.id : null,
      overAt(stepUp),
      JSON.stringify(stepUp),
    ],
  );
}

/** The step-up whose proof a vote is about to spend, its row locked. */
export function lockedProof(queries: Queries, proofId: string): Promise<StepUp | null> {
  return readStepUp(queries, { proof: proofId }, "for update");
}
