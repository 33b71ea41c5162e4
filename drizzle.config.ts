// Where drizzle-kit finds the tables and writes migrations: `npm run migration -- --name what-changed`.
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./src/adapters/postgres/schema.ts",
  out: "./drizzle",
});
