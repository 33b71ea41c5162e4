// drizzle's query builder over whichever Postgres there is, for the queries that are not hot. The hot ones
// are functions of the database, called with one prepared statement.

import { drizzle } from "drizzle-orm/pg-proxy";
import type { PgRemoteDatabase } from "drizzle-orm/pg-proxy";
import type { Parameter, Queries } from "./database.ts";

export type TypedQueries = PgRemoteDatabase;

export function typedQueries(queries: Queries): TypedQueries {
  return drizzle(async (text, parameters, method) => {
    const values = parameters as Parameter[];
    const rows =
      method === "execute" ? await queries.query(text, values) : await queries.rows(text, values);
    return { rows: [...rows] };
  });
}
