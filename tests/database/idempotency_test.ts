import { assertEquals, assertNotEquals } from "@std/assert";
import type postgres from "postgres";
import { callAs } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { crowdOf, released } from "../support/races.ts";
import { aTask, castOf, succeeded, taskIn, taskOf, withoutLimits } from "../support/tasks.ts";
import { WRITES } from "../support/writes.ts";

async function audited(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`select count(*)::integer as rows from public.audit_logs`;
  return row?.rows ?? 0;
}

function aKey(): Readonly<Record<string, string>> {
  return { "idempotency-key": crypto.randomUUID() };
}

Deno.test("every write that is sent again with its key answers the same bytes and happens once", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  for (const [said, prepare] of WRITES) {
    const { caller, name, args, otherArgs, effects } = await prepare(sql, cast);
    const key = aKey();
    const before = await audited(sql);
    const first = succeeded(await callAs(sql, caller, name, args, key));
    assertEquals(first.headers["idempotency-replayed"], undefined, said);
    for (let again = 0; again < 2; again += 1) {
      const replay = await callAs(sql, caller, name, args, key);
      assertEquals([replay.status, replay.text], [first.status, first.text], said);
      assertEquals(replay.headers["idempotency-replayed"], "true", said);
    }
    const reuse = await callAs(sql, caller, name, otherArgs, key);
    assertEquals([reuse.status, reuse.body.code], [422, "idempotency_key_reused"], said);
    assertEquals(reuse.headers["idempotency-replayed"], undefined, said);
    assertEquals(await audited(sql), before + effects, said);
    // The key that was used wrongly still stands for the first request.
    assertEquals((await callAs(sql, caller, name, args, key)).text, first.text, said);
  }
});

Deno.test("16 first calls of every write with one key at once happen once and answer the same bytes", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  await using crowd = crowdOf(database.url, 16);
  for (const [said, prepare] of WRITES) {
    const { caller, name, args, effects, lock } = await prepare(sql, cast);
    const key = aKey();
    const before = await audited(sql);
    const racers = Array.from({ length: 16 }, () => () => callAs(crowd.sql, caller, name, args, key));
    const answers = await released(sql, lock, racers);
    assertEquals(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1, said);
    succeeded(answers[0] ?? await callAs(sql, caller, name, args, key));
    const replayed = answers.filter(({ headers }) => headers["idempotency-replayed"] === "true");
    assertEquals(replayed.length, 15, said);
    assertEquals(await audited(sql), before + effects, said);
  }
});

Deno.test("a refusal is kept under its key, though the request would succeed by now", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const { admin, amazon, alice } = cast;
  const { id } = await taskIn(sql, cast, "awaiting_approval");
  const assign = (headers: Readonly<Record<string, string>>) =>
    callAs(sql, admin, "assign_task", { task_id: id, assigned_to: alice.userId }, headers);
  const key = aKey();
  const refusal = await assign(key);
  assertEquals([refusal.status, refusal.body.code], [409, "invalid_transition"]);
  succeeded(await callAs(sql, admin, "approve_tasks", { task_ids: [id], approved: true }));
  const replay = await assign(key);
  assertEquals([replay.status, replay.text, replay.headers["idempotency-replayed"]], [
    409,
    refusal.text,
    "true",
  ]);
  assertEquals((await assign(aKey())).status, 200);

  const refused: [string, Record<string, unknown>, number][] = [
    ["create_task", { task: aTask({ title: "" }) }, 400],
    ["create_task", { task: aTask({ marketplace: "shopee" }) }, 403],
    ["create_tasks", { tasks: [] }, 400],
    ["create_tasks", { tasks: [aTask({ estimatedHours: 0 })] }, 422],
    ["submit_task", { task_id: crypto.randomUUID() }, 404],
    ["cancel_task", { task_id: id }, 409],
  ];
  for (const [name, args, status] of refused) {
    const headers = aKey();
    const first = await callAs(sql, amazon, name, args, headers);
    const second = await callAs(sql, amazon, name, args, headers);
    assertEquals([first.status, second.status, second.text], [status, status, first.text], name);
    assertEquals(second.headers["idempotency-replayed"], "true", name);
  }
});

Deno.test("a request that came too often is welcome later under the same key", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { amazon } = await castOf(sql);
  const limitTo = (most: number) =>
    sql`update private.rate_limits set max_requests = ${most}, period_seconds = 1 where operation = 'create_task'`;
  await sql`update private.rate_limits set max_requests = 1, period_seconds = 86400 where operation = 'create_task'`;
  succeeded(await callAs(sql, amazon, "create_task", { task: aTask() }));
  const key = aKey();
  assertEquals((await callAs(sql, amazon, "create_task", { task: aTask() }, key)).status, 429);
  assertEquals((await callAs(sql, amazon, "create_task", { task: aTask() }, key)).status, 429);
  await limitTo(1_000_000);
  const { status, headers } = await callAs(sql, amazon, "create_task", { task: aTask() }, key);
  assertEquals([status, headers["idempotency-replayed"]], [201, undefined]);

  const quotaOf = (dailyQuota: number) =>
    sql`update public.agents set daily_quota = ${dailyQuota} where id = ${amazon.agentId}`;
  await quotaOf(2);
  const late = aKey();
  const refusal = await callAs(sql, amazon, "create_task", { task: aTask() }, late);
  assertEquals([refusal.status, refusal.body.code], [429, "quota_exceeded"]);
  await quotaOf(3);
  assertEquals((await callAs(sql, amazon, "create_task", { task: aTask() }, late)).status, 201);
});

Deno.test("a replay costs no rate token and a replay is answered though the tokens are spent", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { amazon } = await castOf(sql);
  await sql`update private.rate_limits set max_requests = 1 where operation = 'create_task'`;
  const key = aKey();
  const first = taskOf(await callAs(sql, amazon, "create_task", { task: aTask() }, key));
  for (let again = 0; again < 3; again += 1) {
    assertEquals(taskOf(await callAs(sql, amazon, "create_task", { task: aTask() }, key)), first);
  }
});

Deno.test("a key is 1 to 255 printable characters", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { shopee } = await castOf(sql);
  const args = { task: aTask({ marketplace: "shopee" }) };
  const before = await audited(sql);
  for (const key of ["", "k".repeat(256), "a\u0007b", "a\nb", "a\tb", "a\u007f", "schlüssel", "🔑"]) {
    const { status, body } = await callAs(sql, shopee, "create_task", args, { "idempotency-key": key });
    const said = JSON.stringify(key);
    assertEquals([status, body.code, body.details?.issues?.[0]?.path], [
      400,
      "invalid_request",
      "Idempotency-Key",
    ], said);
  }
  assertEquals(await audited(sql), before);
  for (const key of ["k", " ", "~".repeat(255), `"quoted' \\ {}`]) {
    const headers = { "idempotency-key": key };
    const first = taskOf(await callAs(sql, shopee, "create_task", args, headers));
    assertEquals(taskOf(await callAs(sql, shopee, "create_task", args, headers)), first, key);
  }
});

Deno.test("a key belongs to one caller and one operation", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const key = aKey();
  const task = aTask();
  const ofAmazon = taskOf(await callAs(sql, cast.amazon, "create_task", { task }, key));
  const ofMaster = taskOf(await callAs(sql, cast.master, "create_task", { task }, key));
  assertNotEquals(ofAmazon.id, ofMaster.id);
  const submitted = await callAs(sql, cast.amazon, "submit_task", { task_id: ofAmazon.id }, key);
  assertEquals([submitted.status, submitted.headers["idempotency-replayed"]], [200, undefined]);
  const cancelled = await callAs(sql, cast.amazon, "cancel_task", { task_id: ofAmazon.id }, key);
  assertEquals(taskOf(cancelled).status, "cancelled");
});

Deno.test("after 24 hours a key is new", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { shopee } = await castOf(sql);
  const args = { task: aTask({ marketplace: "shopee" }) };
  const key = aKey();
  const ageBy = (age: string) =>
    sql`update private.idempotency_keys set created_at = clock_timestamp() - ${age}::interval`;
  const first = taskOf(await callAs(sql, shopee, "create_task", args, key));
  await ageBy("23 hours 59 minutes");
  assertEquals(taskOf(await callAs(sql, shopee, "create_task", args, key)), first);
  await ageBy("24 hours");
  const second = await callAs(sql, shopee, "create_task", args, key);
  assertEquals(second.headers["idempotency-replayed"], undefined);
  assertNotEquals(taskOf(second).id, first.id);
  assertEquals((await callAs(sql, shopee, "create_task", args, key)).text, second.text);
});

Deno.test("without a key every call is one of its own", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { shopee } = await castOf(sql);
  const args = { task: aTask({ marketplace: "shopee" }) };
  const first = taskOf(await callAs(sql, shopee, "create_task", args));
  const second = taskOf(await callAs(sql, shopee, "create_task", args));
  assertNotEquals(first.id, second.id);
});
