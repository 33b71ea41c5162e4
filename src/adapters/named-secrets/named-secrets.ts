// Fetches the secrets that the configuration names, each time anew, so that a changed one is used at once. Keeps none.

import { operationMatches } from "#engine/policy.ts";
import type { NamedSecrets } from "#engine/named-secret.ts";
import { SecretUnavailable } from "#engine/secret-box.ts";
import { readSecretFile } from "./read-secret-file.ts";
import { runSecretCommand } from "./run-secret-command.ts";
import type { RunProgram } from "./run-secret-command.ts";
import type { SecretSource, SourcedSecret } from "./secret-sources.ts";

export type SecretSources = NamedSecrets & {
  /** What can be had without running a program, for masking from the start on; the rest is left out. */
  readonly atHand: () => Promise<readonly string[]>;
};

export function createNamedSecrets(
  secrets: Readonly<Record<string, SourcedSecret>>,
  run: RunProgram,
): SecretSources {
  return {
    async resolve(name, { operation, signal }) {
      const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      if (secret === undefined)
        throw new SecretUnavailable(`the configuration of this process names no secret ${name}`);
      if (!secret.operations.some((pattern) => operationMatches(pattern, operation)))
        throw new SecretUnavailable(`the secret ${name} is not for ${operation}`, {
          category: "authorization",
        });
      try {
        return valueOf(secret, await textOf(secret.source, run, signal));
      } catch (error) {
        if (!(error instanceof SecretUnavailable)) throw error;
        const { cause, category } = error;
        throw new SecretUnavailable(`the secret ${name} cannot be had: ${error.message}`, {
          category,
          cause,
        });
      }
    },
    async atHand() {
      const texts = await Promise.all(
        Object.values(secrets)
          .filter(({ source }) => source.kind !== "command")
          .map(async (secret) => {
            try {
              const text = await textOf(secret.source, run, new AbortController().signal);
              // The whole and the part that is used: either may turn up.
              return [text, valueOf(secret, text)];
            } catch (error) {
              // Said by the attempt that needs it.
              if (error instanceof SecretUnavailable) return [];
              throw error;
            }
          }),
      );
      return texts.flat();
    },
  };
}

async function textOf(source: SecretSource, run: RunProgram, signal: AbortSignal): Promise<string> {
  switch (source.kind) {
    case "env":
      if (source.value !== null) return source.value;
      throw new SecretUnavailable(`the environment variable ${source.variable} is not set`);
    case "file":
      return readSecretFile(source.path);
    case "command":
      return runSecretCommand(run, source, signal);
  }
}

/** Without the line break that editors and programs put at the end. @throws {SecretUnavailable} */
function valueOf({ field }: SourcedSecret, text: string): string {
  const value = field === null ? text : memberOf(text, field);
  const trimmed = value.replace(/(\r?\n)+$/, "");
  if (trimmed === "") throw new SecretUnavailable("it is empty");
  // A target would get something else than what was kept.
  if (/[\0\uFFFD]/.test(trimmed)) throw new SecretUnavailable("it is not text in UTF-8");
  return trimmed;
}

function memberOf(text: string, field: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own words quote what it read.
    throw new SecretUnavailable(`it has no field ${field}, because it is not JSON`);
  }
  const member =
    typeof parsed === "object" && parsed !== null && Object.hasOwn(parsed, field)
      ? (parsed as Readonly<Record<string, unknown>>)[field]
      : undefined;
  if (typeof member === "string") return member;
  throw new SecretUnavailable(`it has no text in the field ${field}`);
}
