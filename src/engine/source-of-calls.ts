// A plan's source made of recorded calls: one after the other, each only while the world is as it was when the source
// was made. For plans that Countersign writes itself.

import type { JsonObject } from "./json.ts";
import type { Captured } from "./operation.ts";
import type { StateToRead } from "./read-state.ts";

/** One call of a plan's source. */
export type BackCall = {
  readonly uses: string;
  readonly with: JsonObject;
  readonly profile?: string;
  readonly timeout?: string;
};

export type RecordedCall = BackCall & {
  /** The step it puts right; part of the new step's name. */
  readonly stepId: string;
  /** Null: it is done whatever the state is. */
  readonly expects: { readonly of: StateToRead; readonly after: Captured } | null;
};

const LONGEST_TITLE = 150;
const LONGEST_ID = 60;

export function sourceOfCalls(
  about: { readonly title: string; readonly environment: string; readonly verb: string },
  calls: readonly RecordedCall[],
): JsonObject {
  const title = about.title.replaceAll("${{", "$ {{");
  return {
    title: title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title,
    environment: about.environment,
    mode: "sequential",
    on_failure: "stop",
    steps: calls.map(({ stepId, expects, ...call }, index) => ({
      id: `${about.verb}_${index + 1}_${stepId.replaceAll(/[^A-Za-z0-9_-]/g, "_")}`.slice(
        0,
        LONGEST_ID,
      ),
      ...call,
      ...(expects !== null && { expect: [expectation(expects)] }),
    })),
  };
}

function expectation({ of, after }: NonNullable<RecordedCall["expects"]>): JsonObject {
  const { uses, input, profile } = of;
  return { uses, with: input, state: after, ...(profile !== null && { profile }) };
}
