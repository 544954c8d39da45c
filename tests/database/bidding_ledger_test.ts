import { assertEquals, assertNotEquals } from "@std/assert";
import { endedDuel } from "../support/bidding_duel.ts";
import { biddingCast, type Stage } from "../support/bidding_stage.ts";
import { tamperingWith } from "../support/bidding_tampering.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { withoutTriggers } from "../support/superuser.ts";

/** How many entries the ledger of an ended duel has. */
const LENGTH = 12;
const BIDS: readonly number[] = [3, 4, 5, 6, 7, 8, 9];
const EVENTS: readonly number[] = [1, 2, 10, 11, 12];

/** For every column of an entry a change of it, the hash left as it is. */
const BID_CHANGES: readonly (readonly [column: string, change: string])[] = [
  ["session_id", "session_id = gen_random_uuid()"],
  ["seq", "seq = seq + 1000"],
  ["bid_id", "bid_id = gen_random_uuid()"],
  ["user_id", "user_id = gen_random_uuid()"],
  ["amount_cents", "amount_cents = amount_cents + 1"],
  ["previous_amount_cents", "previous_amount_cents = coalesce(previous_amount_cents - 1, 0)"],
  ["leads", "leads = not leads"],
  ["placed_at", "placed_at = placed_at - interval '1 microsecond'"],
  ["expires_at", "expires_at = expires_at + interval '1 microsecond'"],
  ["hash", "hash = sha256(hash)"],
];
const EVENT_CHANGES: readonly (readonly [column: string, change: string])[] = [
  ["session_id", "session_id = gen_random_uuid()"],
  ["seq", "seq = seq + 1000"],
  ["type", "type = case type when 'session_started' then 'session_extended' else 'session_started' end"],
  ["at", "at = at + interval '1 microsecond'"],
  ["actor_kind", "actor_kind = case actor_kind when 'user' then 'service' else 'user' end"],
  ["actor_id", "actor_id = actor_id || ' '"],
  ["data", `data = data || '{"forged": null}'`],
  ["hash", "hash = sha256(hash)"],
];

const KINDS = [
  { table: "public.bids", seqs: BIDS, changes: BID_CHANGES },
  { table: "private.session_events", seqs: EVENTS, changes: EVENT_CHANGES },
] as const;

Deno.test("the ledger has an entry of every kind, and every column of one is changed by the test below", async () => {
  await using database = await freshDatabase();
  const stage = await endedDuel(await biddingCast(database));
  assertEquals(
    await stage.ledger(),
    "session_created session_started bid_placed bid_placed bid_placed bid_placed bid_placed bid_placed bid_placed " +
      "session_extended participant_withdrawn session_closed",
  );
  for (const { table, changes } of KINDS) {
    const columns = await database.sql<{ name: string }[]>`
      select a.attname as name from pg_catalog.pg_attribute as a
      where a.attrelid = ${table}::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`;
    assertEquals(columns.map(({ name }) => name), changes.map(([column]) => column));
  }
});

Deno.test("a change of any column of any entry is found at that entry", async () => {
  await using database = await freshDatabase();
  const stage = await endedDuel(await biddingCast(database));
  await tamperingWith(stage, async (tamper) => {
    for (const { table, seqs, changes } of KINDS) {
      for (const seq of seqs) {
        for (const [column, change] of changes) {
          const { difference, brokenSeq } = await tamper(
            `update ${table} set ${change} where session_id = :id and seq = ${seq}`,
          );
          assertEquals([seq, column, brokenSeq], [seq, column, seq]);
          // An entry that is elsewhere leaves a gap; at the end only the session's own count tells.
          const gap = seq === LENGTH ? "seq" : "the next seq of the ledger";
          const what = column === "session_id" || (column === "seq" && seq < LENGTH)
            ? gap
            : `hash of entry ${seq}`;
          const moved = column === "seq" && seq === LENGTH ? "the next seq of the ledger" : what;
          assertEquals([seq, column, difference?.what], [seq, column, moved]);
        }
      }
    }
  });
});

Deno.test("an entry that was removed is missed, wherever it stood, and so is a tail", async () => {
  await using database = await freshDatabase();
  const stage = await endedDuel(await biddingCast(database));
  await tamperingWith(stage, async (tamper) => {
    for (const { table, seqs } of KINDS) {
      for (const seq of seqs) {
        const { difference, brokenSeq } = await tamper(
          `delete from ${table} where session_id = :id and seq = ${seq}`,
        );
        assertEquals([seq, brokenSeq], [seq, seq]);
        const found = seq === LENGTH
          ? { what: "seq", expected: LENGTH - 1, found: LENGTH }
          : { what: "the next seq of the ledger", expected: seq, found: seq + 1 };
        assertEquals([seq, difference], [seq, found]);
      }
    }
    for (let from = 1; from <= LENGTH; from += 1) {
      const { difference, brokenSeq } = await tamper(
        `delete from public.bids where session_id = :id and seq >= ${from};
         delete from private.session_events where session_id = :id and seq >= ${from}`,
      );
      assertEquals([from, brokenSeq], [from, from]);
      // A bid whose answer or extension was cut off is missed as such.
      const what = new Map([5, 7, 9].map((seq) => [seq, "a bid without its answer"]))
        .set(10, "an extension without its entry").get(from) ?? "seq";
      assertEquals([from, difference?.what], [from, what]);
    }
  });
});

Deno.test("entries that changed places are found at the first of them", async () => {
  await using database = await freshDatabase();
  const stage = await endedDuel(await biddingCast(database));
  await tamperingWith(stage, async (tamper) => {
    for (let first = 1; first <= LENGTH; first += 1) {
      for (let second = first + 1; second <= LENGTH; second += 1) {
        const swap = KINDS.map(({ table }) =>
          `update ${table} set seq = seq + 1000 where session_id = :id and seq in (${first}, ${second});
           update ${table} set seq = ${first + second + 1000} - seq where session_id = :id and seq > 1000`
        );
        const { difference, brokenSeq } = await tamper(swap.join("; "));
        assertEquals([first, second, brokenSeq], [first, second, first]);
        assertEquals([first, second, difference?.what], [first, second, `hash of entry ${first}`]);
      }
    }
  });
});

Deno.test("an entry that was put in is found, with a false hash and with a right one", async () => {
  await using database = await freshDatabase();
  const stage = await endedDuel(await biddingCast(database));
  const added = (after: number) =>
    `${
      KINDS.map(({ table }) =>
        `update ${table} set seq = seq + 1000 where session_id = :id and seq > ${after};
         update ${table} set seq = seq - 999 where session_id = :id and seq > 1000`
      ).join("; ")
    }; insert into private.session_events (session_id, seq, type, at, actor_kind, actor_id, data, hash)
       values (:id, ${after + 1}, 'session_extended', now(), 'system', 'clock', '{}', sha256('x'))`;
  await tamperingWith(stage, async (tamper) => {
    for (let after = 0; after <= LENGTH; after += 1) {
      const { difference, brokenSeq } = await tamper(added(after));
      assertEquals([after, brokenSeq], [after, after + 1]);
      assertNotEquals(difference, null);
    }
    // At the end, with the hash it must have: nothing accounts for it.
    const skilful = await tamper(`${added(LENGTH)};
      update private.session_events as e set hash = private.event_hash((
        select before.hash from private.session_events as before where before.session_id = :id and before.seq = ${LENGTH}
      ), e) where e.session_id = :id and e.seq = ${LENGTH + 1}`);
    assertEquals(skilful.brokenSeq, LENGTH + 1);
  });
});

async function archived(database: FreshDatabase, stage: Stage): Promise<void> {
  await withoutTriggers(database, (sql) =>
    sql`
      update public.bidding_sessions set ended_at = ended_at - interval '31 days' where session_id = ${stage.id}`);
  await database.sql`select private.run_job('archive_sessions')`;
}

Deno.test("the ledger of an archived session still holds, and what is changed of it is found", async () => {
  await using database = await freshDatabase();
  const stage = await endedDuel(await biddingCast(database));
  await archived(database, stage);
  assertEquals(await stage.firstBroken(), null);
  const change = (set: string) =>
    withoutTriggers(
      database,
      (sql) =>
        sql.unsafe(`update private.archived_sessions set document = ${set} where session_id = '${stage.id}'`),
    );
  await change(`jsonb_set(document, '{bids,2,amount_cents}', '1')`);
  assertEquals(await stage.firstBroken(), 5);
  await change(`jsonb_set(document, '{bids,2,amount_cents}', '220000')`);
  assertEquals(await stage.firstBroken(), null);
  await change(`document #- '{events,4}'`);
  assertEquals(await stage.firstBroken(), LENGTH);
});
