// The little of graphile-worker that is measured. Declared here, so that types can be checked without installing
// what only the measurements need.

declare module "graphile-worker" {
  type Helpers = { readonly query: (sql: string, values: readonly unknown[]) => Promise<unknown> };
  type Settings = {
    readonly connectionString: string;
    readonly logger?: Logger;
    readonly concurrency?: number;
    readonly maxPoolSize?: number;
    readonly noHandleSignals?: boolean;
    readonly taskList: Readonly<
      Record<string, (payload: unknown, helpers: Helpers) => Promise<void>>
    >;
  };
  type Spec = { readonly identifier: string; readonly payload: unknown };
  type Job = { readonly id: string };

  type Logger = { readonly scope: unknown };
  export const Logger: new (factory: () => (level: string, message: string) => void) => Logger;
  export type Runner = {
    readonly events: {
      on(
        event: "job:success" | "job:error",
        listener: (about: { job: Job; error?: unknown }) => void,
      ): void;
    };
    readonly stop: () => Promise<void>;
  };
  export function makeWorkerUtils(
    settings: Pick<Settings, "connectionString" | "logger">,
  ): Promise<{
    readonly migrate: () => Promise<void>;
    readonly addJobs: (specs: readonly Spec[]) => Promise<readonly Job[]>;
    readonly release: () => Promise<void>;
  }>;
  export function run(settings: Settings): Promise<Runner>;
}
