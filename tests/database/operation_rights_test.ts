import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { anon, type CallArguments, callAs, type Caller, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { adminPerson, aTask, type Cast, castOf, person, taskIn } from "../support/tasks.ts";

type CallerName = "anon" | "agent" | "user" | "admin" | "service";

/** The HTTP status with the refusal's code; 42501 is Postgres itself, where the role has no grant. */
type Outcome = string;

interface Operation {
  readonly args: (sql: postgres.Sql, cast: Cast) => Promise<CallArguments> | CallArguments;
  readonly outcomes: Readonly<Record<CallerName, Outcome>>;
}

const MISSING = "401 credentials_missing";
const UNGRANTED_ANON = "401 42501";
const UNGRANTED = "403 42501";
const REFUSED = "403 not_allowed";

const FOR_AGENTS = { anon: MISSING, user: REFUSED, admin: REFUSED, service: UNGRANTED };
const FOR_ADMINS = { anon: MISSING, agent: REFUSED, user: REFUSED, service: UNGRANTED };
const FOR_STEWARDS = {
  anon: UNGRANTED_ANON,
  agent: UNGRANTED_ANON,
  user: REFUSED,
  admin: "200",
  service: "200",
};

const decided = { approved: true };

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "api.approval_queue": { args: () => ({}), outcomes: FOR_STEWARDS },
  "api.approve_tasks": {
    args: async (sql, cast) => ({
      task_ids: [(await taskIn(sql, cast, "awaiting_approval")).id],
      ...decided,
    }),
    outcomes: { ...FOR_ADMINS, admin: "200" },
  },
  "api.assign_task": {
    args: async (sql, cast) => ({
      task_id: (await taskIn(sql, cast, "approved")).id,
      assigned_to: cast.bob.userId,
    }),
    outcomes: { ...FOR_ADMINS, admin: "200" },
  },
  "api.cancel_task": {
    args: async (sql, cast) => ({ task_id: (await taskIn(sql, cast, "pending")).id }),
    outcomes: { anon: MISSING, agent: "200", user: REFUSED, admin: "200", service: UNGRANTED },
  },
  "api.complete_task": {
    args: async (sql, cast) => ({ task_id: (await taskIn(sql, cast, "in_progress")).id, actual_hours: 2 }),
    outcomes: {
      anon: MISSING,
      agent: REFUSED,
      user: REFUSED,
      admin: "200",
      service: UNGRANTED,
    },
  },
  "api.create_task": { args: () => ({ task: aTask() }), outcomes: { ...FOR_AGENTS, agent: "201" } },
  "api.create_tasks": { args: () => ({ tasks: [aTask()] }), outcomes: { ...FOR_AGENTS, agent: "201" } },
  "api.list_tasks": {
    args: () => ({}),
    outcomes: { anon: MISSING, agent: "200", user: "200", admin: "200", service: "200" },
  },
  "api.orchestrator_status": { args: () => ({}), outcomes: FOR_STEWARDS },
  "api.set_role": {
    args: async (sql) => ({ user_id: (await person(sql)).userId, role: "admin" }),
    outcomes: FOR_STEWARDS,
  },
  "api.submit_task": {
    args: async (sql, cast) => ({ task_id: (await taskIn(sql, cast, "pending")).id }),
    outcomes: { ...FOR_AGENTS, agent: "200" },
  },
  "api.task_stats": {
    args: () => ({}),
    outcomes: { anon: MISSING, agent: REFUSED, user: "200", admin: "200", service: "200" },
  },
  "api.unassign_task": {
    args: async (sql, cast) => ({ task_id: (await taskIn(sql, cast, "in_progress")).id }),
    outcomes: { ...FOR_ADMINS, admin: "200" },
  },
  "api.update_agent": {
    args: () => ({ agent_id: "marketplace-kaway", changes: { dailyQuota: 5 } }),
    outcomes: FOR_STEWARDS,
  },
  "api.verify_audit": {
    args: () => ({ resource_type: "agent", resource_id: "marketplace-kaway" }),
    outcomes: FOR_STEWARDS,
  },
  "public.get_marketplace_daily_stats": {
    args: () => ({}),
    outcomes: { anon: MISSING, agent: REFUSED, user: "200", admin: "200", service: "200" },
  },
};

Deno.test("every operation answers every caller as designed", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  // The task in progress is Alice's, so the user who may do nothing with it is Bob.
  const callers: Record<CallerName, Caller> = {
    anon,
    agent: cast.amazon,
    user: cast.bob,
    admin: cast.admin,
    service,
  };
  for (const [name, { args, outcomes }] of Object.entries(OPERATIONS)) {
    await t.step(name, async () => {
      const found: Record<string, string> = {};
      for (const [callerName, caller] of Object.entries(callers)) {
        found[callerName] = await outcomeOf(sql, caller, name, await args(sql, cast));
      }
      assertEquals<unknown>(found, outcomes);
    });
  }
});

Deno.test("every operation is in the table above", async () => {
  await using database = await freshDatabase();
  const rows = await database.sql<{ name: string }[]>`
    select format('%s.%s', p.pronamespace::regnamespace, p.proname) as name
    from pg_catalog.pg_proc as p
    where p.pronamespace in ('api'::regnamespace, 'public'::regnamespace)`;
  assertEquals(rows.map(({ name }) => name).sort(), Object.keys(OPERATIONS).sort());
});

Deno.test("an account that is gone may do nothing more with the token it left", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const admin = await adminPerson(sql);
  await sql`delete from auth.users where id = ${admin.userId}`;
  for (const [name, { args }] of Object.entries(OPERATIONS)) {
    const outcome = await outcomeOf(sql, admin, name, await args(sql, cast));
    assertEquals([name, outcome], [name, "401 credentials_invalid"]);
  }
});

async function outcomeOf(
  sql: postgres.Sql,
  caller: Caller,
  name: string,
  args: CallArguments,
): Promise<Outcome> {
  const { status, body } = await callAs(sql, caller, name, args);
  return status < 300 ? `${status}` : `${status} ${body.code}`;
}
