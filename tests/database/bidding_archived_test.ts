import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { inboxOf, inboxPage, runJob } from "../support/bidding_desk.ts";
import { duel, endedDuel } from "../support/bidding_duel.ts";
import { type BiddingBody, biddingCast, codeOf } from "../support/bidding_stage.ts";
import { tamperingWith } from "../support/bidding_tampering.ts";
import { callAs, type Caller, readOnlyCallAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { endedAgo, longEnded, paid } from "../support/ended_sessions.ts";
import { present } from "../support/present.ts";
import { STORY_TABLES, storyOf } from "../support/session_story.ts";
import { withoutTriggers } from "../support/superuser.ts";
import { succeeded } from "../support/tasks.ts";

Deno.test("an archived session answers like one that never was", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await longEnded(cast);
  const notice = present((await inboxOf(cast.sql, stage.who("A")))[0], "a notice");
  await runJob(cast.sql, "archive_sessions");
  const session = (id: string) => ({ ["session_id"]: id });
  const calls: readonly (readonly [string, Caller, (id: string) => Readonly<Record<string, unknown>>])[] = [
    ["submit_bid", stage.who("A"), (id) => ({ ...session(id), ["amount_cents"]: 900_000 })],
    ["set_auto_bid", stage.who("A"), (id) => ({ ...session(id), ["max_amount_cents"]: 900_000 })],
    ["get_auto_bid", stage.who("A"), session],
    ["withdraw_bid", stage.who("A"), session],
    ["get_session", stage.who("A"), session],
    ["get_session", cast.admin, session],
    ["cancel_session", cast.admin, (id) => ({ ...session(id), reason: "x" })],
    [
      "mark_notification_read",
      stage.who("A"),
      (id) => ({ ["notification_id"]: id === stage.id ? notice.id : id }),
    ],
  ];
  for (const [name, caller, args] of calls) {
    await t.step(`${name} as ${caller.userId === cast.admin.userId ? "an admin" : caller.role}`, async () => {
      const [archived, unknown] = [
        await callAs<BiddingBody>(cast.sql, caller, name, args(stage.id)),
        await callAs<BiddingBody>(cast.sql, caller, name, args(crypto.randomUUID())),
      ];
      assertEquals([archived.status, archived.text], [unknown.status, unknown.text]);
      assertEquals(["not_a_participant", "not_found"].includes(codeOf(archived)), true, codeOf(archived));
    });
  }
  assertEquals((await inboxPage(cast.sql, stage.who("A"))).body.notifications, []);
});

Deno.test("the ledger and the money of an archived session are still proven, and a change is found", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await longEnded(cast);
  const { seq } = (await stage.seenBy("A")).session;
  await runJob(cast.sql, "archive_sessions");
  assertEquals(await stage.firstBroken(), null);
  const settlement = () => verify(cast.sql, "settlement", stage.id);
  assertEquals((await settlement()).ok, true);
  const audit = await cast.sql<{ action: string }[]>`
    select action from public.audit_logs where resource_type = 'settlement' and resource_id = ${stage.id} order by seq`;
  assertEquals(audit.map(({ action }) => action), ["created", "moved", "moved"]);
  const changes: readonly (readonly [path: string, value: string, found: number])[] = [
    ["{bids,0,amount_cents}", "1", 3],
    ["{bids,2,user_id}", `"${crypto.randomUUID()}"`, 5],
    ["{events,0,data,rules,compensationBps}", "9999", 1],
    ["{session,seq}", `${seq + 1}`, seq + 1],
  ];
  for (const [path, value, found] of changes) {
    await cast.sql.begin(async (transaction) => {
      await transaction.unsafe(
        `update private.archived_sessions set document = jsonb_set(document, '${path}', '${value}')`,
      );
      const [row] = await transaction<{ broken: number | null }[]>`
        select private.first_broken_entry(${stage.id})::integer as broken`;
      assertEquals([path, row?.broken], [path, found]);
      throw undone;
    }).catch((error) => assertEquals(error, undone));
  }
  await withoutTriggers(
    database,
    (sql) => sql`delete from public.audit_logs where resource_type = 'settlement' and seq = 3`,
  );
  assertEquals(await settlement(), { ok: false, firstBrokenSeq: 3 });
});

Deno.test("an archived session verifies as it did before, and a change of any part of it is named", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await endedDuel(cast);
  await paid(stage);
  const open = await duel(cast);
  await open.cancel();
  for (const ended of [stage, open]) await endedAgo(ended, 31);
  assertEquals((await runJob(cast.sql, "archive_sessions")).processed, 2);
  for (const ended of [stage, open]) await ended.assertHonest();

  const ids = new Map([..."ABC"].map((letter) => [letter, stage.who(letter).userId]));
  const inOrder = [...ids.values()].toSorted();
  const rowOf = (letter: string) => inOrder.indexOf(ids.get(letter) ?? "");
  const changes: readonly (readonly [document: string, what: string])[] = [
    ["document #- '{bids,3}'", "the next seq of the ledger"],
    ["jsonb_set(document, '{bids,3,amount_cents}', '242001')", "hash of entry 6"],
    [`jsonb_set(document, '{events,3,data,participant}', '"B"')`, "hash of entry 11"],
    ["jsonb_set(document, '{session,compensation_bps}', '2501')", "the rules"],
    [`jsonb_set(document, '{session,ended_at}', '"2026-01-01T00:00:00Z"')`, "ended at"],
    [`jsonb_set(document, '{session,leader_id}', '"${ids.get("B")}"')`, "leader"],
    [`jsonb_set(document, '{participants,${rowOf("A")},alias}', '"Z"')`, "entry 10: what it tells"],
    [
      `jsonb_set(document, '{participants,${rowOf("C")},withdrawn_at}', 'null')`,
      `the withdrawal of ${ids.get("C")}`,
    ],
    [`document #- '{autoBids,${rowOf("B")}}'`, `the auto-bid row of ${ids.get("B")}`],
    [`jsonb_set(document, '{autoBids,${rowOf("B")},rounds_used}', '2')`, `rounds of ${ids.get("B")}`],
    ["document #- '{details,1}'", `rounds of ${ids.get("B")}`],
  ];
  await tamperingWith(stage, async (tamper) => {
    for (const [document, what] of changes) {
      const { difference } = await tamper(
        `update private.archived_sessions set document = ${document} where session_id = :id`,
      );
      assertEquals([document, difference?.what], [document, what]);
    }
    const { difference } = await tamper(
      "update public.bidding_results set loser_id = :C where session_id = :id",
    );
    assertEquals(difference?.what, "loser");
  });
});

Deno.test("nothing but the archive removes what belongs to a session", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await longEnded(cast);
  const before = await storyOf(cast.sql, stage.id);
  const tables = [
    "public.bidding_sessions",
    "public.bidding_results",
    ...STORY_TABLES.map(([, table]) => table),
  ];
  for (const table of tables) {
    for (
      const statement of [
        `delete from ${table}`,
        `delete from ${table} where false`,
        `truncate ${table} cascade`,
      ]
    ) {
      await assertRejected(cast.sql, statement);
    }
  }
  assertEquals(await storyOf(cast.sql, stage.id), before);
  // Not even within the archive's own transaction, once it is done.
  await cast.sql.begin(async (transaction) => {
    await transaction`select private.archive_sessions()`;
    await transaction`delete from public.bids`;
  }).then(() => "went through", (error: postgres.PostgresError) => error.code).then((code) =>
    assertEquals(code, "PT403")
  );
});

const undone = new Error("undone");

async function verify(sql: postgres.Sql, type: string, id: string) {
  const args = { ["resource_type"]: type, ["resource_id"]: id };
  return succeeded(await readOnlyCallAs<BiddingBody>(sql, service, "verify_audit", args)).body;
}

async function assertRejected(sql: postgres.Sql, statement: string): Promise<void> {
  const code = await sql.unsafe(statement).then(
    () => "went through",
    (error: postgres.PostgresError) => error.code,
  );
  assertEquals([statement, code], [statement, "PT403"]);
}
