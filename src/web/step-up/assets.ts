// The files the pages load, from our own address alone: their script and style, and the browser half of WebAuthn as
// its package ships it.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

type Asset = { readonly type: string; readonly content: () => Buffer };

const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

/** The package names no path to its bundle, so it is found beside its entry. */
const webauthn = new URL(
  "../dist/bundle/index.umd.min.js",
  import.meta.resolve("@simplewebauthn/browser"),
);

export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["assets/step-up.js", asset(new URL("page/step-up.js", import.meta.url), SCRIPT)],
  ["assets/step-up.css", asset(new URL("page/step-up.css", import.meta.url), STYLE)],
  ["assets/icon.svg", asset(new URL("page/icon.svg", import.meta.url), "image/svg+xml")],
  ["assets/webauthn.js", asset(webauthn, SCRIPT)],
]);

/** Read once, when it is first asked for. */
function asset(file: URL, type: string): Asset {
  let content: Buffer | undefined;
  return { type, content: () => (content ??= readFileSync(fileURLToPath(file))) };
}
