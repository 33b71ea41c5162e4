import { expect, test } from "vitest";
import { load, problemsOf, SMALLEST } from "#test/builders/written-config.ts";
import { requireStepUp } from "./open-step-up.ts";

const URL_LINE = "public_url: https://ops.example.com/";
const ASKING = `${SMALLEST}\npolicies: [{ name: proven, match: { risks: [destructive] }, step_up: webauthn }]`;

test("step-up is refused at start, with what is missing, where its pages can't be had", () => {
  const both = { SLACK_CLIENT_ID: "123.456", SLACK_CLIENT_SECRET: "client-hush" };
  const refused = (yaml: string, environment = {}) =>
    problemsOf(() => requireStepUp(load(yaml, environment), false))[0];
  expect(refused(ASKING, both)).toMatchObject({
    path: "policies[0].step_up",
    found: "webauthn",
    expected: expect.stringContaining("public_url") as string,
  });
  expect(refused(`${ASKING}\n${URL_LINE}`)?.expected).toContain("SLACK_CLIENT_ID");
  const environment = `${SMALLEST}    approval: { modify: { step_up: webauthn } }`;
  expect(refused(environment)?.path).toBe("environments.production.approval.modify.step_up");
  requireStepUp(load(`${ASKING}\n${URL_LINE}`, both), false);
  requireStepUp(load(SMALLEST), false);
  requireStepUp(load(ASKING), true);
});
