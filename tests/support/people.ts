/** People with a session and agents with a token, each made for one test alone, on the stack under test. */
import { assertEquals } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import type { TaskStatus } from "../../shared/tasks/task.ts";
import type { Task } from "./answers.ts";
import { call, type FunctionCaller, taskOf } from "./functions.ts";
import { present } from "./present.ts";
import { anonymousClient, databaseOf } from "./realtime.ts";
import { stack } from "./stack.ts";
import { aTask, readTask } from "./tasks.ts";

/** Somebody who signed up, with the session of it. */
export interface Person extends FunctionCaller {
  readonly id: string;
  readonly email: string;
  /** The access token of the session. */
  readonly token: string;
  readonly supabase: SupabaseClient;
}

/** An agent of its own marketplace group, with a token. */
export interface Agent extends FunctionCaller {
  readonly id: string;
  readonly token: string;
}

export interface AgentOptions {
  /** Null works for all of them. */
  readonly marketplace?: string | null;
  readonly categories?: readonly string[];
  readonly autoSubmit?: boolean;
  readonly dailyQuota?: number;
}

/** An admin, a user and an agent. */
export interface Cast {
  readonly admin: Person;
  readonly alice: Person;
  /** Its tasks are submitted by themselves. */
  readonly agent: Agent;
}

/** Somebody signs up through Auth. */
export async function signUp(name = "somebody"): Promise<Person> {
  const supabase = anonymousClient(await stack());
  const email = `${name}-${crypto.randomUUID()}@example.com`;
  const { data, error } = await supabase.auth.signUp({ email, password: crypto.randomUUID() });
  if (error) throw error;
  const token = present(data.session, "a session from signing up").access_token;
  const { id } = present(data.user, "a user from signing up");
  await supabase.realtime.setAuth(token);
  return { id, email, token, supabase, credentials: { authorization: `Bearer ${token}` } };
}

/** Somebody signs up and is made an admin by an operator. */
export async function signUpAdmin(name = "admin"): Promise<Person> {
  const person = await signUp(name);
  await using sql = databaseOf(await stack());
  await sql`select private.grant_admin(${person.email})`;
  return person;
}

/** A new agent that sends its token as Bearer; for amazon, every category and a large quota unless told otherwise. */
export async function newAgent(options: AgentOptions = {}): Promise<Agent> {
  const { marketplace = "amazon", autoSubmit = true, dailyQuota = 100_000 } = options;
  const { categories = ["optimization", "best-practice", "scaling", "analysis"] } = options;
  const id = `probe-${crypto.randomUUID().slice(0, 13)}`;
  await using sql = databaseOf(await stack());
  await sql`
    insert into public.agents (id, marketplace, auto_submit, daily_quota)
    values (${id}, ${marketplace}, ${autoSubmit}, ${dailyQuota})`;
  for (const category of categories) {
    await sql`insert into public.agent_categories (agent_id, category) values (${id}, ${category})`;
  }
  return await agentWithToken(id);
}

/** An agent with one more token. */
export async function agentWithToken(id: string): Promise<Agent> {
  await using sql = databaseOf(await stack());
  const [issued] = await sql<{ token: string }[]>`select private.issue_agent_token(${id}) as token`;
  return asAgent(id, present(issued, "a token").token);
}

/** An agent by a token it has. */
export function asAgent(id: string, token: string): Agent {
  return { id, token, credentials: { authorization: `Bearer ${token}` } };
}

/** An admin, a user, and an agent. */
export async function newCast(options: AgentOptions = {}): Promise<Cast> {
  const [admin, alice, agent] = await Promise.all([signUpAdmin(), signUp("alice"), newAgent(options)]);
  return { admin, alice, agent };
}

/** A new task in the wanted status; in progress and completed by Alice, decided by the admin. */
export async function taskIn(
  { admin, alice, agent }: Cast,
  status: TaskStatus,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<Task> {
  const created = taskOf(await call("create-task", agent, { json: aTask(overrides) }), 201);
  const taskId = created.id;
  if (status === created.status) return created;
  if (status === "cancelled") return taskOf(await call("cancel-task", agent, { json: { taskId } }), 200);

  if (created.status === "pending") taskOf(await call("submit-task", agent, { json: { taskId } }), 200);
  if (status === "awaiting_approval") return await currentTask(taskId);

  const decision = { taskIds: [taskId], approved: status !== "rejected", reason: "Considered" };
  assertEquals((await call("approve", admin, { json: decision })).status, 200);
  if (status === "approved" || status === "rejected") return await currentTask(taskId);

  const assigned = await call("assign", admin, { json: { taskId, assignedTo: alice.id } });
  if (status === "in_progress") return taskOf(assigned, 200);
  return taskOf(await call("complete", alice, { json: { taskId, actualHours: 3.5 } }), 200);
}

/** The ids of so many new tasks of one agent. */
export async function waitingTasks(
  { agent }: Pick<Cast, "agent">,
  count: number,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  const json = { tasks: Array(count).fill(aTask(overrides)), mode: "atomic" };
  const { body } = await call("create-task", agent, { json });
  return present(body.results, "results").map(({ task }) => present(task, "a task").id);
}

/** A task as its API shows it now. */
export async function currentTask(taskId: string): Promise<Task> {
  await using sql = databaseOf(await stack());
  return await readTask(sql, taskId);
}

/** How many tasks and how many rows of audit an agent has brought about. */
export async function traceOf(agent: Agent): Promise<{ tasks: number; audit: number; changes: number }> {
  await using sql = databaseOf(await stack());
  const [counted] = await sql<{ tasks: number; audit: number; changes: number }[]>`
    select count(*)::integer as tasks, coalesce(sum(t.version), 0)::integer as changes, (
      select count(*)::integer from public.audit_logs as l
      where l.resource_type = 'task' and l.resource_id in (
        select o.id::text from public.marketplace_tasks as o where o.created_by = ${agent.id}
      )
    ) as audit
    from public.marketplace_tasks as t where t.created_by = ${agent.id}`;
  return present(counted, "a count");
}

/** Fills a caller's buckets up again, as time would. */
export async function refill(caller: Person | Agent): Promise<void> {
  await using sql = databaseOf(await stack());
  await sql`
    delete from private.rate_limit_buckets
    where principal in (${`user:${caller.id}`}, ${`agent:${caller.id}`})`;
}
