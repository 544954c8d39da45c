/** The task benchmark: every operation beside what the bare database does for the same rows. */
import type postgres from "postgres";
import { compare, type Comparison } from "./measure.ts";
import { type Fixture, proposal } from "./task_fixture.ts";
import { sessions } from "./task_sessions.ts";

const TASK_COLUMNS =
  `marketplace, created_by, title, description, category, priority, status, created_at, submitted_at,
  updated_at, estimated_hours, tags, metadata`;
const TASK_VALUES =
  `'amazon', 'bench-agent-0', p ->> 'title', p ->> 'description', p ->> 'category', p ->> 'priority',
  'awaiting_approval', now(), now(), now(), (p -> 'estimatedHours')::numeric,
  array(select jsonb_array_elements_text(p -> 'tags')), p -> 'metadata'`;

/** One task row and one audit row in one statement, one round trip, one commit. */
const INSERT_WITH_AUDIT = `
  with task as (
    insert into yardstick.tasks (${TASK_COLUMNS}) select ${TASK_VALUES} from (select $1::jsonb as p) as x returning *
  )
  insert into yardstick.audit (resource_type, resource_id, seq, at, actor_kind, actor_id, action, after, hash)
  select 'task', id::text, 1, created_at, 'agent', created_by, 'created', to_jsonb(task), '\\x00' from task`;

/** A thousand task rows in one statement: no audit, no answer. */
const INSERT_MANY = `insert into yardstick.tasks (${TASK_COLUMNS})
  select ${TASK_VALUES} from jsonb_array_elements($1::jsonb) as p`;

/** A hundred rows decided and audited in one statement. */
const UPDATE_MANY_WITH_AUDIT = `
  with task as (
    update yardstick.tasks set status = 'approved', approved_at = now(), approved_by = $2, version = version + 1
    where id = any ($1::uuid[]) returning *
  )
  insert into yardstick.audit (resource_type, resource_id, seq, at, actor_kind, actor_id, action, before, after, prev_hash, hash)
  select 'task', id::text, 2, approved_at, 'user', $2::text, 'approve', null, to_jsonb(task), '\\x00', '\\x00' from task`;

export interface Run {
  readonly url: string;
  readonly fixture: Fixture;
  readonly rounds: number;
  readonly sliceMs: number;
}

/** A session that stands for an agent's call. */
export const agentSession = (fixture: Fixture) => (client: number) => ({
  role: "anon",
  headers: { "x-agent-token": fixture.tokens[client]! },
});

/** A session that stands for an admin's call. */
export const adminSession = (fixture: Fixture) => (client: number) => ({
  role: "authenticated",
  claims: { role: "authenticated", sub: fixture.admins[client]! },
});

/** A refusal is quick and would flatter the figures: it ends the benchmark. */
export async function succeed(call: Promise<readonly postgres.Row[]>): Promise<void> {
  const [row] = await call;
  if (row?.success !== "true") throw new Error(`Expected success but found ${JSON.stringify(row)}`);
}

/** create_task beside one insert with its audit row. */
export async function benchCreateTask(run: Run, clients: number): Promise<Comparison> {
  const { sql, close } = await sessions(run.url, clients, agentSession(run.fixture));
  try {
    return await compare(
      (client, turn) =>
        succeed(
          sql[client]!`select api.create_task(${
            sql[client]!.json(proposal(turn) as postgres.JSONValue)
          }) ->> 'success' as success`,
        ),
      (client, turn) => sql[client]!.unsafe(INSERT_WITH_AUDIT, [proposal(turn) as never], { prepare: true }),
      { clients, rounds: run.rounds, sliceMs: run.sliceMs },
    );
  } finally {
    await close();
  }
}

/** create_tasks with a thousand tasks beside one multi-row insert of the same. */
export async function benchCreateTasks(run: Run, clients: number): Promise<Comparison> {
  const { sql, close } = await sessions(run.url, clients, agentSession(run.fixture));
  const batch = Array.from({ length: 1000 }, (_, i) => proposal(i)) as unknown as postgres.JSONValue;
  try {
    return await compare(
      (client) =>
        succeed(sql[client]!`select api.create_tasks(${sql[client]!.json(batch)}) ->> 'success' as success`),
      (client) => sql[client]!.unsafe(INSERT_MANY, [batch as never], { prepare: true }),
      { clients, rounds: run.rounds, sliceMs: run.sliceMs },
    );
  } finally {
    await close();
  }
}

/** Hands out ids of undecided tasks, a hundred at a time, made beforehand so that making them is not measured. */
async function idPool(
  owner: postgres.Sql,
  source: "public.marketplace_tasks" | "yardstick.tasks",
): Promise<() => string[]> {
  const rows = await owner.unsafe(
    `select id from ${source} where status = 'awaiting_approval' and created_by like 'bench-agent%' limit 200000`,
  );
  let taken = 0;
  return () => {
    const ids = rows.slice(taken, taken += 100).map((row) => row.id as string);
    if (ids.length < 100) {
      throw new Error(`Expected 100 undecided tasks in ${source} but found ${ids.length}`);
    }
    return ids;
  };
}

/** approve_tasks with a hundred tasks beside one update with audit of as many rows. */
export async function benchApproveTasks(run: Run, owner: postgres.Sql, clients: number): Promise<Comparison> {
  const { sql, close } = await sessions(run.url, clients, adminSession(run.fixture));
  const ours = await idPool(owner, "public.marketplace_tasks");
  const theirs = await idPool(owner, "yardstick.tasks");
  try {
    return await compare(
      (client) => succeed(sql[client]!`select api.approve_tasks(${ours()}, true) ->> 'success' as success`),
      (client) =>
        sql[client]!.unsafe(UPDATE_MANY_WITH_AUDIT, [theirs(), run.fixture.admins[client]!], {
          prepare: true,
        }),
      { clients, rounds: run.rounds, sliceMs: run.sliceMs },
    );
  } finally {
    await close();
  }
}
