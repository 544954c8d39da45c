/** Every operation that writes, each with a request that succeeds once and one that differs from it. */
import type postgres from "postgres";
import type { CallArguments, Caller } from "./callers.ts";
import { service } from "./callers.ts";
import { adminPerson, aTask, type Cast, person, taskIn } from "./tasks.ts";

/** A write that was made ready, so that it will succeed. */
export interface ReadyWrite {
  readonly caller: Caller;
  readonly name: string;
  readonly args: CallArguments;
  /** Arguments of another request, for the same caller and operation. */
  readonly otherArgs: CallArguments;
  /** How many rows it adds to the audit. */
  readonly effects: number;
  /** Takes the lock that it must wait for. */
  lock(holder: postgres.TransactionSql): Promise<unknown>;
}

type Preparation = (sql: postgres.Sql, cast: Cast) => Promise<ReadyWrite>;

function onTask(taskId: string) {
  return (holder: postgres.TransactionSql) =>
    holder`select from public.marketplace_tasks as t where t.id = ${taskId} for update`;
}

function onAgent(agentId: string) {
  return (holder: postgres.TransactionSql) =>
    holder`select from public.agents as a where a.id = ${agentId} for update`;
}

function onProfile(userId: string) {
  return (holder: postgres.TransactionSql) =>
    holder`select from public.user_profile as p where p.id = ${userId} for update`;
}

/** All writes by a name for messages. */
export const WRITES: ReadonlyMap<string, Preparation> = new Map<string, Preparation>([
  ["create_task", (_sql, { shopee }) =>
    Promise.resolve({
      caller: shopee,
      name: "create_task",
      args: { task: aTask({ marketplace: "shopee" }) },
      otherArgs: { task: aTask({ marketplace: "shopee", title: "Another" }) },
      effects: 1,
      lock: onAgent(shopee.agentId),
    })],
  ["create_tasks", (_sql, { master }) =>
    Promise.resolve({
      caller: master,
      name: "create_tasks",
      args: { tasks: [aTask(), aTask({ title: "" }), aTask()], mode: "partial" },
      otherArgs: { tasks: [aTask(), aTask()], mode: "partial" },
      effects: 2,
      lock: onAgent(master.agentId),
    })],
  ["submit_task", async (sql, cast) => {
    const { id } = await taskIn(sql, cast, "pending");
    return {
      caller: cast.amazon,
      name: "submit_task",
      args: { task_id: id },
      otherArgs: { task_id: crypto.randomUUID() },
      effects: 1,
      lock: onTask(id),
    };
  }],
  ["approve_tasks to approve", async (sql, cast) => {
    const { id } = await taskIn(sql, cast, "awaiting_approval");
    return {
      caller: cast.admin,
      name: "approve_tasks",
      args: { task_ids: [id], approved: true },
      otherArgs: { task_ids: [id], approved: true, reason: "Another" },
      effects: 1,
      lock: onTask(id),
    };
  }],
  ["approve_tasks to reject", async (sql, cast) => {
    const { id } = await taskIn(sql, cast, "awaiting_approval");
    return {
      caller: cast.admin,
      name: "approve_tasks",
      args: { task_ids: [id], approved: false, reason: "No" },
      otherArgs: { task_ids: [id], approved: true },
      effects: 1,
      lock: onTask(id),
    };
  }],
  ["assign_task", async (sql, cast) => {
    const { id } = await taskIn(sql, cast, "approved");
    return {
      caller: cast.admin,
      name: "assign_task",
      args: { task_id: id, assigned_to: cast.alice.userId },
      otherArgs: { task_id: id, assigned_to: cast.bob.userId },
      effects: 1,
      lock: onTask(id),
    };
  }],
  ["unassign_task", async (sql, cast) => {
    const { id } = await taskIn(sql, cast, "in_progress");
    return {
      caller: cast.admin,
      name: "unassign_task",
      args: { task_id: id },
      otherArgs: { task_id: crypto.randomUUID() },
      effects: 1,
      lock: onTask(id),
    };
  }],
  ["complete_task", async (sql, cast) => {
    const { id } = await taskIn(sql, cast, "in_progress");
    return {
      caller: cast.alice,
      name: "complete_task",
      args: { task_id: id, actual_hours: 3.5, notes: "Done" },
      otherArgs: { task_id: id, actual_hours: 4, notes: "Done" },
      effects: 1,
      lock: onTask(id),
    };
  }],
  ["cancel_task", async (sql, cast) => {
    const { id } = await taskIn(sql, cast, "awaiting_approval");
    return {
      caller: cast.amazon,
      name: "cancel_task",
      args: { task_id: id, reason: "Sold out" },
      otherArgs: { task_id: id, reason: "Another" },
      effects: 1,
      lock: onTask(id),
    };
  }],
  ["set_role", async (sql) => {
    const [admin, { userId }] = [await adminPerson(sql), await person(sql)];
    return {
      caller: admin,
      name: "set_role",
      args: { user_id: userId, role: "admin" },
      otherArgs: { user_id: userId, role: "user" },
      effects: 1,
      lock: onProfile(userId),
    };
  }],
  ["update_agent", (_sql, { shopee }) =>
    Promise.resolve({
      caller: service,
      name: "update_agent",
      args: { agent_id: shopee.agentId, changes: { dailyQuota: 1_000_001 } },
      otherArgs: { agent_id: shopee.agentId, changes: { dailyQuota: 1_000_002 } },
      effects: 1,
      lock: onAgent(shopee.agentId),
    })],
]);
