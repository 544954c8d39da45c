/** Chains of the audit, and what somebody past every trigger could do to them. */
import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { callAs, type Caller, readOnlyCallAs, service } from "./callers.ts";
import type { FreshDatabase } from "./database.ts";
import { withoutTriggers } from "./superuser.ts";
import { agentToken, castOf, succeeded, taskIn } from "./tasks.ts";
import { wonSession } from "./won_session.ts";

/** One chain of `public.audit_logs`. */
export interface Chain {
  readonly type: "task" | "agent" | "user" | "settlement";
  readonly id: string;
}

/** One chain of each kind, longer than two rows, and one of a task that was only just created, with their lengths. */
export async function everyKindOfChain(sql: postgres.Sql): Promise<[chain: Chain, length: number][]> {
  const cast = await castOf(sql);
  const completed = await taskIn(sql, cast, "completed");
  const pending = await taskIn(sql, cast, "pending");
  await agentToken(sql, "marketplace-kaway");
  await agentToken(sql, "marketplace-kaway");
  for (const role of ["admin", "user", "admin"]) {
    succeeded(await callAs(sql, service, "set_role", { user_id: cast.bob.userId, role }));
  }
  const chains: Chain[] = [
    { type: "settlement", id: await settledSession(sql, [cast.alice.userId, cast.bob.userId]) },
    { type: "task", id: completed.id },
    { type: "task", id: pending.id },
    { type: "agent", id: "marketplace-kaway" },
    { type: "user", id: cast.bob.userId },
  ];
  return await Promise.all(chains.map(async (chain) => [chain, await lengthOf(sql, chain)]));
}

/** A session that was won and paid; its id. */
async function settledSession(sql: postgres.Sql, userIds: readonly [string, string]): Promise<string> {
  const id = await wonSession(sql, userIds);
  for (const status of ["processing", "completed"]) {
    const report = { ["session_id"]: id, side: "payment", status };
    succeeded(await callAs(sql, service, "record_settlement", report));
  }
  return id;
}

/** Tampers with a chain, asks what verify_audit finds, and undoes it. */
export type Tamper = (
  chain: Chain,
  change: (sql: postgres.TransactionSql) => Promise<unknown>,
) => Promise<number | null | undefined>;

/** Lets a test tamper as often as it likes, in one transaction that leaves nothing behind. */
export async function tampering(
  database: FreshDatabase,
  work: (tamper: Tamper) => Promise<void>,
): Promise<void> {
  const undone = new Error("undone");
  await withoutTriggers(database, async (sql) => {
    // Whoever goes past the triggers goes past a check as well.
    await sql`alter table public.audit_logs drop constraint audit_logs_first_has_no_predecessor`;
    await work(async (chain, change) => {
      let found: number | null | undefined;
      await sql.savepoint(async (attempt) => {
        await change(attempt);
        const [row] = await attempt<{ broken: number | null }[]>`
          select (api.verify_audit(${chain.type}, ${chain.id}) ->> 'firstBrokenSeq')::integer as broken`;
        found = row?.broken;
        throw undone;
      }).catch(unless(undone));
      return found;
    });
    throw undone;
  }).catch(unless(undone));
}

function unless(expected: Error): (error: unknown) => void {
  return (error) => {
    if (error !== expected) throw error;
  };
}

/** Lets two rows change places. */
export async function swap(sql: postgres.TransactionSql, { type, id }: Chain, one: number, other: number) {
  await sql`
    update public.audit_logs set seq = seq + 100000
    where resource_type = ${type} and resource_id = ${id} and seq in (${one}, ${other})`;
  await sql`
    update public.audit_logs set seq = ${one + other + 100000} - seq
    where resource_type = ${type} and resource_id = ${id} and seq > 100000`;
}

/** Moves the rows behind and puts a row in between. */
export async function insertAfter(sql: postgres.TransactionSql, { type, id }: Chain, after: number) {
  await sql`
    update public.audit_logs set seq = seq + 100000
    where resource_type = ${type} and resource_id = ${id} and seq > ${after}`;
  await sql`
    update public.audit_logs set seq = seq - 99999
    where resource_type = ${type} and resource_id = ${id} and seq > 100000`;
  await sql`
    insert into public.audit_logs (
      resource_type, resource_id, seq, at, actor_kind, actor_id, action, prev_hash, hash
    )
    select resource_type, resource_id, seq + 1, at, 'user', 'forged', 'forged', hash, ''
    from public.audit_logs where resource_type = ${type} and resource_id = ${id} and seq = ${after}`;
}

/** Gives a row the hash it must carry as it stands now. */
export async function hashAnew(sql: postgres.TransactionSql, { type, id }: Chain, seq: number) {
  await sql`
    update public.audit_logs set hash = private.audit_hash(
      prev_hash, resource_type, resource_id, seq, at, actor_kind, actor_id, action, before, after, request_id
    )
    where resource_type = ${type} and resource_id = ${id} and seq = ${seq}`;
}

/** What verify_audit names; null where the chain holds. */
export async function firstBroken(
  sql: postgres.Sql,
  { type, id }: Chain,
): Promise<number | null | undefined> {
  const { body } = succeeded(await verifyAs(sql, service, type, id));
  assertEquals(body.ok, body.firstBrokenSeq === null);
  return body.firstBrokenSeq;
}

/** Asks for a chain to be verified, in a transaction that may not write. */
export async function verifyAs(sql: postgres.Sql, caller: Caller, type: string | null, id: string | null) {
  return await readOnlyCallAs(sql, caller, "verify_audit", { resource_type: type, resource_id: id });
}

/** How many rows a chain has. */
export async function lengthOf(sql: postgres.Sql, chain: Chain): Promise<number> {
  const [{ length = 0 } = {}] = await sql<{ length: number }[]>`
    select count(*)::integer as length from public.audit_logs
    where resource_type = ${chain.type} and resource_id = ${chain.id}`;
  return length;
}
