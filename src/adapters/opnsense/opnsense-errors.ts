// Whether an OPNsense firewall did what it was asked, read from its answer: HTTP 200 does not mean success there.
// Knows neither kinds of objects nor endpoints.

import { categoryOf } from "#engine/error-categories.ts";
import type { Failure } from "#engine/failure.ts";
import { isJsonObject } from "#engine/json.ts";
import type { Json, JsonObject } from "#engine/json.ts";

export type OpnsenseAnswer = {
  readonly status: number;
  /** The body; null when it was no JSON. */
  readonly json: Json;
};

/**
 * Null when the firewall says that it did.
 * @param asked what was asked, for the message: `POST firewall/filter/add_rule`.
 */
export function opnsenseFailure(asked: string, { status, json }: OpnsenseAnswer): Failure | null {
  const body = isJsonObject(json) ? json : {};
  const problem = status === 200 ? softProblem(json, body) : hardProblem(status, body);
  if (problem === null) return null;
  const { code, detail } = problem;
  const message = `${asked} failed: ${detail}`.replaceAll(/\s+/g, " ").trim().slice(0, 2000);
  const category = categoryOf("opnsense", code) ?? categoryOf("http", status) ?? "unknown";
  return { category, code, message };
}

type Problem = { readonly code: string; readonly detail: string };

function softProblem(json: Json, body: JsonObject): Problem | null {
  // Asked for an object that is not there, it answers an empty list.
  const missing = Array.isArray(json) && json.length === 0;
  const { result, status, validations } = body;
  if (missing || result === "not found" || status === "not_found") {
    return { code: "not found", detail: "there is no such object." };
  }
  if (result !== "failed" && status !== "failed" && status !== "error") return null;
  if (!isJsonObject(validations)) {
    return { code: "failed", detail: "the firewall does not say why." };
  }
  const fields = Object.entries(validations).map(
    ([field, said]) => `${field}: ${(Array.isArray(said) ? said : [said]).map(String).join(" ")}`,
  );
  return { code: "validations", detail: fields.join("; ") };
}

function hardProblem(status: number, body: JsonObject): Problem {
  const title = textOf(body["errorTitle"]).replace(/:$/, "");
  const message = textOf(body["errorMessage"]) || textOf(body["message"]);
  const detail = [title, message].filter((text) => text !== "").join(": ") || `HTTP ${status}.`;
  if (status === 500 && title === "General access") return { code: title, detail };
  // Translated in other languages of the web interface; the API's user has English.
  if (status === 500 && /\bin use\b|\bis used in\b/i.test(detail)) {
    return { code: "in use", detail };
  }
  return { code: `HTTP ${status}`, detail };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
