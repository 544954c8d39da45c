import { assertEquals, assertNotEquals } from "@std/assert";
import type postgres from "postgres";
import { play, played } from "../support/bidding_moves.ts";
import { biddingCast, codeOf, openStage, type Stage } from "../support/bidding_stage.ts";
import { becomeWithin, readOnlyCallAs } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";

const READABLE = [
  "bidding_sessions",
  "bidding_participants",
  "bids",
  "bid_details",
  "bidding_auto_bids",
  "bidding_results",
  "bidding_notifications",
] as const;

/** Everything somebody can get at: answers, rows, the order of his inbox, what Realtime sent to him and to all. */
async function allSeenBy(stage: Stage, letter: string): Promise<string> {
  const { sql } = stage.cast;
  const who = stage.who(letter);
  const inbox = await readOnlyCallAs(sql, who, "list_notifications", { filter: {} });
  const rows = await sql.begin(async (transaction) => {
    await becomeWithin(transaction, who);
    const tables: unknown[] = [];
    for (const table of READABLE) tables.push(await rowsOf(transaction, table));
    return tables;
  });
  const messages = await sql`
    select m.topic, m.event, m.payload from realtime.messages as m
    where m.topic in (${`bidding:${stage.id}`}, ${`user:${who.userId}`}) order by m.inserted_at, m.id`;
  return JSON.stringify([await stage.seenBy(letter), inbox.text, rows, messages]);
}

/** The columns that the role may read, of the rows that it may. */
async function rowsOf(sql: postgres.TransactionSql, table: string): Promise<unknown> {
  const columns = await sql<{ name: string }[]>`
    select a.attname as name from pg_catalog.pg_attribute as a
    where a.attrelid = ${`public.${table}`}::regclass and a.attnum > 0 and not a.attisdropped
      and has_column_privilege(a.attrelid, a.attnum, 'select')`;
  assertNotEquals(columns.length, 0, table);
  return await sql`select ${sql(columns.map(({ name }) => name))} from public.${sql(table)} order by 1, 2`;
}

Deno.test("whatever a leader does about his ceiling, nobody else can see that he did", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database), {}, "ABC");
  await played(stage, "A ceiling 500000, B bids 200000");
  const moves =
    "A ceiling 900000, A ceiling 900000, A ceiling 220001, A ceiling 220000, A clears, A clears, " +
    "A ceiling 100000000000";
  for (const move of moves.split(", ")) {
    const before = [await allSeenBy(stage, "B"), await allSeenBy(stage, "C")];
    const own = await allSeenBy(stage, "A");
    await played(stage, move);
    assertEquals([await allSeenBy(stage, "B"), await allSeenBy(stage, "C")], before, move);
    // The test can see what there is to be seen.
    if (move !== "A clears") assertNotEquals(await allSeenBy(stage, "A"), own, move);
  }
  await stage.assertHonest();
});

Deno.test("a leader who leads by hand sets, changes and clears a ceiling unseen", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  await played(stage, "A bids 150000");
  const before = await allSeenBy(stage, "B");
  await played(stage, "A ceiling 150000, A ceiling 400000, A clears");
  assertEquals(await allSeenBy(stage, "B"), before);
});

Deno.test("rivals see the same whatever an unexhausted ceiling is", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const seen: unknown[] = [];
  for (const ceiling of [242_001, 500_000, 100_000_000_000]) {
    const stage = await openStage(cast);
    await played(stage, `A ceiling ${ceiling}`);
    const answers = await play(
      stage,
      "B bids 109999, B ceiling 150000, B ceiling 150000, B bids 200000, B bids 1, B bids 900000",
    );
    const texts = answers.map(({ status, text }) => `${status} ${anonymous(text)}`);
    const { events } = await stage.seenBy("B");
    seen.push([texts, anonymous(JSON.stringify(events)), await stage.bids()]);
  }
  assertEquals(seen[1], seen[0]);
  assertEquals(seen[2], seen[0]);
});

/** Ids and instants, which differ from session to session, made alike. */
function anonymous(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+\+00:00/g, "instant");
}

Deno.test("a leader lowers his ceiling down to the price and not below it", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  await played(stage, "A ceiling 500000, B bids 200000");
  const refused = await stage.ceiling("A", 219_999);
  assertEquals([refused.status, codeOf(refused), refused.body.details], [422, "ceiling_too_low", {
    minimumCents: 220_000,
  }]);
  const [lowered] = await played(stage, "A ceiling 220000");
  assertEquals(lowered?.body.autoBid?.maxAmountCents, 220_000);
  assertEquals([lowered?.body.bid, await stage.standing()], [null, "A at 220000"]);
});

Deno.test("a ceiling that was refused leaves the one before it", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  await played(stage, "A ceiling 500000, B ceiling 200000");
  for (const [letter, amount] of [["A", 219_999], ["B", 241_999], ["B", 0], ["A", -1]] as const) {
    assertNotEquals(codeOf(await stage.ceiling(letter, amount)), "ok");
  }
  assertEquals(await ceilingOf(stage, "A"), 500_000);
  assertEquals(await ceilingOf(stage, "B"), 200_000);
});

async function ceilingOf(stage: Stage, letter: string): Promise<unknown> {
  const args = { ["session_id"]: stage.id };
  const { body } = await readOnlyCallAs<{ autoBid: { maxAmountCents: number } | null }>(
    stage.cast.sql,
    stage.who(letter),
    "get_auto_bid",
    args,
  );
  return body.autoBid?.maxAmountCents ?? null;
}

Deno.test("everybody is told his own ceiling: when it is set, asked for, beaten, cleared, and when he bids", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  const [set, , byHand, cleared] = await played(
    stage,
    "A ceiling 150000, B ceiling 500000, A bids 181500, A clears",
  );
  assertEquals(set?.body.autoBid?.maxAmountCents, 150_000);
  assertEquals(set?.body.autoBid?.maxAmount, 1500);
  assertEquals(byHand?.body.autoBid?.maxAmountCents, 150_000);
  assertEquals([cleared?.body.autoBid, await ceilingOf(stage, "A")], [null, null]);
  assertEquals(await ceilingOf(stage, "B"), 500_000);
});

Deno.test("clearing a ceiling takes no bid back, of a leader or of another", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  await played(stage, "A ceiling 500000, B ceiling 200000");
  const bids = await stage.bids();
  await played(stage, "A clears, B clears, B clears");
  assertEquals([await stage.standing(), await stage.bids()], ["A at 220000", bids]);
  await stage.assertHonest();
});

Deno.test("whoever does not lead bids by setting a ceiling, and is shown the bid", async () => {
  await using database = await freshDatabase();
  const stage = await openStage(await biddingCast(database));
  const [alone, beaten, leading] = await played(
    stage,
    "A ceiling 150000, B ceiling 120000, B ceiling 200000",
  );
  assertEquals([alone?.body.bid?.amountCents, alone?.body.session?.youLead], [100_000, true]);
  assertEquals([beaten?.body.bid?.amountCents, beaten?.body.session?.youLead], [120_000, false]);
  assertEquals([leading?.body.bid?.amountCents, leading?.body.session?.youLead], [165_000, true]);
  assertEquals(leading?.body.session?.currentPriceCents, 165_000);
});
