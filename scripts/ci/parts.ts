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
    command: [
      deno,
      "check",
      "--quiet",
      "functions",
      "shared",
      "scripts",
      "tests",
      "load_tests/bidding",
      "load_tests/routing",
      "load_tests/biddingLoadTest.ts",
      "load_tests/prepare_k6.ts",
      "load_tests/prepare_routing_k6.ts",
    ],
  },
  { name: "own checks", command: task("checks") },
  { name: "generated files", command: task("check:generated") },
  { name: "tests (embedded PostgreSQL 17)", command: task("test") },
];

/** Needs Debian's PostgreSQL 15 with pg_cron and plpgsql_check, and k6: scripts/install_postgres.sh, install_k6.sh. */
export const CI_ONLY: readonly Part[] = [
  { name: "demo", command: task("demo") },
  {
    // Some ten seconds of bids. The limit is one that a busy machine keeps: it finds what hangs, not what is slower.
    name: "load (k6)",
    command: [
      deno,
      "run",
      "--allow-all",
      "load_tests/prepare_k6.ts",
      "--run",
      ...["--sessions", "8", "--bids", "20", "--p95", "1000"],
    ],
  },
  {
    name: "load of routing (k6)",
    command: [
      deno,
      "run",
      "--allow-all",
      "load_tests/prepare_routing_k6.ts",
      "--run",
      ...["--seconds", "10", "--p95", "3000"],
    ],
  },
  {
    // What a version of Postgres and the real pg_cron can change; URLs and pure rules are none of it.
    name: "tests (PostgreSQL 15, real pg_cron)",
    command: task(
      "test",
      "tests/database",
      "tests/realtime",
      "tests/chaos/bidding_faults_test.ts",
      "tests/chaos/stack_schedules_test.ts",
    ),
    env: { POSTGRES_BIN: POSTGRES_15 },
  },
  {
    name: "database checks (PostgreSQL 15)",
    command: task("check:database"),
    env: { POSTGRES_BIN: POSTGRES_15 },
  },
];
