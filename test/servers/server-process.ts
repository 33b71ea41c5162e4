// A database program run for the tests: started on a loopback port, watched until it is ready, and
// ended with the test run, even when the run itself is killed. Knows nothing about what it runs.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

export type ServerProgram = {
  readonly command: string;
  readonly args: readonly string[];
  /** The first line of output that matches says that the server takes connections. */
  readonly ready: RegExp;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Removed after the server has ended. */
  readonly directory?: string;
};

export type RunningServer = {
  readonly pid: number;
  /** The groups of the `ready` match. */
  readonly match: RegExpMatchArray;
  /** Sends the signal and waits for the end. Does nothing when the server has already ended. */
  stop(signal: NodeJS.Signals): Promise<void>;
};

/** Finds a TCP port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP port was given");
  return address.port;
}

/** Starts a server and resolves when it is ready; rejects with its output when it ends before that. */
export async function startServer(program: ServerProgram): Promise<RunningServer> {
  const child = spawn(program.command, program.args, {
    // A group of its own: Ctrl-C goes to the test run, which ends its tests before their servers.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...(program.env && { env: program.env }),
    ...program.user,
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const match = await readyLine(child, program);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${program.command} has no process id`);
  const reaper = startReaper(pid, program.directory);
  return {
    pid,
    match,
    async stop(signal) {
      child.kill(signal);
      await ended;
      reaper.stdin?.end();
      if (reaper.exitCode === null) await once(reaper, "exit");
    },
  };
}

async function readyLine(child: ChildProcess, program: ServerProgram): Promise<RegExpMatchArray> {
  const output: string[] = [];
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      // Read to the end, so that a full pipe never blocks the server.
      createInterface({ input: stream }).on("line", (line) => {
        if (output.length < 100) output.push(line);
        const match = program.ready.exec(line);
        if (match) resolve(match);
      });
    }
    child.once("error", reject);
    child.once("close", (code, signal) => {
      const end = `${program.command} ended (${signal ?? code}) before it was ready`;
      reject(new Error([end, ...output].join("\n")));
    });
  });
}

/**
 * A shell that waits for the end of its input, which comes when this process ends, however it ends
 * (SIGKILL too), and then ends the server and removes its directory.
 */
function startReaper(pid: number, directory: string | undefined): ChildProcess {
  const script = `
    cat >/dev/null
    kill -QUIT "$1" 2>/dev/null
    while kill -0 "$1" 2>/dev/null; do sleep 0.1; done
    [ -z "$2" ] || rm -rf -- "$2"`;
  const reaper = spawn("sh", ["-c", script, "reaper", String(pid), directory ?? ""], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  return reaper;
}
