// Talks to the playground's server: reads what the page shows, sends what a person does, and hears of changes.

/** @typedef {Readonly<Record<string, unknown>>} Json */

/**
 * @param {string} name
 * @param {Record<string, string>} query
 * @returns {Promise<unknown>}
 */
export async function read(name, query = {}) {
  const response = await fetch(`/playground/api/${name}?${new URLSearchParams(query).toString()}`);
  return answer(response);
}

/**
 * @param {string} name
 * @param {Json} body
 * @returns {Promise<unknown>}
 */
export async function act(name, body) {
  const response = await fetch(`/playground/api/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer(response);
}

/**
 * @param {Response} response
 * @returns {Promise<unknown>}
 */
async function answer(response) {
  const value = await response.json();
  if (!response.ok)
    throw new Error(
      typeof value?.error === "string" ? value.error : "The playground did not answer.",
    );
  return value;
}

/**
 * Hears of changes for one person until the returned function is called.
 * @param {string} user
 * @param {(change: Json) => void} onChange
 * @param {(connected: boolean) => void} onLine
 * @returns {() => void}
 */
export function listen(user, onChange, onLine) {
  const source = new EventSource(`/playground/events?${new URLSearchParams({ user }).toString()}`);
  source.addEventListener("message", (event) => onChange(JSON.parse(event.data)));
  source.addEventListener("open", () => onLine(true));
  source.addEventListener("error", () => onLine(false));
  return () => source.close();
}
