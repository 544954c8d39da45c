/** The steps of a task one by one: no yardstick, each on tasks of its own that stand where the step begins. */
import type postgres from "postgres";
import { type Figures, measureAlone } from "./measure.ts";
import { type Fixture, MOST_CLIENTS } from "./task_fixture.ts";
import { sessions } from "./task_sessions.ts";
import { adminSession, agentSession, succeed } from "./tasks.ts";

interface Step {
  readonly name: string;
  readonly by: "agent" | "admin";
  /** What a task must have for the step to begin; $1 is an admin. */
  readonly columns: string;
  readonly call: (sql: postgres.Sql, taskId: string, fixture: Fixture) => Promise<unknown>;
}

const APPROVED = "status, submitted_at, approved_at, approved_by";
const STEPS: readonly Step[] = [
  {
    name: "submit_task",
    by: "agent",
    columns: "status) select 'pending'",
    call: (sql, id) => succeed(sql`select api.submit_task(${id}) ->> 'success' as success`),
  },
  {
    name: "assign_task",
    by: "admin",
    columns: `${APPROVED}) select 'approved', now(), now(), $1::uuid`,
    call: (sql, id, { admins }) =>
      succeed(sql`select api.assign_task(${id}, ${admins[0]!}) ->> 'success' as success`),
  },
  {
    name: "complete_task",
    by: "admin",
    columns:
      `${APPROVED}, assigned_to, started_at) select 'in_progress', now(), now(), $1::uuid, $1::uuid, now()`,
    call: (sql, id) => succeed(sql`select api.complete_task(${id}, 3.5, null) ->> 'success' as success`),
  },
  {
    name: "cancel_task",
    by: "admin",
    columns: "status, submitted_at) select 'awaiting_approval', now()",
    call: (sql, id) => succeed(sql`select api.cancel_task(${id}, null) ->> 'success' as success`),
  },
];

/** Figures of one step at one number of clients. */
export interface StepFigures {
  readonly name: string;
  readonly clients: number;
  readonly figures: Figures;
}

/** Makes tasks for a step, past the triggers, and hands out their ids per agent. */
async function tasksFor(
  step: Step,
  superuser: postgres.Sql,
  admin: string,
  count: number,
): Promise<string[][]> {
  const [head, values] = step.columns.split(") select ");
  const rows = await superuser.begin(async (transaction) => {
    await transaction`set local session_replication_role = replica`;
    return await transaction.unsafe(
      `with made as (
         insert into public.marketplace_tasks
           (marketplace, created_by, title, description, category, priority, estimated_hours, ${head})
         select 'amazon', 'bench-agent-' || n % ${MOST_CLIENTS}, 'Step ' || n, 'For the benchmark', 'analysis', 'low', 4,
           ${values}
         from generate_series(1, ${count}) as n
         ${values!.includes("$1") ? "" : "where $1::uuid is not null"}
         returning id, created_by
       ),
       chain as (
         insert into public.audit_logs (resource_type, resource_id, seq, at, actor_kind, actor_id, action, hash)
         select 'task', id::text, 1, now(), 'system', 'bench', 'created', '\\x00' from made
       )
       select id, created_by from made`,
      [admin],
    );
  });
  const pools = Array.from({ length: MOST_CLIENTS }, () => new Array<string>());
  for (const { id, created_by: agent } of rows) pools[Number(String(agent).split("-").at(-1))]!.push(id);
  return pools;
}

/** Measures every step at each number of clients. */
export async function benchSteps(
  options: {
    url: string;
    superuser: postgres.Sql;
    fixture: Fixture;
    clients: readonly number[];
    sliceMs: number;
  },
): Promise<StepFigures[]> {
  const { url, superuser, fixture, sliceMs } = options;
  const found: StepFigures[] = [];
  for (const step of STEPS) {
    for (const clients of options.clients) {
      // More than can be used up: each client takes from its own agent's tasks.
      const pools = await tasksFor(step, superuser, fixture.admins[0]!, 2 * sliceMs * MOST_CLIENTS);
      const { sql, close } = await sessions(
        url,
        clients,
        step.by === "agent" ? agentSession(fixture) : adminSession(fixture),
      );
      const figures = await measureAlone(
        (client) => step.call(sql[client]!, pools[client]!.pop()!, fixture),
        { clients, sliceMs },
      ).finally(close);
      found.push({ name: step.name, clients, figures });
    }
  }
  return found;
}
