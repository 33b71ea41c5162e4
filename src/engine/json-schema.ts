// JSON as a schema. Not walked: what `JSON.parse` answered is JSON already.

import { z } from "zod";
import type { Json } from "./json.ts";

/** Any JSON value. */
export const jsonSchema = z.custom<Json>((value) => value !== undefined);
export const jsonObjectSchema = z.custom<{ readonly [key: string]: Json }>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
