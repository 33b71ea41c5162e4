// Which keys countersign.yml may have where. Reads no file.

import { z } from "zod";
import { configFileSchema } from "./config-file.ts";

/** The keys allowed at a path of the file, so that an unknown one can be answered with the nearest. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = configFileSchema;
  for (const part of path) {
    const inner = unwrapped(schema);
    if (inner instanceof z.ZodObject) schema = inner.shape[String(part)];
    else if (inner instanceof z.ZodRecord) schema = inner.valueType;
    else if (inner instanceof z.ZodArray) schema = inner.element;
    else return [];
  }
  const last = unwrapped(schema);
  return last instanceof z.ZodObject ? Object.keys(last.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault
  ) {
    inner = inner.unwrap();
  }
  return inner;
}
