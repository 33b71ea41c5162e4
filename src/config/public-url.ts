// Where browsers reach our pages, as countersign.yml may say it. Opens nothing.

import { z } from "zod";

/** Where browsers reach our pages. A passkey belongs to a host name, and works on https or this machine only. */
export const publicUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const safe =
    url !== null &&
    (url.protocol === "https:" || (url.protocol === "http:" && url.hostname === "localhost")) &&
    !/^(\[|[\d.]+$)/.test(url.hostname) &&
    [url.username, url.password, url.search, url.hash].join("") === "" &&
    url.pathname === "/";
  if (safe) return url.origin;
  context.addIssue({
    code: "custom",
    message:
      "an address with a host name and no path, such as https://ops.example.com (http only for http://localhost)",
  });
  return z.NEVER;
});
