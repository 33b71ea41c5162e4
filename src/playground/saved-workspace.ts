// Keeps the workspace in one JSON file between starts: written to a sibling first, then renamed over the old one.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isRecord, parseJson } from "./json-value.ts";
import type { Cancel } from "./clock.ts";
import type { WorkspaceSnapshot, WorkspaceState } from "./workspace-state.ts";

const saveDelayMs = 500;

/** The saved workspace, or `undefined` when there is none. Throws when the file is not one, rather than lose it. */
export function readWorkspace(path: string): WorkspaceSnapshot | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isRecord(error) && error["code"] === "ENOENT") return undefined;
    throw error;
  }
  const snapshot = parseJson(text);
  if (!isSnapshot(snapshot)) {
    throw new Error(
      `${path} is not a saved playground (expected version 1). Move it away to start an empty one.`,
    );
  }
  return snapshot;
}

/**
 * Saves soon after each change; the returned function saves what is not saved yet and stops. Without a change it
 * writes nothing: the file may be that of another process, which this one found too late.
 */
export function keepWorkspaceSaved(path: string, state: WorkspaceState): Cancel {
  let pending: NodeJS.Timeout | undefined;
  const save = () => {
    pending = undefined;
    writeWorkspace(path, state.snapshot());
  };
  const stop = state.changes.listen((change) => {
    if (["message", "message-deleted", "home"].includes(change.kind))
      pending ??= setTimeout(save, saveDelayMs);
  });
  return () => {
    stop();
    if (pending === undefined) return;
    clearTimeout(pending);
    save();
  };
}

function writeWorkspace(path: string, snapshot: WorkspaceSnapshot): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, JSON.stringify(snapshot), { mode: 0o600 });
  renameSync(temporary, path);
}

function isSnapshot(value: unknown): value is WorkspaceSnapshot {
  return (
    isRecord(value) &&
    value["version"] === 1 &&
    isRecord(value["messages"]) &&
    isRecord(value["homes"]) &&
    Array.isArray(value["files"])
  );
}
