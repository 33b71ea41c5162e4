// What the buttons of the step-up pages do: ask our own server, ask the passkey, and say what went wrong.

/** @import * as WebAuthn from "@simplewebauthn/browser" */

/** @type {typeof WebAuthn} */
const webauthn = Reflect.get(globalThis, "SimpleWebAuthnBrowser");

class Refused extends Error {}

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<Record<string, unknown>>}
 */
async function post(path, body) {
  const response = await fetch(`/step-up/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  /** @type {Record<string, unknown>} */
  const answer = await response.json();
  if (!response.ok) throw new Refused(`${String(answer["title"])}. ${String(answer["sentence"])}`);
  return answer;
}

/** @param {Record<string, unknown>} answer */
function go(answer) {
  location.assign(String(answer["location"]));
}

/** @type {Readonly<Record<string, () => Promise<void>>>} */
const acts = {
  begin: async () => go(await post("begin", { token: location.pathname.split("/").at(-1) })),
  register: async () => {
    const { options, salt } = await post("register/options", {});
    const optionsJSON = /** @type {WebAuthn.PublicKeyCredentialCreationOptionsJSON} */ (options);
    const response = await webauthn.startRegistration({ optionsJSON });
    await post("register", { salt, response });
    location.reload();
  },
  approve: async () => {
    const { options, salt } = await post("approve/options", {});
    const optionsJSON = /** @type {WebAuthn.PublicKeyCredentialRequestOptionsJSON} */ (options);
    const response = await webauthn.startAuthentication({ optionsJSON });
    go(await post("approve", { salt, response }));
  },
};

/** @param {unknown} error */
function sentenceFor(error) {
  if (error instanceof Refused) return error.message;
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError")
    return "The passkey was not used: it was canceled, took too long, or is not on this device. Nothing was approved. Try again.";
  if (name === "TypeError")
    return "Countersign did not answer. Nothing was approved. Check the connection and try again.";
  return `The browser could not use a passkey (${name || "no reason given"}). Nothing was approved.`;
}

const trouble = document.getElementById("trouble");

/** @param {string} sentence */
function say(sentence) {
  if (trouble === null) return;
  trouble.textContent = sentence;
  trouble.hidden = sentence === "";
}

for (const button of document.querySelectorAll("button[data-do]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const act = acts[button.dataset["do"] ?? ""];
  if (act === undefined) continue;
  button.addEventListener("click", () => {
    button.disabled = true;
    say("");
    act().catch((/** @type {unknown} */ error) => {
      say(sentenceFor(error));
      button.disabled = false;
    });
  });
}

if (!webauthn.browserSupportsWebAuthn())
  say("This browser has no passkeys. Open the link in another one, or on your phone.");
