import { assert, assertEquals } from "@std/assert";
import { decodeBase64Url, encodeBase64Url } from "@std/encoding";
import type postgres from "postgres";
import { callAs, type Caller, readOnlyCallAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { aTask, type Cast, castOf, succeeded, withoutLimits } from "../support/tasks.ts";

const PAGE = 7;

/** Every id of a list in the order of its pages. */
async function walk(sql: postgres.Sql, sort: string, order: string): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const filter: Record<string, unknown> = {
      sort,
      order,
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    };
    const { body } = succeeded(await callAs(sql, service, "list_tasks", { filter }));
    ids.push(...present(body.tasks, "tasks").map(({ id }) => id));
    cursor = body.nextCursor ?? null;
  } while (cursor !== null);
  return ids;
}

/** When each task was submitted; its other sort keys never change. */
async function submissions(sql: postgres.Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ id: string; at: string }[]>`
    select t.id, coalesce(t.submitted_at::text, 'never') as at from public.marketplace_tasks as t`;
  return new Map(rows.map(({ id, at }) => [id, at]));
}

function writers(sql: postgres.Sql, cast: Cast): readonly (() => Promise<unknown>)[] {
  const oneOf = async (status: string) => {
    const [row] = await sql<{ id: string }[]>`
      select t.id from public.marketplace_tasks as t
      where t.status = ${status} and t.created_by = 'marketplace-amazon' order by random() limit 1`;
    return row?.id ?? crypto.randomUUID();
  };
  return [
    () => callAs(sql, cast.master, "create_tasks", { tasks: [aTask({ priority: "high" }), aTask()] }),
    () => callAs(sql, cast.amazon, "create_task", { task: aTask({ priority: "low" }) }),
    async () => callAs(sql, cast.amazon, "submit_task", { task_id: await oneOf("pending") }),
    async () => {
      const id = await oneOf("awaiting_approval");
      return await callAs(sql, cast.admin, "approve_tasks", { task_ids: [id], approved: true });
    },
  ];
}

Deno.test("paging neither skips nor repeats while four writers propose and decide", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  const tasks = Array.from({ length: 60 }, () => aTask());
  succeeded(await callAs(sql, cast.master, "create_tasks", { tasks }));
  succeeded(await callAs(sql, cast.amazon, "create_tasks", { tasks }));

  let reading = true;
  const written = writers(sql, cast).map(async (write) => {
    let times = 0;
    for (; reading; times += 1) await write();
    return times;
  });
  try {
    for (const sort of ["created_at", "priority", "submitted_at"]) {
      for (const order of ["desc", "asc"]) {
        const before = await submissions(sql);
        const ids = await walk(sql, sort, order);
        const after = await submissions(sql);
        const said = `${sort} ${order}`;
        const seen = new Set(ids);
        const held = [...before.keys()].filter((id) =>
          sort !== "submitted_at" || before.get(id) === after.get(id)
        );
        assertEquals(held.filter((id) => !seen.has(id)), [], `${said}: skipped`);
        const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
        const moved = (id: string) => sort === "submitted_at" && before.get(id) !== after.get(id);
        assertEquals(repeated.filter((id) => !moved(id)), [], `${said}: repeated`);
        assert(held.length > 60, said);
      }
    }
  } finally {
    reading = false;
  }
  for (const times of await Promise.all(written)) assert(times > 5, `${times}`);
});

function encoded(content: unknown): string {
  return encodeBase64Url(JSON.stringify(content));
}

/** What a cursor holds, so that a test may change a part of it. */
function decoded(cursor: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(decodeBase64Url(cursor)));
}

async function statusAndCode(sql: postgres.Sql, caller: Caller, filter: Record<string, unknown>) {
  const { status, body } = await readOnlyCallAs(sql, caller, "list_tasks", { filter });
  return [status, body.code ?? "none"];
}

async function cursorOf(sql: postgres.Sql, filter: Record<string, unknown>): Promise<string> {
  const { body } = succeeded(await readOnlyCallAs(sql, service, "list_tasks", { filter }));
  return present(body.nextCursor, "a cursor");
}

Deno.test("a cursor of another order, of nothing, or made up is refused as such", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { master, alice } = await castOf(sql);
  succeeded(await callAs(sql, master, "create_tasks", { tasks: Array.from({ length: 3 }, () => aTask()) }));
  const cursor = await cursorOf(sql, { limit: 1 });
  const feed = await cursorOf(sql, { since: "start", limit: 1 });
  const id = crypto.randomUUID();
  const page = decoded(cursor);
  assertEquals(await statusAndCode(sql, alice, { cursor: encoded(page) }), [200, "none"]);
  const nobodys = encoded({ ...page, key: ["2026-01-01T00:00:00Z", id] });
  assertEquals(await statusAndCode(sql, alice, { cursor: nobodys }), [200, "none"]);
  const refused: Record<string, unknown>[] = [
    { cursor, sort: "priority" },
    { cursor, sort: "submitted_at" },
    { cursor, order: "asc" },
    { cursor, status: "pending" },
    { cursor, createdBy: "marketplace-amazon" },
    { cursor: feed },
    { cursor: cursor.slice(0, -3) },
    { cursor: "x" },
    { cursor: "ÄÖÜ 🙂" },
    { cursor: "' or 1 = 1 --" },
    { cursor: encoded(null) },
    { cursor: encoded([]) },
    { cursor: encoded("start") },
    { cursor: encoded({ ...page, key: [] }) },
    { cursor: encoded({ ...page, key: ["2026-01-01T00:00:00Z", id, id] }) },
    { cursor: encoded({ ...page, key: ["yesterday or so", id] }) },
    { cursor: encoded({ ...page, key: ["2026-01-01T00:00:00 Nowhere/Else", id] }) },
    { cursor: encoded({ ...page, key: ["999999-01-01T00:00:00Z", id] }) },
    { cursor: encoded({ ...page, key: ["2026-01-01T00:00:00Z", "'); drop table x; --"] }) },
    { cursor: encoded({ ...page, key: [{ a: 1 }, [2]] }) },
    { cursor: encoded({ ...page, key: [null, null] }) },
    { cursor: encoded({ ...page, key: "2026-01-01T00:00:00Z" }) },
    { cursor: encoded({ ...page, of: undefined }) },
    { cursor: encoded({ ...page, total: "many" }) },
    { cursor: encoded({ ...page, total: -1 }) },
    { cursor: encoded({ ...page, total: 1e300 }) },
    { since: cursor },
    { since: "yesterday" },
    { since: encoded({}) },
    { since: encoded({ xid: "1", number: "1", of: "1:2:3" }) },
  ];
  const accepted = [];
  for (const filter of refused) {
    const [status, code] = await statusAndCode(sql, alice, filter);
    if (status !== 400 || code !== "cursor_invalid") accepted.push({ ...filter, status, code });
  }
  assertEquals(accepted, []);
});

Deno.test("a cursor of the feed belongs to one database", async () => {
  await using one = await freshDatabase();
  await using other = await freshDatabase();
  const { alice } = await castOf(one.sql);
  for (const since of ["start", "now"]) {
    const own = await cursorOf(one.sql, { since });
    const foreign = await cursorOf(other.sql, { since });
    assertEquals(await statusAndCode(one.sql, alice, { since: own }), [200, "none"]);
    assertEquals(await statusAndCode(one.sql, alice, { since: foreign }), [400, "cursor_invalid"]);
  }
});

Deno.test("what only reads runs in a transaction that may not write, and what writes does not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, shopee } = await castOf(sql);
  const task = aTask({ marketplace: "shopee" });
  const { body } = succeeded(await callAs(sql, shopee, "create_task", { task }));
  const reads: [string, Record<string, unknown>][] = [
    ["list_tasks", {}],
    ["list_tasks", { filter: { since: "start" } }],
    ["list_tasks", { filter: { q: "listing", sort: "priority", limit: 1 } }],
    ["task_stats", { filter: { groupBy: "agent" } }],
    ["approval_queue", { filter: { limit: 10, marketplace: "shopee" } }],
    ["orchestrator_status", {}],
    ["verify_audit", { resource_type: "task", resource_id: body.task?.id }],
    ["public.get_marketplace_daily_stats", {}],
  ];
  for (const [name, args] of reads) {
    const answer = await readOnlyCallAs(sql, admin, name, args);
    assertEquals([answer.status, answer.sqlstate], [200, null], `${name}: ${answer.text}`);
    // A refusal too must not write.
    if (name !== "orchestrator_status" && "filter" in args) {
      const refusal = await readOnlyCallAs(sql, admin, name, { filter: { colour: "red" } });
      assertEquals([refusal.status, refusal.body.code], [400, "invalid_request"], name);
    }
  }
  const write = await readOnlyCallAs(sql, shopee, "create_task", { task });
  assertEquals([write.status, write.sqlstate], [405, "25006"]);
});
