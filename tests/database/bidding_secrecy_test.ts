import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import {
  BEATEN,
  CANARIES,
  CANARY_AMOUNTS,
  canarySessions,
  tablesThatHold,
} from "../support/bidding_canaries.ts";
import { settleBothSides } from "../support/bidding_races.ts";
import { type BiddingCast, biddingCast, openStage } from "../support/bidding_stage.ts";
import { BIDDING_TABLES, everythingHeard, everythingSeen, shows } from "../support/bidding_views.ts";
import { anon, becomeWithin, callAs, type Caller, service } from "../support/callers.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { agentNamed, succeeded } from "../support/tasks.ts";

/** Everybody who is not the owner, A. */
async function others({ sql, admin, outsider, people }: BiddingCast): Promise<Record<string, Caller>> {
  const [rival, witness] = [present(people.get("B"), "B"), present(people.get("C"), "C")];
  return {
    rival,
    witness,
    admin,
    outsider,
    agent: await agentNamed(sql, "marketplace-master"),
    anon,
    service,
  };
}

function asSuperuser({ superuserUrl }: FreshDatabase): postgres.Sql {
  const url = present(superuserUrl, "a stack of this machine, whose superuser is known; unset SUPABASE_URL");
  return postgres(url, { max: 1, onnotice: () => {} });
}

Deno.test("nobody but its owner is shown a ceiling by any table or operation, whatever became of the session", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const sessions = await canarySessions(cast);
  const owner = { caller: present(cast.people.get("A"), "A") };
  assert(shows(await everythingSeen(cast.sql, sessions.standing.id, owner), CANARIES.standing));

  for (const [name, caller] of Object.entries(await others(cast))) {
    for (const [fate, { id }] of Object.entries(sessions)) {
      const isSteward = name === "admin" || name === "service";
      const seen = await everythingSeen(cast.sql, id, { caller, isSteward });
      // His own refused ceiling was kept nowhere, and is not shown to himself either.
      for (const canary of CANARY_AMOUNTS) {
        assertEquals(shows(seen, canary), false, `${fate} by ${name}: ${seen}`);
      }
      if (fate === "standing" && name === "rival") assert(shows(seen, BEATEN), seen);
    }
  }
});

Deno.test("a ceiling is nowhere in the database but in its owner's row and in the answer kept under his key", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const sessions = await canarySessions(cast);
  const stage = sessions.standing;
  const args = { ["session_id"]: stage.id, ["max_amount_cents"]: CANARIES.standing };
  succeeded(await callAs(cast.sql, stage.who("A"), "set_auto_bid", args, { "idempotency-key": "canary" }));
  for (const job of ["session_cleanup", "expiration_warnings", "archive_sessions"]) {
    succeeded(await callAs(cast.sql, service, job));
  }
  const sql = asSuperuser(database);
  try {
    await sql`analyze`;
    assertEquals(await tablesThatHold(sql, CANARIES.standing), [
      "bidding_auto_bids",
      "private.idempotency_keys",
    ]);
    assertEquals(await tablesThatHold(sql, CANARIES.won), ["bidding_auto_bids"]);
    assertEquals(await tablesThatHold(sql, CANARIES.cleared), []);
    assertEquals(await tablesThatHold(sql, CANARIES.refused), []);
    // In the archive it stays with its session, where nobody is let in.
    await settleBothSides(sessions.won);
    await sessions.won.leave(-40 * 86_400);
    succeeded(await callAs(cast.sql, service, "archive_sessions"));
    assertEquals(await tablesThatHold(sql, CANARIES.won), ["private.archived_sessions"]);
  } finally {
    await sql.end({ timeout: 5 });
  }
});

Deno.test("a ceiling of one who is told of everything outside is in no delivery and no message", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [letter, { userId }] of cast.people) {
    await cast.sql`
      select private.add_channel('webhook', ${`https://example.com/${letter}`}, ${userId})`;
  }
  const sessions = await canarySessions(cast);
  const [delivered] = await cast.sql<{ texts: string; count: number }[]>`
    select string_agg(o::text, ' ') as texts, count(*)::integer as count from private.outbox as o`;
  assert(present(delivered, "deliveries").count > 10);
  const heard = await Promise.all(
    Object.values(sessions).flatMap(({ id }) =>
      [...cast.people.values()].map(({ userId }) => everythingHeard(cast.sql, id, userId))
    ),
  );
  for (const canary of CANARY_AMOUNTS) assertEquals(shows(delivered?.texts + heard.join(), canary), false);
});

Deno.test("nobody who is signed in reads a row's system columns, which tell of writes that change nothing in sight", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const { id } = await openStage(cast);
  for (const caller of [cast.admin, present(cast.people.get("A"), "A")]) {
    for (const table of Object.keys(BIDDING_TABLES)) {
      for (const column of ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"]) {
        const reading = cast.sql.begin(async (transaction) => {
          await becomeWithin(transaction, caller);
          await transaction.unsafe(`select ${column} from public.${table} where session_id = $1`, [id]);
        });
        const refusal = await reading.then(() => "allowed", ({ code }: postgres.PostgresError) => code);
        assertEquals(refusal, "42501", `${table}.${column}`);
      }
    }
  }
});

/** What the planner expects, as `Prefer: count=planned` tells it. */
async function estimate({ sql }: BiddingCast, caller: Caller, question: string): Promise<number> {
  return await sql.begin(async (transaction) => {
    await becomeWithin(transaction, caller);
    const [row] = await transaction.unsafe<{ "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] }[]>(
      `explain (format json) select from public.${question}`,
    );
    return present(row, "a plan")["QUERY PLAN"][0].Plan["Plan Rows"];
  });
}

Deno.test("the planner's estimates tell a rival nothing: not by equality, not by halving", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (let session = 0; session < 20; session += 1) {
    const stage = await openStage(cast);
    succeeded(await stage.ceiling("A", CANARIES.standing));
    succeeded(await stage.bid("B", 110_000));
  }
  await cast.sql`analyze public.bidding_auto_bids`;
  await cast.sql`analyze public.bid_details`;
  const rival = present(cast.people.get("B"), "B");
  for (const operator of ["=", "<", "<=", ">", ">=", "<>"]) {
    const estimates = new Set<number>();
    for (
      const amount of [1, 110_000, CANARIES.standing - 1, CANARIES.standing, CANARIES.standing + 1, 1e11]
    ) {
      estimates.add(
        await estimate(cast, rival, `bidding_auto_bids where max_amount_cents ${operator} ${amount}`),
      );
    }
    assertEquals(estimates.size, 1, operator);
  }
  // Nothing was sampled, so that nothing can be asked in any other way either.
  const sampled = await cast.sql`
    select s.tablename, s.attname from pg_catalog.pg_stats as s
    where s.tablename = 'bid_details'
      or (s.tablename = 'bidding_auto_bids' and s.attname not in ('session_id', 'user_id'))`;
  assertEquals([...sampled], []);
});

Deno.test("the hash of a bid follows from what everybody sees of it: it tells no proxy from a hand", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  for (const amount of [100_000, 300_000]) succeeded(await stage.ceiling("A", amount));
  for (const amount of [110_000, 133_100]) succeeded(await stage.bid("B", amount));
  succeeded(await stage.ceiling("B", 500_000));
  const bids = await cast.sql.begin(async (transaction) => {
    await becomeWithin(transaction, stage.who("B"));
    return await transaction<{ follows: boolean }[]>`
      with seen as (
        select b.*, lag(b.hash) over (order by b.seq) as hash_before
        from public.bids as b where b.session_id = ${stage.id}
      )
      select s.hash = sha256(convert_to(concat_ws('|',
        encode(s.hash_before, 'hex'), s.session_id, s.seq, 'bid_placed', extract(epoch from s.placed_at), s.bid_id,
        s.user_id, s.amount_cents, coalesce(s.previous_amount_cents::text, ''), s.leads, extract(epoch from s.expires_at)
      ), 'UTF8')) as follows
      from seen as s where s.hash_before is not null order by s.seq`;
  });
  assertEquals(bids.map(({ follows }) => follows), [true, true, true, true, true]);
  assertEquals(
    await stage.bids(),
    "A 100000 leads by proxy, B 110000, A 121000 leads by proxy, B 133100, A 146410 leads by proxy, B 330000 leads by proxy",
  );
});

Deno.test("what a rival was told cannot be found out by the ids of his notifications, nor his answers by his keys", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const key = { "idempotency-key": "the same" };
  const ceiling = { ["session_id"]: stage.id, ["max_amount_cents"]: CANARIES.standing };
  succeeded(await callAs(cast.sql, stage.who("A"), "set_auto_bid", ceiling, key));
  succeeded(await stage.bid("B", 110_000));
  const [known] = await cast.sql<{ id: string }[]>`
    select n.notification_id as id from public.bidding_notifications as n
    where n.session_id = ${stage.id} and n.type = 'auto_bid_triggered'`;
  const asked = [present(known, "a notification").id, crypto.randomUUID()].map((id) =>
    callAs(cast.sql, stage.who("B"), "mark_notification_read", { ["notification_id"]: id })
  );
  const [his, nobodys] = await Promise.all(asked);
  assertEquals([his?.status, his?.text], [404, nobodys?.text]);

  const own = { ...ceiling, ["max_amount_cents"]: 150_000 };
  const answer = await callAs(cast.sql, stage.who("B"), "set_auto_bid", own, key);
  assertEquals([answer.status, answer.headers["idempotency-replayed"]], [200, undefined]);
  assertEquals(shows(answer.text, CANARIES.standing), false);
});

Deno.test("Realtime publishes the four tables that hold no secret, and no other of bidding", async () => {
  await using database = await freshDatabase();
  const published = await database.sql<{ name: string }[]>`
    select p.tablename as name from pg_catalog.pg_publication_tables as p
    where p.pubname = 'supabase_realtime' and (p.tablename like 'bid%' or p.schemaname <> 'public') order by 1`;
  assertEquals(published.map(({ name }) => name), [
    "bidding_notifications",
    "bidding_participants",
    "bidding_sessions",
    "bids",
  ]);
});
