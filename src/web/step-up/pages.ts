// The pages of a step-up as HTML: the opened link, a first passkey, what is approved, what came of it, and every
// refusal. Plans are untrusted: what cannot be seen in them is written out by `reveal`, and all of it is escaped.

import type { JsonObject } from "#engine/json.ts";
import type { Passkey } from "#engine/passkey.ts";
import type { Call, PlanRecord, PlanStep } from "#engine/plan.ts";
import type { Risk } from "#engine/risk.ts";
import { formatInstant } from "#engine/time.ts";
import type { Instant } from "#engine/time.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

/** Writes out what is invisible or turns text around. */
export type Reveal = (text: string) => string;

const PAGE_TITLE = "Countersign";

function page(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} · ${PAGE_TITLE}</title>
        <link rel="icon" href="/step-up/assets/icon.svg" />
        <link rel="stylesheet" href="/step-up/assets/step-up.css" />
        <script src="/step-up/assets/webauthn.js" defer></script>
        <script src="/step-up/assets/step-up.js" defer></script>
      </head>
      <body>
        <main>
          <p class="product">${PAGE_TITLE}</p>
          <h1>${title}</h1>
          ${content}
          <p id="trouble" class="trouble" role="alert" hidden></p>
          <noscript><p class="trouble">Passkeys need JavaScript in the browser.</p></noscript>
        </main>
      </body>
    </html> `;
}

/** The link was opened: nobody is known yet, so nothing of the plan is shown. */
export function openedPage(openBy: Instant): Html {
  return page(
    "Approve with your passkey",
    html`<p>
        A plan waits for your approval. Sign in with Slack first, so that we know it is you for whom
        this link was made.
      </p>
      <p><button type="button" data-do="begin">Sign in with Slack</button></p>
      <p class="small">The link can be opened until ${formatInstant(openBy)}.</p>`,
  );
}

export function registerPage(record: PlanRecord, reveal: Reveal): Html {
  return page(
    "Register a passkey",
    html`<p>
        You have no passkey here yet. Register one now with this device, your phone or a security
        key; it asks for your fingerprint, face or PIN. Then you approve
        <strong>${reveal(record.plan.title)}</strong> with it.
      </p>
      <p><button type="button" data-do="register">Register a passkey</button></p>
      <p class="small">You are told of it in Slack, and it is recorded in the audit log.</p>`,
  );
}

export function approvePage({
  record,
  requester,
  passkeys,
  reveal,
}: {
  readonly record: PlanRecord;
  readonly requester: string;
  readonly passkeys: readonly Passkey[];
  readonly reveal: Reveal;
}): Html {
  const { plan, hash, version, id } = record;
  return page(
    "Approve this plan",
    html`<dl class="facts">
        <dt>Plan</dt>
        <dd><strong>${reveal(plan.title)}</strong></dd>
        <dt>Environment</dt>
        <dd>${reveal(plan.environment)}</dd>
        <dt>Risk</dt>
        <dd>${riskMark(plan.risk)}</dd>
        <dt>Asked for by</dt>
        <dd>${reveal(requester)}</dd>
        <dt>Version</dt>
        <dd>${version} of ${id}</dd>
        <dt>Hash</dt>
        <dd><code class="hash">${hash}</code></dd>
      </dl>
      <h2>${plan.steps.length === 1 ? "One step" : `${plan.steps.length} steps`}</h2>
      <ol class="steps">
        ${plan.steps.map((step) => stepItem(step, reveal))}
      </ol>
      <p><button type="button" data-do="approve">Approve with my passkey</button></p>
      <p class="small">
        Your passkey signs this version and hash and no other. Nothing is approved if you close this
        page.${
          passkeys.length === 1 && passkeys[0] !== undefined
            ? ` Your passkey was registered ${formatInstant(passkeys[0].registeredAt)}.`
            : ""
        }
      </p>`,
  );
}

function riskMark(risk: Risk): Html {
  return html`<span class="risk risk-${risk}">${risk}</span>`;
}

function stepItem(step: PlanStep, reveal: Reveal): Html {
  const condition =
    step.when === null
      ? html``
      : html`<p class="small">Only when <code>${reveal(step.when)}</code></p>`;
  return html`<li>
    <p>
      ${riskMark(step.risk)} <strong>${reveal(step.summary)}</strong>
      <span class="small"><code>${reveal(step.id)}</code> · <code>${reveal(step.uses)}</code></span>
    </p>
    ${input(step.with, reveal)} ${condition} ${wayBack(step, reveal)}
  </li>`;
}

function wayBack({ rollback }: PlanStep, reveal: Reveal): Html {
  switch (rollback.kind) {
    case "none":
      return html`<p class="small">Can't be taken back.</p>`;
    case "not-needed":
      return html``;
    case "captured":
      return html`<p class="small">
        Taken back: ${riskMark(rollback.risk)} ${reveal(rollback.summary)}
      </p>`;
    case "commands":
      return html`<div class="small">
        Taken back by:
        <ul>
          ${rollback.calls.map((call) => callItem(call, reveal))}
        </ul>
      </div>`;
  }
}

function callItem(call: Call, reveal: Reveal): Html {
  return html`<li>
    ${riskMark(call.risk)} ${reveal(call.summary)} <code>${reveal(call.uses)}</code>
    ${input(call.with, reveal)}
  </li>`;
}

function input(given: JsonObject, reveal: Reveal): Html {
  if (Object.keys(given).length === 0) return html``;
  return html`<pre>${reveal(JSON.stringify(given, null, 2))}</pre>`;
}

/** What came of it. `sentence`: complete, of our own words and names. */
export function donePage(sentence: string, permalink: string | null): Html {
  const back =
    permalink === null || !/^https?:\/\//.test(permalink)
      ? html``
      : html`<p><a href="${permalink}">Back to the conversation in Slack</a></p>`;
  return page(
    "Done",
    html`<p class="done">${sentence}</p>
      ${back}`,
  );
}

export function refusalPage(title: string, sentence: string): Html {
  return page(title, html`<p class="refused">${sentence}</p>`);
}
