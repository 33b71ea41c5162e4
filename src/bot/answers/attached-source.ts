// A snippet attached to a message: downloaded with the bot's token from Slack itself and from nowhere else.

import type { JsonObject, Json } from "#engine/json.ts";
import { isJsonObject } from "#engine/json.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import { withoutSecrets } from "#engine/secret-scan.ts";
import type { Desk } from "../requester.ts";
import { LARGEST_SOURCE_BYTES } from "#yaml/read-yaml.ts";

const DOWNLOAD_TIMEOUT_MS = 10_000;

/** A complete sentence: what was wrong with the file and what to do. */
type Unusable = { readonly sentence: string };

/** The text of the one file of a message; null when it has none. Rejects when Slack can't be reached. */
export async function attachedSource(
  desk: Desk,
  files: Json | undefined,
): Promise<Result<string | null, Unusable>> {
  const attached = Array.isArray(files) ? files.filter(isJsonObject) : [];
  const [file] = attached;
  if (file === undefined) return accept(null);
  if (attached.length > 1)
    return refuse({ sentence: "There are several files on this message. Attach one at a time." });
  const name = typeof file["name"] === "string" ? file["name"] : "the file";
  if (!isText(file))
    return refuse({
      sentence: `${name} is not a text file. Attach the plan as a YAML or JSON snippet.`,
    });
  if (typeof file["size"] === "number" && file["size"] > LARGEST_SOURCE_BYTES)
    return tooLarge(name);
  const url = fileUrl(desk, file["url_private"]);
  if (url === null)
    return refuse({
      sentence: `${name} is kept outside Slack, so I do not open it. Paste the plan into a code block instead.`,
    });
  return download(desk, url, name);
}

function isText(file: JsonObject): boolean {
  const { mimetype, filetype, name } = file;
  if (typeof mimetype === "string" && /^(text\/|application\/(json|x-yaml|yaml)$)/.test(mimetype))
    return true;
  return [filetype, name].some(
    (one) => typeof one === "string" && /(^|\.)(ya?ml|json|txt|text)$/i.test(one),
  );
}

/** The address, when it is Slack's own: the token must never be sent anywhere else. */
function fileUrl({ slack }: Desk, value: Json | undefined): URL | null {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url === null || url.username !== "" || url.password !== "") return null;
  const api = new URL(slack.client.slackApiUrl);
  // Files of slack.com are at files.slack.com; another Web API keeps them itself.
  const origins =
    api.protocol === "https:" ? [api.origin, `https://files.${api.host}`] : [api.origin];
  return origins.includes(url.origin) ? url : null;
}

async function download(desk: Desk, url: URL, name: string): Promise<Result<string, Unusable>> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${desk.slack.connection.botToken}` },
    // Without the scope files:read Slack redirects to its log-in page.
    redirect: "manual",
    signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS),
  });
  if (response.status >= 500) throw new Error(`Slack answered ${response.status} for a file`);
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    return refuse({
      sentence: `Slack did not let me read ${name} (HTTP ${response.status}). Paste the plan into a code block instead.`,
    });
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > LARGEST_SOURCE_BYTES) return tooLarge(name);
    chunks.push(chunk);
  }
  const text = utf8Text(Buffer.concat(chunks));
  if (text === null)
    return refuse({
      sentence: `${name} is not UTF-8 text. Save it as UTF-8 and attach it again.`,
    });
  return accept(withoutSecrets(text, desk.ports.redactor));
}

function utf8Text(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function tooLarge(name: string): { ok: false; refusal: Unusable } {
  return refuse({
    sentence: `${name} is larger than ${LARGEST_SOURCE_BYTES / 1000} kB. Split the plan, or use for_each.`,
  });
}
