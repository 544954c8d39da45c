import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { aSession, openSession } from "../support/bidding.ts";
import {
  anon,
  type Answer,
  type CallArguments,
  callAs,
  type Caller,
  readOnlyCallAs,
  service,
} from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { aBasket, aTokenHash, decidedFor, guest, offered, offerOf } from "../support/routing_desk.ts";
import { HANDED_OFF, settledAs } from "../support/routing_orders.ts";
import { adminPerson, aTask, type Cast, castOf, person, taskIn } from "../support/tasks.ts";
import { wonSession } from "../support/won_session.ts";

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

/** Open to whoever comes by a function's URL, and judged there. */
const FOR_STEWARDS_BY_URL = { anon: MISSING, agent: REFUSED, user: REFUSED, admin: "200", service: "200" };
/** For participants of the session; here nobody is one, see bidding_rights_test. */
const FOR_BIDDERS = {
  anon: MISSING,
  agent: REFUSED,
  user: "403 not_a_participant",
  admin: "403 not_a_participant",
  service: UNGRANTED,
};
const FOR_PEOPLE = { anon: MISSING, agent: REFUSED, user: "200", admin: "200", service: UNGRANTED };
const FOR_SERVICE = {
  anon: UNGRANTED_ANON,
  agent: UNGRANTED_ANON,
  user: UNGRANTED,
  admin: UNGRANTED,
  service: "200",
};

/** For its owner and the service; here nobody is its owner, see routing_outcomes_test. */
const FOR_OWNERS = {
  anon: MISSING,
  agent: "404 not_found",
  user: "404 not_found",
  admin: "404 not_found",
  service: "200",
};

const decided = { approved: true };

/** A session of two strangers. */
const strangers = async (sql: postgres.Sql) =>
  [(await person(sql)).userId, (await person(sql)).userId] as const;
const ofSession = async (sql: postgres.Sql) => ({ session_id: await openSession(sql, await strangers(sql)) });

/** A route of a stranger's, offered and not confirmed. */
const ofStranger = async (sql: postgres.Sql) => await offered(sql, await person(sql));
const anOrder = async (sql: postgres.Sql) => ({ order_id: (await ofStranger(sql)).orderId });

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "api.announce_maintenance": { args: () => ({ message: "Back at noon" }), outcomes: FOR_STEWARDS },
  "api.approval_queue": { args: () => ({}), outcomes: FOR_STEWARDS },
  "api.approve_tasks": {
    args: async (sql, cast) => ({
      task_ids: [(await taskIn(sql, cast, "awaiting_approval")).id],
      ...decided,
    }),
    outcomes: { ...FOR_ADMINS, admin: "200" },
  },
  "api.archive_sessions": { args: () => ({}), outcomes: FOR_SERVICE },
  "api.assign_task": {
    args: async (sql, cast) => ({
      task_id: (await taskIn(sql, cast, "approved")).id,
      assigned_to: cast.bob.userId,
    }),
    outcomes: { ...FOR_ADMINS, admin: "200" },
  },
  // The service confirms for somebody, never itself.
  "api.begin_confirm": {
    args: () => ({ token_hash: aTokenHash(), accept_total_cents: null, providers: [] }),
    outcomes: { ...FOR_SERVICE, service: REFUSED },
  },
  "api.begin_route": {
    args: () => ({ request: aBasket(), providers: [], deadline_ms: 1_000 }),
    outcomes: FOR_SERVICE,
  },
  "api.cancel_route": {
    args: async (sql) => ({ route_id: (await ofStranger(sql)).routeId }),
    outcomes: FOR_OWNERS,
  },
  "api.cancel_session": {
    args: async (sql) => ({ ...await ofSession(sql), reason: "Sold" }),
    outcomes: FOR_STEWARDS_BY_URL,
  },
  "api.cancel_task": {
    args: async (sql, cast) => ({ task_id: (await taskIn(sql, cast, "pending")).id }),
    outcomes: { anon: MISSING, agent: "200", user: REFUSED, admin: "200", service: UNGRANTED },
  },
  "api.claim_deliveries": { args: () => ({}), outcomes: FOR_SERVICE },
  "api.claim_unsettled_orders": { args: () => ({}), outcomes: FOR_SERVICE },
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
  "api.create_session": {
    args: async (sql) => ({ session: aSession(await strangers(sql)) }),
    outcomes: { ...FOR_STEWARDS_BY_URL, admin: "201", service: "201" },
  },
  "api.create_task": { args: () => ({ task: aTask() }), outcomes: { ...FOR_AGENTS, agent: "201" } },
  "api.create_tasks": { args: () => ({ tasks: [aTask()] }), outcomes: { ...FOR_AGENTS, agent: "201" } },
  "api.expiration_warnings": { args: () => ({}), outcomes: FOR_SERVICE },
  "api.explain_route": {
    args: async (sql) => ({ route_id: (await ofStranger(sql)).routeId }),
    outcomes: { ...FOR_OWNERS, admin: "200" },
  },
  "api.find_routed_order": {
    args: () => ({ provider_id: "MEALME", provider_order_id: "unknown" }),
    outcomes: { ...FOR_SERVICE, service: "404 not_found" },
  },
  "api.finish_confirm": {
    args: async (sql) => ({ ...await anOrder(sql), attempt: 0, result: HANDED_OFF }),
    outcomes: { ...FOR_SERVICE, service: "409 invalid_transition" },
  },
  "api.get_auto_bid": { args: ofSession, outcomes: FOR_BIDDERS },
  "api.get_circuits": { args: () => ({}), outcomes: FOR_SERVICE },
  "api.get_session": { args: ofSession, outcomes: { ...FOR_BIDDERS, admin: "200" } },
  "api.list_notifications": { args: () => ({}), outcomes: FOR_PEOPLE },
  "api.list_tasks": {
    args: () => ({}),
    outcomes: { anon: MISSING, agent: "200", user: "200", admin: "200", service: "200" },
  },
  "api.mark_notification_read": {
    args: () => ({ notification_id: crypto.randomUUID() }),
    outcomes: { ...FOR_PEOPLE, user: "404 not_found", admin: "404 not_found" },
  },
  "api.orchestrator_status": { args: () => ({}), outcomes: FOR_STEWARDS },
  "api.record_deliveries": { args: () => ({ results: [] }), outcomes: FOR_SERVICE },
  "api.record_job_run": {
    args: () => ({ job: "deliver_notifications", started_at: new Date(), processed: 0, details: {} }),
    outcomes: FOR_SERVICE,
  },
  "api.record_outcome": {
    args: async (sql) => {
      const { orderId } = await settledAs(sql, await person(sql), HANDED_OFF);
      return { outcome: { orderId, wasSuccessful: true, itemsOrdered: 1 } };
    },
    outcomes: { ...FOR_OWNERS, service: "201" },
  },
  "api.record_provider_status": {
    args: async (sql) => ({ ...await anOrder(sql), state: { status: "delivered" } }),
    outcomes: FOR_SERVICE,
  },
  "api.record_settlement": {
    args: async (sql) => ({
      session_id: await wonSession(sql, await strangers(sql)),
      side: "payment",
      status: "completed",
    }),
    outcomes: FOR_SERVICE,
  },
  "api.release_route": { args: () => ({ route_id: crypto.randomUUID() }), outcomes: FOR_SERVICE },
  // Another's route, which is not there for the service itself.
  "api.save_route": {
    args: async (sql) => ({
      route_id: (await offered(sql, guest())).routeId,
      outcome: decidedFor([offerOf("MEALME")]),
    }),
    outcomes: { ...FOR_SERVICE, service: "404 not_found" },
  },
  "api.session_cleanup": { args: () => ({}), outcomes: FOR_SERVICE },
  "api.set_auto_bid": {
    args: async (sql) => ({ ...await ofSession(sql), max_amount_cents: 200_000 }),
    outcomes: FOR_BIDDERS,
  },
  "api.set_role": {
    args: async (sql) => ({ user_id: (await person(sql)).userId, role: "admin" }),
    outcomes: FOR_STEWARDS,
  },
  "api.settle_unknown_order": {
    args: async (sql) => ({ ...await anOrder(sql), attempt: 0, result: HANDED_OFF }),
    outcomes: FOR_SERVICE,
  },
  "api.stored_decisions": { args: () => ({}), outcomes: FOR_SERVICE },
  "api.submit_bid": {
    args: async (sql) => ({ ...await ofSession(sql), amount_cents: 200_000 }),
    outcomes: FOR_BIDDERS,
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
  "api.verify_routing": { args: () => ({}), outcomes: FOR_STEWARDS },
  "api.verify_session": { args: ofSession, outcomes: FOR_STEWARDS },
  "api.withdraw_bid": { args: ofSession, outcomes: FOR_BIDDERS },
  "public.get_marketplace_daily_stats": {
    args: () => ({}),
    outcomes: { anon: MISSING, agent: REFUSED, user: "200", admin: "200", service: "200" },
  },
};

/** The operations that write nothing. */
const READING = ["approval_queue", "explain_route", "find_routed_order", "get_auto_bid"]
  .concat(
    "get_marketplace_daily_stats",
    "get_session",
    "list_notifications",
    "list_tasks",
    "orchestrator_status",
    "stored_decisions",
    "task_stats",
    "verify_audit",
    "verify_routing",
    "verify_session",
  );

Deno.test("every operation answers every caller as designed", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const callers = callersOf(cast);
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

Deno.test("every operation that reads answers the same in a transaction that may not write", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const stable = await sql<{ name: string }[]>`
    select format('%s.%s', p.pronamespace::regnamespace, p.proname) as name
    from pg_catalog.pg_proc as p
    where p.pronamespace in ('api'::regnamespace, 'public'::regnamespace) and p.provolatile <> 'v'
    order by p.proname`;
  assertEquals(stable.map(({ name }) => name.replace(/^.*\./, "")), READING);
  for (const { name } of stable) {
    const operation = present(OPERATIONS[name], `${name} in the table above`);
    for (const [callerName, caller] of Object.entries(callersOf(cast))) {
      const args = await operation.args(sql, cast);
      const outcome = outcomeIn(await readOnlyCallAs(sql, caller, name, args));
      assertEquals([name, callerName, outcome], [
        name,
        callerName,
        operation.outcomes[callerName as CallerName],
      ]);
    }
  }
});

Deno.test("an account that is gone may do nothing more with the token it left", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const admin = await adminPerson(sql);
  await sql`delete from auth.users where id = ${admin.userId}`;
  for (const [name, { args, outcomes }] of Object.entries(OPERATIONS)) {
    const outcome = await outcomeOf(sql, admin, name, await args(sql, cast));
    const expected = outcomes.admin === UNGRANTED ? UNGRANTED : "401 credentials_invalid";
    assertEquals([name, outcome], [name, expected]);
  }
});

function callersOf(cast: Cast): Readonly<Record<CallerName, Caller>> {
  // The task in progress is Alice's, so the user who may do nothing with it is Bob.
  return { anon, agent: cast.amazon, user: cast.bob, admin: cast.admin, service };
}

async function outcomeOf(
  sql: postgres.Sql,
  caller: Caller,
  name: string,
  args: CallArguments,
): Promise<Outcome> {
  return outcomeIn(await callAs(sql, caller, name, args));
}

function outcomeIn({ status, body }: Answer): Outcome {
  return status < 300 ? `${status}` : `${status} ${body.code}`;
}
