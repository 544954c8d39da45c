/** What is checked: by everybody (`deno task ok`) and, on top of it, by CI. */
import type { Part } from "./part.ts";

const deno = Deno.execPath();
const task = (...words: string[]) => [deno, "task", "--quiet", ...words];

/** Debian's programs, with the real pg_cron beside them. */
export const POSTGRES_15 = "/usr/lib/postgresql/15/bin";

/** Runs anywhere Deno runs. */
export const EVERYBODYS: readonly Part[] = [
  { name: "format", command: [deno, "fmt", "--check", "--quiet"] },
  { name: "lint", command: [deno, "lint", "--quiet"] },
  {
    name: "types",
    command: [deno, "check", "--quiet", "functions", "shared", "scripts", "tests"],
  },
  { name: "own checks", command: task("checks") },
  { name: "generated files", command: task("check:generated") },
  { name: "tests (embedded PostgreSQL 17)", command: task("test") },
];

/** Needs Debian's PostgreSQL 15 with pg_cron and plpgsql_check: scripts/install_postgres.sh. */
export const CI_ONLY: readonly Part[] = [
  { name: "demo", command: task("demo") },
  { name: "tests (PostgreSQL 15, real pg_cron)", command: task("test"), env: { POSTGRES_BIN: POSTGRES_15 } },
  {
    name: "database checks (PostgreSQL 15)",
    command: task("check:database"),
    env: { POSTGRES_BIN: POSTGRES_15 },
  },
];
