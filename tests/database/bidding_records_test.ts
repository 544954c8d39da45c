import { assertEquals } from "@std/assert";
import { BIDDING_TABLES, refusalOf, type Stages, stagesOf, WRITERS } from "../support/bidding_guards.ts";
import { biddingCast } from "../support/bidding_stage.ts";
import { callAs } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";

/** Fails unless every writer is refused every statement with that SQLSTATE. */
async function assertRefused(
  database: FreshDatabase,
  stages: Stages,
  statements: readonly string[],
  expected: string | null,
): Promise<void> {
  for (const statement of statements) {
    for (const writer of WRITERS) {
      const refusal = await refusalOf(database, stages, statement, writer);
      assertEquals([statement, writer, refusal], [statement, writer, expected]);
    }
  }
}

Deno.test("nothing of a session is deleted or truncated, whatever its state", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  for (const table of BIDDING_TABLES) {
    await assertRefused(database, stages, [
      `delete from ${table} where session_id = ':active'`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ], "PT403");
  }
  await assertRefused(database, stages, [
    "delete from public.bidding_results where session_id = ':completed'",
    "delete from public.bidding_sessions where session_id = ':cancelled'",
    "truncate public.bid_details",
  ], "PT403");
});

Deno.test("the ledger is append-only: no column of a bid, a detail or an event is rewritten", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  for (const table of ["public.bids", "public.bid_details", "private.session_events"]) {
    const columns = await database.sql<{ name: string }[]>`
      select a.attname as name from pg_catalog.pg_attribute as a
      where a.attrelid = ${table}::regclass and a.attnum > 0 and not a.attisdropped`;
    const changes = columns.map(({ name }) =>
      `update ${table} set ${name} = ${name} where session_id = ':active'`
    );
    await assertRefused(database, stages, changes, "PT403");
  }
  await assertRefused(database, stages, [
    "update public.bids set amount_cents = 1 where session_id = ':completed'",
    "insert into public.bids select * from public.bids on conflict on constraint bids_pkey do update set leads = true",
  ], "PT403");
});

Deno.test("a participant withdraws once, and nothing else about him changes", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  const change = (set: string) =>
    `update public.bidding_participants set ${set} where session_id = ':active'`;
  await assertRefused(database, stages, [
    change("alias = alias || 'x'"),
    change("user_id = ':stranger'"),
    change("session_id = ':fresh'"),
    change("archetype = 'high_flex'"),
    change("joined_at = now()"),
    change("withdrawn_at = null"),
    change("withdrawn_at = now(), alias = alias || 'x'"),
  ], "PT403");
  await assertRefused(database, stages, [change("withdrawn_at = now()")], null);
  assertEquals((await stages.active.withdraw("C")).status, 200);
  await assertRefused(database, stages, [
    `${change("withdrawn_at = null")} and user_id = ':c'`,
    `${change("withdrawn_at = now()")} and user_id = ':c'`,
  ], "PT403");
});

Deno.test("a result is decided once; only how its money moves is written afterwards", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  const change = (set: string) => `update public.bidding_results set ${set} where session_id = ':completed'`;
  await assertRefused(database, stages, [
    change("session_id = ':active'"),
    change("winner_id = loser_id, loser_id = winner_id"),
    change("loser_id = ':c'"),
    change("loser_id = null, compensation_cents = 0, platform_revenue_cents = 110000, payout_status = null"),
    change("currency = 'EUR'"),
    change("winning_bid_cents = 120000, platform_revenue_cents = 92500"),
    change("compensation_cents = 0, platform_revenue_cents = 110000, payout_status = null"),
    change("platform_revenue_cents = 100, compensation_cents = 109900"),
    change("decided_at = now()"),
  ], "PT403");
  await assertRefused(database, stages, [
    change("payment_status = 'completed'"),
    change("payout_status = 'processing'"),
  ], null);
});

Deno.test("a notification is marked read, once, and never rewritten", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  const change = (set: string) =>
    `update public.bidding_notifications set ${set} where session_id = ':active'`;
  const columns = [
    "notification_id = gen_random_uuid()",
    "user_id = ':stranger'",
    "session_id = ':fresh'",
    "type = 'outbid'",
    "seq = seq + 1",
    "data = data || '{\"priceCents\": 1}'",
    "created_at = now()",
  ];
  await assertRefused(database, stages, [
    ...columns.map(change),
    ...columns.map((column) => change(`${column}, read_at = now()`)),
    change("read_at = null"),
  ], "PT403");
  await assertRefused(database, stages, [change("read_at = now()")], null);

  const who = stages.active.who("A");
  const [told] = await database.sql<{ id: string }[]>`
    select n.notification_id as id from public.bidding_notifications as n
    where n.user_id = ${who.userId} and n.session_id = ${stages.active.id}`;
  assertEquals(
    (await callAs(database.sql, who, "mark_notification_read", { ["notification_id"]: told?.id })).status,
    200,
  );
  await assertRefused(database, stages, [
    `update public.bidding_notifications set read_at = now() where notification_id = '${told?.id}'`,
    `update public.bidding_notifications set read_at = null where notification_id = '${told?.id}'`,
  ], "PT403");
});

Deno.test("nobody is told the same thing of a session twice", async () => {
  await using database = await freshDatabase();
  await stagesOf(await biddingCast(database));
  const again = await database.sql<{ told: boolean }[]>`
    select private.notify(s, n.user_id, n.type, n.seq, n.data) as told
    from public.bidding_notifications as n join public.bidding_sessions as s using (session_id)`;
  assertEquals(again.length > 10, true);
  assertEquals(again.filter(({ told }) => told), []);
});

Deno.test("no role of the Data API writes to any table of bidding", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  for (const table of BIDDING_TABLES) {
    for (const role of ["service_role", "authenticated", "anon"] as const) {
      for (
        const statement of [
          `insert into ${table} select * from ${table}`,
          `update ${table} set session_id = session_id`,
          `delete from ${table}`,
          `truncate ${table}`,
        ]
      ) {
        assertEquals([statement, role, await refusalOf(database, stages, statement, role)], [
          statement,
          role,
          "42501",
        ]);
      }
    }
  }
});

Deno.test("a second result, a second close, a bid or an event with a number that is taken, go nowhere", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  const copies: readonly (readonly [statement: string, constraint: string])[] = [
    ["insert into public.bidding_results select * from public.bidding_results", "bidding_results_pkey"],
    ["insert into public.bids select * from public.bids", "bids_pkey"],
    ["insert into private.session_events select * from private.session_events", "session_events_pkey"],
    [
      "insert into private.session_events select session_id, seq + 1, type, at, actor_kind, actor_id, data, hash " +
      "from private.session_events where type = 'session_closed'",
      "session_events_closed_once",
    ],
  ];
  for (const [statement, constraint] of copies) {
    await assertRefused(database, stages, [statement], constraint);
  }
  // Whoever closes again finds it closed: nothing is written.
  const before = await stages.completed.seenBy("A");
  await database.sql`
    select private.close_session(s) from public.bidding_sessions as s where s.session_id = ${stages.completed.id}`;
  assertEquals(await stages.completed.seenBy("A"), before);
});
