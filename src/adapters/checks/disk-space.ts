// `check.disk_space`: a file system of the worker's host has room. Only paths that the configuration lists.

import { z } from "zod";
import { categoryOf, errorCode } from "#engine/error-categories.ts";
import { abortFailure, OperationError } from "#engine/failure.ts";
import type { Operation } from "#engine/operation.ts";
import { forbidden, notHeld, READS } from "./condition.ts";

/** A file system's size as `statfs(2)` tells it: `bavail` is what is left for others than root. */
export type FileSystemSize = {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
};

export type DiskReach = {
  /** The paths that may be asked about. */
  readonly paths: readonly string[];
  readonly measure: (path: string) => Promise<FileSystemSize>;
};

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

const SIZE = /^(\d{1,6}(?:\.\d{1,3})?)\s*(%|[KMGT]?i?B)$/i;

const input = z.strictObject({
  path: z.string().max(1000).startsWith("/", "must be an absolute path"),
  min_free: z
    .string()
    .refine(
      (text) => parseSize(text) !== null,
      "must be a size such as 10GB or 512MiB, or a part such as 15%",
    ),
});
type Input = z.infer<typeof input>;

const result = z.strictObject({
  free_bytes: z.number(),
  total_bytes: z.number(),
  free_percent: z.number(),
});

export function diskSpace(disks: DiskReach): Operation<Input, z.infer<typeof result>> {
  const refusalOf = ({ path }: Input): string | null =>
    disks.paths.includes(path)
      ? null
      : `The path ${JSON.stringify(path)} is not among checks.disk_paths.`;
  return {
    ...READS,
    name: "check.disk_space",
    summary: "Check the free space of a file system of the worker's host.",
    input,
    result,
    example: { path: "/var/lib", min_free: "10GB" },
    defaultTimeoutMs: 10_000,
    describe: ({ path, min_free }) =>
      `Check that ${JSON.stringify(path)} on the worker's host has ${min_free} free.`,
    permitted: (given) => refusalOf(given),
    run: async (given, { signal, output }) => {
      const { path, min_free } = given;
      const refusal = refusalOf(given);
      if (refusal !== null) throw forbidden(refusal);
      const found = spaceOf(await measured(disks, path, signal));
      const sentence = `${path} has ${inWords(found.free_bytes)} free of ${inWords(found.total_bytes)} (${found.free_percent}%)`;
      output(`${sentence}\n`);
      const wanted = parseSize(min_free);
      const enough =
        wanted?.kind === "part"
          ? found.free_percent >= wanted.percent
          : found.free_bytes >= (wanted?.bytes ?? Infinity);
      if (!enough) throw notHeld(`${sentence}, expected at least ${min_free}.`);
      return found;
    },
  };
}

/** The call itself can't be stopped: a dead network file system answers when it likes, and nobody waits for it. */
async function measured(
  disks: DiskReach,
  path: string,
  signal: AbortSignal,
): Promise<FileSystemSize> {
  if (signal.aborted) throw new OperationError(abortFailure(`${path} was not measured`));
  const listening = new AbortController();
  try {
    return await Promise.race([
      disks.measure(path).catch((error: unknown) => {
        throw measuringFailed(error, path);
      }),
      new Promise<never>((_resolve, reject) => {
        const stop = (): void =>
          reject(new OperationError(abortFailure(`${path} was being measured`)));
        signal.addEventListener("abort", stop, { once: true, signal: listening.signal });
      }),
    ]);
  } finally {
    listening.abort();
  }
}

function measuringFailed(error: unknown, path: string): OperationError {
  const code = errorCode(error) ?? "UNKNOWN";
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${path} could not be measured: ${reason}`.slice(0, 2000);
  return new OperationError(
    { category: categoryOf("node", code) ?? "unknown", code, message },
    { cause: error },
  );
}

/** As `df` counts: what root alone may use is neither free nor part of the whole. */
function spaceOf({ bsize, blocks, bfree, bavail }: FileSystemSize): z.infer<typeof result> {
  const usable = blocks - bfree + bavail;
  const percent = usable === 0 ? 0 : (bavail / usable) * 100;
  return {
    free_bytes: bavail * bsize,
    total_bytes: blocks * bsize,
    free_percent: Math.floor(percent * 10) / 10,
  };
}

type Size =
  | { readonly kind: "part"; readonly percent: number }
  | { readonly kind: "bytes"; readonly bytes: number };

function parseSize(text: string): Size | null {
  const [, digits, unit = ""] = SIZE.exec(text) ?? [];
  if (digits === undefined) return null;
  const number = Number(digits);
  if (unit === "%") return number <= 100 ? { kind: "part", percent: number } : null;
  const factor = UNITS[unit.toUpperCase()];
  return factor === undefined ? null : { kind: "bytes", bytes: number * factor };
}

function inWords(bytes: number): string {
  const unit = ["TB", "GB", "MB", "KB"].find((name) => bytes >= (UNITS[name] ?? Infinity)) ?? "B";
  return `${Math.floor((bytes / (UNITS[unit] ?? 1)) * 10) / 10} ${unit}`;
}
