// A workspace whose configuration names 500 secrets, from variables, commands and files; targets that say back what
// they are given; and a program that prints every secret in pieces.

import fc from "fast-check";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { everySpelling, plantedSecret } from "#test/builders/planted-secrets.ts";
import { startEchoingTarget } from "./echoing-target.ts";
import type { EchoingTarget } from "./echoing-target.ts";
import { startWorkspace } from "./workspace.ts";
import type { Workspace } from "./workspace.ts";

const PLANTED = 500;
const SEED = 20_261_126;
/** The last ones are read from files, and those before them by a program; the others are variables. */
const FILES = 40;
const COMMANDS = 5;
const PER_STEP = 50;

const sampled = fc.sample(plantedSecret, { seed: SEED, numRuns: PLANTED + 2 });

/** Which the configuration names, in order. */
export const NAMED = sampled.slice(0, PLANTED);
/** What a file holds when its plan is filed, and what a person answers. */
export const [ROTATED = "", ANSWER = ""] = sampled.slice(PLANTED);
/** What that file holds when the plan runs. */
export const ROTATED_TO = `new ${ROTATED}`;
export const SECRETS = [...NAMED, ROTATED, ANSWER];

export const nameOf = (index: number): string => `planted-${index}`;

export type PlantedWorkspace = {
  readonly workspace: Workspace;
  readonly target: EchoingTarget;
  /** Gives the file of `secret:rotated` its new content. */
  rotate(): Promise<void>;
  /** Uses all of them. @param title shown, and so no secret. */
  plan(title: string): object;
  close(): Promise<void>;
};

export async function openPlantedWorkspace(): Promise<PlantedWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-planted-"));
  const keep = keeperIn(folder);
  const target = await startEchoingTarget();
  const sources = await Promise.all(NAMED.map((secret, index) => sourceOf(keep, secret, index)));
  const spill = await spillingProgram(keep);
  const opened = await startWorkspace({
    config: {
      secrets: {
        ...Object.fromEntries(sources.map((source, index) => [nameOf(index), forRequests(source)])),
        rotated: forRequests({ file: await keep("rotated", `${ROTATED}\n`) }),
        missing: forRequests({ file: join(folder, "nowhere") }),
      },
      programs: [{ path: spill, risk: "read-only" }],
    },
  });
  const variables = NAMED.slice(0, PLANTED - FILES - COMMANDS).map((secret, index) => [
    `PLANTED_${index}`,
    secret,
  ]);
  const environment = {
    ...opened.environment,
    ...Object.fromEntries(variables),
    LOG_LEVEL: "trace",
  };
  return {
    workspace: { ...opened, environment },
    target,
    rotate: async () => void (await keep("rotated", `${ROTATED_TO}\n`)),
    plan: (title) => leakingPlan(title, target.url, spill),
    close: async () => {
      await opened.close();
      await target.close();
      await rm(folder, { recursive: true });
    },
  };
}

type Keep = (name: string, text: string, mode?: number) => Promise<string>;

function keeperIn(folder: string): Keep {
  return async (name, text, mode = 0o600) => {
    const path = join(folder, name);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  };
}

/** A list of its own each: YAML would write one list that many share as aliases. */
function forRequests(source: object): object {
  return { ...source, environments: "*", operations: ["http.request"] };
}

async function sourceOf(keep: Keep, secret: string, index: number): Promise<object> {
  if (index < PLANTED - FILES - COMMANDS) return { env: `PLANTED_${index}` };
  const file = await keep(nameOf(index), JSON.stringify({ user: "app", value: secret }));
  if (index < PLANTED - FILES) return { command: ["/bin/cat", file], field: "value" };
  return { file, field: "value" };
}

/** Writes every secret to both streams, in some spellings each, in pieces that end anywhere. */
async function spillingProgram(keep: Keep): Promise<string> {
  const text = SECRETS.map((secret, index) => {
    const spellings = everySpelling(secret);
    return [0, 1, 2].map((more) => spellings[(index + more) % spellings.length]).join(" and ");
  }).join("\n");
  const file = await keep("spilled", text);
  return keep(
    "spill",
    `#!${process.execPath}
const text = require("node:fs").readFileSync(${JSON.stringify(file)}, "utf8");
let at = 0;
const next = () => {
  if (at >= text.length) return process.exitCode = 3;
  const to = at + 1 + (at * 7919) % 4000;
  process[at % 2 ? "stderr" : "stdout"].write(text.slice(at, to), () => setImmediate(next));
  at = to;
};
next();
`,
    0o700,
  );
}

/** A step that gives a target what it is told; it may fail without taking anything back. */
export function gives(url: string, json: object): object {
  return {
    uses: "http.request",
    with: { method: "PUT", url, json },
    retry: { max_attempts: 1 },
    on_failure: "continue",
    rollback: "none",
  };
}

/** Every third target refuses what it is given, and says what that was. */
function leakingPlan(title: string, url: string, program: string): object {
  const leaks = Array.from({ length: PLANTED / PER_STEP }, (_, step) => {
    const names = Array.from({ length: PER_STEP }, (__, place) => nameOf(step * PER_STEP + place));
    const json = Object.fromEntries(names.map((name) => [name, `secret:${name}`]));
    const path = `/${step % 3 === 0 ? "fail" : "answer"}/${step}`;
    return { id: `leak-${step}`, ...gives(`${url}${path}`, json) };
  });
  const fields = { token: { type: "secret" }, note: { type: "text" } };
  return {
    title,
    steps: [
      ...leaks,
      { id: "missing", ...gives(`${url}/answer/missing`, { missing: "secret:missing" }) },
      { id: "rotated", ...gives(`${url}/answer/rotated`, { rotated: "secret:rotated" }) },
      // Afterwards, because a window opens only while its click is fresh, and a busy machine is no failure.
      {
        id: "asked",
        stage: 1,
        ask: { message: "The token, and a note?", fields },
        ...gives(`${url}/answer/asked`, { answered: "${{ answers.token }}" }),
      },
      // When the commands have been run and the answer was opened, these secrets are known, too.
      {
        id: "spill",
        stage: 2,
        uses: "shell.run",
        with: { program },
        on_failure: "continue",
      },
    ],
  };
}
