import { assertEquals } from "@std/assert";
import { SESSION_TRANSITIONS, type SessionStatus } from "../../shared/bidding/time_rules.ts";
import { BREACHES, copyOf } from "../support/bidding_breaches.ts";
import { BIDDING_TABLES, refusalOf, stagesOf, WRITERS } from "../support/bidding_guards.ts";
import { biddingCast } from "../support/bidding_stage.ts";
import { freshDatabase } from "../support/database.ts";

Deno.test("every constraint of bidding refuses what breaks it, whoever writes", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  for (const [constraint, statement] of BREACHES) {
    for (const writer of WRITERS) {
      assertEquals(
        [statement, writer, await refusalOf(database, stages, statement, writer)],
        [statement, writer, constraint],
      );
    }
  }
});

Deno.test("the test above breaks every constraint and every unique index of bidding", async () => {
  await using database = await freshDatabase();
  const tables = [...BIDDING_TABLES, "private.session_members"];
  const rows = await database.sql<{ name: string }[]>`
    select c.conname as name from pg_catalog.pg_constraint as c
    where c.conrelid = any (${tables}::regclass[]) and c.contype in ('c', 'u', 'f', 'p')
    union
    select i.indexrelid::regclass::text from pg_catalog.pg_index as i
    where i.indrelid = any (${tables}::regclass[]) and i.indisunique
    order by 1`;
  const names = rows.map(({ name }) => name.replace(/^\w+\./, ""));
  assertEquals([...new Set(names)].sort(), [...new Set(BREACHES.map(([name]) => name))].sort());
});

/** What a step must write beside the status, so that nothing but the state machine is in its way. */
const STEP: Readonly<Record<SessionStatus, string>> = {
  pending: "",
  active: "",
  completed: ", ended_at = clock_timestamp()",
  expired: ", ended_at = clock_timestamp()",
  cancelled: ", ended_at = clock_timestamp(), cancellation_reason = 'Because'",
};

function stepTo(status: SessionStatus, session: string): string {
  return `update public.bidding_sessions set status = '${status}', seq = seq + 1${STEP[status]} ` +
    `where session_id = ':${session}'`;
}

Deno.test("no path but the state machine's leads from one status to another", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  const statuses = ["pending", "active", "completed", "expired", "cancelled"] as const;
  for (const from of [...statuses, "fresh"] as const) {
    const isFresh = from === "fresh";
    const allowed = SESSION_TRANSITIONS[isFresh ? "active" : from];
    for (const to of statuses) {
      // With a leader a session is completed, without one it expires; what is live may also change and stay so.
      const fits = isFresh ? to !== "completed" : to !== "expired";
      const stays = (isFresh ? "active" : from) === to && allowed.length > 0;
      const expected = stays || (allowed.includes(to) && fits) ? null : "PT409";
      const said = `${from} to ${to}`;
      for (const writer of WRITERS) {
        assertEquals([said, await refusalOf(database, stages, stepTo(to, from), writer)], [said, expected]);
      }
    }
  }
});

/** For every rule of a session a change of it. */
const RULES: readonly string[] = [
  "session_id = gen_random_uuid()",
  "property_id = gen_random_uuid()",
  "listing_id = gen_random_uuid()",
  "target_night = target_night + 1",
  "currency = 'EUR'",
  "starting_bid_cents = 99999",
  "minimum_increment_bps = 500",
  "max_rounds = 4",
  "round_duration_seconds = 60",
  "maximum_jump_bps = 30000",
  "compensation_bps = 0",
  "compensation_policy = 'if_bid'",
  "soft_close_seconds = 0",
  "starts_at = starts_at - interval '1 s'",
  "hard_end_at = hard_end_at + interval '1 s'",
  "created_at = created_at - interval '1 s'",
];

/** What moves as a session goes on. */
const MOVING: readonly string[] = [
  "status",
  "expires_at",
  "current_price_cents",
  "leader_id",
  "seq",
  "ledger_hash",
  "ended_at",
  "cancellation_reason",
];

Deno.test("every column of a session is a rule or one that moves", async () => {
  await using database = await freshDatabase();
  const rows = await database.sql<{ name: string }[]>`
    select a.attname as name from pg_catalog.pg_attribute as a
    where a.attrelid = 'public.bidding_sessions'::regclass and a.attnum > 0 and not a.attisdropped`;
  const rules = RULES.map((change) => change.split(" ")[0] ?? "");
  assertEquals(rows.map(({ name }) => name).sort(), [...rules, ...MOVING].sort());
});

/** What no step of the session in which A leads may write. */
const FORBIDDEN: readonly string[] = [
  // Back, or not on.
  "current_price_cents = 109999, seq = seq + 1",
  "current_price_cents = null, leader_id = null, seq = seq + 1",
  "expires_at = expires_at - interval '1 microsecond', seq = seq + 1",
  "current_price_cents = 200000",
  "current_price_cents = 200000, seq = seq - 1",
  "seq = seq",
  // An end that is none, or half of one.
  "status = 'completed', seq = seq + 1",
  "status = 'cancelled', ended_at = now(), seq = seq + 1",
  "status = 'cancelled', ended_at = now(), cancellation_reason = '', seq = seq + 1",
  "status = 'cancelled', ended_at = now(), cancellation_reason = repeat('x', 2001), seq = seq + 1",
  "status = 'cancelled', cancellation_reason = 'x', seq = seq + 1",
  "status = 'completed', ended_at = now(), cancellation_reason = 'x', seq = seq + 1",
  "ended_at = now(), seq = seq + 1",
  "cancellation_reason = 'x', seq = seq + 1",
  "status = 'lost', seq = seq + 1",
  ...RULES.map((change) => `${change}, seq = seq + 1`),
];

Deno.test("a session only goes forward, by rules that stay", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  for (const change of FORBIDDEN) {
    const statement = `update public.bidding_sessions set ${change} where session_id = ':active'`;
    for (const writer of WRITERS) {
      assertEquals([change, await refusalOf(database, stages, statement, writer)], [change, "PT409"]);
    }
  }
  const honest =
    "current_price_cents = 121000, leader_id = ':b', expires_at = expires_at + interval '1 s', seq = seq + 1";
  assertEquals(
    await refusalOf(
      database,
      stages,
      `update public.bidding_sessions set ${honest} where session_id = ':active'`,
    ),
    null,
  );
});

const ANOTHER_NIGHT = ["target_night", "target_night + 1"] as const;

Deno.test("a session begins pending, without a ledger", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  const begin = (...changes: readonly (readonly [column: string, value: string])[]) =>
    refusalOf(database, stages, copyOf(":pending", [ANOTHER_NIGHT, ...changes]));
  assertEquals(await begin(), null);
  for (const status of ["active", "completed", "expired", "cancelled", "lost"]) {
    assertEquals([status, await begin(["status", `'${status}'`])], [status, "PT409"]);
  }
  assertEquals(await begin(["seq", "1"]), "PT409");
  assertEquals(await begin(["leader_id", "':a'"], ["current_price_cents", "100000"]), "PT409");
  assertEquals(await begin(["ended_at", "now()"]), "PT409");
});

/** The ranges of the rules; what lies beyond is refused as by a constraint. */
const RANGES: readonly (readonly [
  column: string,
  lowest: string,
  highest: string,
  below: string,
  above: string,
])[] = [
  ["currency", "'AAA'", "'ZZZ'", "'usd'", "'USDT'"],
  ["starting_bid_cents", "1", "100000000000", "0", "100000000001"],
  ["minimum_increment_bps", "1", "100000", "0", "100001"],
  ["max_rounds", "1", "1000", "0", "1001"],
  ["round_duration_seconds", "1", "86400", "0", "86401"],
  ["maximum_jump_bps", "10000", "1000000", "9999", "1000001"],
  ["compensation_bps", "0", "10000", "-1", "10001"],
  ["compensation_policy", "'always'", "'if_bid'", "'never'", "''"],
  ["soft_close_seconds", "0", "3600", "-1", "3601"],
  [
    "hard_end_at",
    "expires_at",
    "starts_at + interval '24 h'",
    "starts_at + interval '24 h 1 microsecond'",
    "starts_at + interval '25 h'",
  ],
];

Deno.test("every rule of a new session lies in its range, the ends included", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  for (const [column, lowest, highest, below, above] of RANGES) {
    const begin = (value: string) =>
      refusalOf(database, stages, copyOf(":pending", [ANOTHER_NIGHT, [column, value]]));
    assertEquals([column, await begin(lowest), await begin(highest)], [column, null, null]);
    assertEquals([column, await begin(below), await begin(above)], [column, "23514", "23514"]);
  }
});
