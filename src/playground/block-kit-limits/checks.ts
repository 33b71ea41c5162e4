// A small language for saying what a JSON value must look like, reporting each fault with Slack's wording and pointer.
// It knows nothing of Block Kit itself.

import { isRecord, type JsonRecord } from "../json-value.ts";

export interface Fault {
  readonly message: string;
  readonly pointer: string;
}

/** Returns every fault found in `value`, which sits at `pointer`. */
export type Check = (value: unknown, pointer: string) => readonly Fault[];

export type Fields = Readonly<Record<string, Check>>;

function fault(message: string, pointer: string): readonly Fault[] {
  return [{ message, pointer }];
}

/** A text whose length in characters is within the bounds. Slack counts UTF-16 units, as JavaScript does. */
export function text(max: number, min = 1): Check {
  return (value, pointer) => {
    if (typeof value !== "string") return fault("must be a string", pointer);
    if (value.length > max) return fault(`must be less than ${max + 1} characters`, pointer);
    if (value.length < min) return fault(`must be more than ${min - 1} characters`, pointer);
    return [];
  };
}

export function matching(pattern: RegExp, description: string): Check {
  return (value, pointer) =>
    typeof value === "string" && pattern.test(value)
      ? []
      : fault(`must be ${description}`, pointer);
}

export function oneOf(...allowed: readonly (string | number)[]): Check {
  return (value, pointer) =>
    allowed.some((option) => option === value)
      ? []
      : fault(`must be one of: ${allowed.join(", ")}`, pointer);
}

export const boolean: Check = (value, pointer) =>
  typeof value === "boolean" ? [] : fault("must be a boolean", pointer);

export function integer(min: number, max: number): Check {
  return (value, pointer) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
      ? []
      : fault(`must be an integer from ${min} to ${max}`, pointer);
}

export const anything: Check = () => [];

export const anyRecord: Check = (value, pointer) =>
  isRecord(value) ? [] : fault("must be an object", pointer);

export function list(item: Check, { min = 1, max }: { min?: number; max: number }): Check {
  return (value, pointer) => {
    if (!Array.isArray(value)) return fault("must be an array", pointer);
    if (value.length > max) return fault(`no more than ${max} items allowed`, pointer);
    if (value.length < min) return fault(`no fewer than ${min} items allowed`, pointer);
    return value.flatMap((element, index) => item(element, `${pointer}/${index}`));
  };
}

/** An object with these fields and no others. */
export function object(required: Fields, optional: Fields = {}): Check {
  return (value, pointer) => {
    if (!isRecord(value)) return fault("must be an object", pointer);
    const missing = Object.keys(required).filter((key) => value[key] === undefined);
    return [
      ...missing.flatMap((key) => fault(`missing required field: ${key}`, pointer)),
      ...Object.entries(value).flatMap(([key, inner]) => checkField(key, inner, pointer)),
    ];
  };

  function checkField(key: string, inner: unknown, pointer: string): readonly Fault[] {
    const check = required[key] ?? optional[key];
    if (check === undefined) return fault(`invalid additional property: ${key}`, pointer);
    return inner === undefined ? [] : check(inner, `${pointer}/${key}`);
  }
}

/** An object whose `type` picks the check. */
export function byType(checks: Readonly<Record<string, Check>>): Check {
  return (value, pointer) => {
    if (!isRecord(value)) return fault("must be an object", pointer);
    const type = value["type"];
    if (typeof type !== "string") return fault("missing required field: type", pointer);
    const check = Object.hasOwn(checks, type) ? checks[type] : undefined;
    return check === undefined
      ? fault(`unsupported type: ${type}`, `${pointer}/type`)
      : check(value, pointer);
  };
}

/** A check of an object beyond its single fields, applied when those are right. */
export function also(base: Check, rule: (value: JsonRecord) => string | undefined): Check {
  return (value, pointer) => {
    const faults = base(value, pointer);
    if (faults.length > 0 || !isRecord(value)) return faults;
    const message = rule(value);
    return message === undefined ? [] : fault(message, pointer);
  };
}

/** Defers to a check that is defined later, for shapes that contain themselves. */
export function lazily(check: () => Check): Check {
  return (value, pointer) => check()(value, pointer);
}

/** The fault as Slack writes it in `response_metadata.messages`. */
export function describeFault({ message, pointer }: Fault): string {
  return `[ERROR] ${message} [json-pointer:${pointer}]`;
}
