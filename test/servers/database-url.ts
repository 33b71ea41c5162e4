// The address of another database on the same Postgres server.

/** Replaces the database in a Postgres address; user, host, port and options stay. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
