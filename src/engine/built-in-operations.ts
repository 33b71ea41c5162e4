// Names of the operations that the plan language itself stands on. What they do is in the adapters.

/** Does nothing: the step that a question or an approval of its own becomes. */
export const FLOW_CONTINUE = "flow.continue";
/** Hands out what a playbook that is a step has come to: its last step. */
export const FLOW_OUTPUTS = "flow.outputs";
/** The id of that step within its playbook. */
export const OUTPUTS_STEP = "outputs";
/** An expression in `before`. */
export const CHECK_EXPRESSION = "check.expression";
/** Every operation that a check may call is named like this. */
export const CHECK_PREFIX = "check.";

/** They look at what the plan holds and reach nothing else, so nobody needs a right to use them. */
export const REACHES_NOTHING: readonly string[] = [
  FLOW_CONTINUE,
  FLOW_OUTPUTS,
  CHECK_EXPRESSION,
  "check.contains",
  "check.json_path",
];
