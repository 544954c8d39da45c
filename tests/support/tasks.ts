/** People, agents and tasks for tests, all made through the operations that make them in life. */
import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import type { TaskStatus } from "../../shared/tasks/task.ts";
import type { Task } from "./answers.ts";
import { agent, type Answer, callAs, type Caller, service, user } from "./callers.ts";
import { present } from "./present.ts";

/** A signed-up person. */
export interface Person extends Caller {
  readonly userId: string;
  readonly email: string;
}

/** An agent with a token. */
export interface Agent extends Caller {
  readonly agentId: string;
  readonly agentToken: string;
}

/** One admin and two users. */
export interface People {
  readonly admin: Person;
  readonly alice: Person;
  readonly bob: Person;
}

/** Everybody a story about tasks needs. */
export interface Cast extends People {
  /** Makes tasks that stay pending until it submits them. */
  readonly amazon: Agent;
  readonly shopee: Agent;
  /** Works for every marketplace. */
  readonly master: Agent;
}

/** What an agent sends to propose a task. */
export interface TaskDraft {
  readonly marketplace: string;
  readonly title: string;
  readonly description: string;
  readonly category: string;
  readonly priority: string;
  readonly estimatedHours: number;
  readonly [field: string]: unknown;
}

/** Somebody signs up. */
export async function person(sql: postgres.Sql, name = "somebody"): Promise<Person> {
  const userId = crypto.randomUUID();
  const email = `${name}-${userId}@example.com`;
  await sql`
    insert into auth.users (id, email, raw_user_meta_data)
    values (${userId}, ${email}, ${sql.json({ display_name: name })})`;
  return { ...user(userId), userId, email };
}

/** Somebody signs up and is made an admin by an operator. */
export async function adminPerson(sql: postgres.Sql, name = "admin"): Promise<Person> {
  const signedUp = await person(sql, name);
  await sql`select private.grant_admin(${signedUp.email})`;
  return signedUp;
}

/** Signs up one admin and two users. */
export async function people(sql: postgres.Sql): Promise<People> {
  return {
    admin: await adminPerson(sql),
    alice: await person(sql, "alice"),
    bob: await person(sql, "bob"),
  };
}

/** Issues a token of an agent. */
export async function agentToken(sql: postgres.Sql, agentId: string): Promise<string> {
  const [issued] = await sql<{ token: string }[]>`select private.issue_agent_token(${agentId}) as token`;
  return present(issued, "a token").token;
}

/** An agent of the seven, with a token of its own. */
export async function agentNamed(sql: postgres.Sql, agentId: string): Promise<Agent> {
  const token = await agentToken(sql, agentId);
  return { ...agent(token), agentId, agentToken: token };
}

/** People and agents; the Amazon agent's tasks are not submitted by themselves. */
export async function castOf(sql: postgres.Sql): Promise<Cast> {
  const amazon = await agentNamed(sql, "marketplace-amazon");
  const shopee = await agentNamed(sql, "marketplace-shopee");
  const master = await agentNamed(sql, "marketplace-master");
  const changes = { autoSubmit: false };
  succeeded(await callAs(sql, service, "update_agent", { agent_id: amazon.agentId, changes }));
  return { ...await people(sql), amazon, shopee, master };
}

/** Takes every rate limit away and raises the agents' quotas: for tests of something else. */
export async function withoutLimits(sql: postgres.Sql): Promise<void> {
  await sql`delete from private.rate_limits`;
  const agents = await sql<{ id: string }[]>`select id from public.agents order by id`;
  for (const { id } of agents) {
    succeeded(
      await callAs(sql, service, "update_agent", { agent_id: id, changes: { dailyQuota: 1_000_000 } }),
    );
  }
}

/** A task that the Amazon agent and the master may propose. */
export function aTask(overrides: Readonly<Record<string, unknown>> = {}): TaskDraft {
  return {
    marketplace: "amazon",
    title: "Rewrite the listing title",
    description: "It lacks material and volume, which most searches name.",
    category: "optimization",
    priority: "medium",
    estimatedHours: 4,
    ...overrides,
  };
}

/** The answer, where it is one of success; fails with the refusal otherwise. */
export function succeeded<Body>(answer: Answer<Body>): Answer<Body> {
  if (answer.status >= 300) {
    throw new Error(`Expected a success but found ${answer.status}: ${answer.text.slice(0, 1000)}`);
  }
  return answer;
}

/** The task of an answer that must be one of success. */
export function taskOf(answer: Answer): Task {
  return present(succeeded(answer).body.task, "a task in the answer");
}

type Step = (sql: postgres.Sql, cast: Cast, taskId: string) => Promise<unknown>;

const submit: Step = async (sql, { amazon }, taskId) =>
  taskOf(await callAs(sql, amazon, "submit_task", { task_id: taskId }));
const approve: Step = async (sql, { admin }, taskId) =>
  succeeded(await callAs(sql, admin, "approve_tasks", { task_ids: [taskId], approved: true }));
const reject: Step = async (sql, { admin }, taskId) =>
  succeeded(
    await callAs(sql, admin, "approve_tasks", {
      task_ids: [taskId],
      approved: false,
      reason: "Out of season",
    }),
  );
const assign: Step = async (sql, { admin, alice }, taskId) =>
  taskOf(await callAs(sql, admin, "assign_task", { task_id: taskId, assigned_to: alice.userId }));
const complete: Step = async (sql, { alice }, taskId) =>
  taskOf(await callAs(sql, alice, "complete_task", { task_id: taskId, actual_hours: 3.5, notes: "Done" }));
const cancel: Step = async (sql, { amazon }, taskId) =>
  taskOf(await callAs(sql, amazon, "cancel_task", { task_id: taskId, reason: "No longer needed" }));

/** The steps that lead from a new task to each status. */
const PATHS: ReadonlyMap<TaskStatus, readonly Step[]> = new Map<TaskStatus, readonly Step[]>([
  ["pending", []],
  ["awaiting_approval", [submit]],
  ["approved", [submit, approve]],
  ["in_progress", [submit, approve, assign]],
  ["completed", [submit, approve, assign, complete]],
  ["rejected", [submit, reject]],
  ["cancelled", [cancel]],
]);

/** A task of the Amazon agent in the wanted status; in progress and completed by Alice, decided by the admin. */
export async function taskIn(
  sql: postgres.Sql,
  cast: Cast,
  status: TaskStatus,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<Task> {
  const { id } = taskOf(await callAs(sql, cast.amazon, "create_task", { task: aTask(overrides) }));
  for (const step of PATHS.get(status) ?? []) await step(sql, cast, id);
  const task = await readTask(sql, id);
  assertEquals(task.status, status);
  return task;
}

/** A task as its API shows it now. */
export async function readTask(sql: postgres.Sql, taskId: string): Promise<Task> {
  return present((await readTasks(sql)).find(({ id }) => id === taskId), `a task ${taskId}`);
}

/** All tasks as their API shows them now, by id. */
export async function readTasks(sql: postgres.Sql): Promise<readonly Task[]> {
  return await sql.begin(async (transaction) => {
    await transaction`set local timezone = 'UTC'`;
    const rows = await transaction<{ task: Task }[]>`
      select private.task_json(t) as task from public.marketplace_tasks as t order by t.id`;
    return rows.map(({ task }) => task);
  });
}
