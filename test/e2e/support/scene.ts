// A workspace of its own with the program opened inside the test, closed when the test is over: for tests that
// run beside each other.

import type { Half, Program } from "../../../src/wiring/open-program.ts";
import { Conversation } from "./conversation.ts";
import { openInProcess } from "./program.ts";
import { startWorkspace } from "./workspace.ts";
import type { Workspace, WorkspaceOptions } from "./workspace.ts";

export type Scene = {
  readonly workspace: Workspace;
  readonly talk: Conversation;
  readonly program: Program;
};

type TestContext = { readonly onTestFinished: (end: () => Promise<void>) => void };

export async function openScene(
  { onTestFinished }: TestContext,
  options: WorkspaceOptions & { readonly halves?: readonly Half[] } = {},
): Promise<Scene> {
  const workspace = await startWorkspace(options);
  onTestFinished(() => workspace.close());
  const program = await openInProcess(
    workspace,
    options.halves === undefined ? {} : { halves: options.halves },
  );
  return { workspace, talk: new Conversation(workspace), program };
}
