import { assertEquals, assertNotEquals } from "@std/assert";
import type postgres from "postgres";
import { createSession, inboxOf, nightOf } from "../support/bidding_desk.ts";
import {
  type BiddingCast,
  biddingCast,
  openStage,
  sessionDraft,
  type Stage,
} from "../support/bidding_stage.ts";
import { callAs, type Caller, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf, released } from "../support/races.ts";
import { succeeded } from "../support/tasks.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** A write of bidding that will succeed, and the arguments of another one. */
interface Write {
  readonly name: string;
  readonly caller: Caller;
  readonly args: Arguments;
  readonly otherArgs: Arguments;
}

type Preparation = (cast: BiddingCast) => Promise<Write>;

/** A write of somebody on a session that stands ready for it. */
function onStage(
  name: string,
  who: (stage: Stage) => Caller,
  [args, otherArgs]: readonly [Arguments, Arguments],
  ready: (stage: Stage) => Promise<unknown> = () => Promise.resolve(),
): Preparation {
  return async (cast) => {
    const stage = await openStage(cast);
    await ready(stage);
    const session = { ["session_id"]: stage.id };
    return {
      name,
      caller: who(stage),
      args: { ...session, ...args },
      otherArgs: { ...session, ...otherArgs },
    };
  };
}

async function completed(stage: Stage): Promise<void> {
  await stage.bid("A", 100_000);
  await stage.end();
}

const another = { ["session_id"]: crypto.randomUUID() };
const amount = (cents: number) => ({ ["amount_cents"]: cents });
const ceiling = (cents: number) => ({ ["max_amount_cents"]: cents });

const WRITES: readonly Preparation[] = [
  (cast) => {
    const args = (overrides: Arguments) => ({ session: sessionDraft(cast, overrides) });
    const [first, other] = [args({}), args({ maxRounds: 4 })];
    return Promise.resolve({ name: "create_session", caller: cast.admin, args: first, otherArgs: other });
  },
  onStage("submit_bid", (stage) => stage.who("A"), [amount(100_000), amount(100_001)]),
  onStage("set_auto_bid", (stage) => stage.who("A"), [ceiling(100_000), ceiling(100_001)]),
  onStage("withdraw_bid", (stage) => stage.who("A"), [{}, another]),
  onStage("cancel_session", ({ cast }) => cast.admin, [{ reason: "Sold" }, { reason: "Burnt down" }]),
  onStage("record_settlement", () => service, [
    { side: "payment", status: "processing" },
    { side: "payment", status: "completed" },
  ], completed),
  (cast) =>
    Promise.resolve({
      name: "announce_maintenance",
      caller: cast.admin,
      args: { message: "Back at noon" },
      otherArgs: { message: "Back at one" },
    }),
  async (cast) => {
    const stage = await openStage(cast);
    const [first] = await inboxOf(cast.sql, stage.who("A"));
    const id = present(first, "a notification").id;
    const [args, otherArgs] = [{ ["notification_id"]: id }, { ["notification_id"]: crypto.randomUUID() }];
    return { name: "mark_notification_read", caller: stage.who("A"), args, otherArgs };
  },
];

Deno.test("every write of bidding that is sent again with its key answers the same bytes and happens once", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const { sql } = cast;
  for (const prepare of WRITES) {
    const { name, caller, args, otherArgs } = await prepare(cast);
    await t.step(name, async () => {
      const key = { "idempotency-key": crypto.randomUUID() };
      const first = succeeded(await callAs(sql, caller, name, args, key));
      const after = await written(sql);
      for (let again = 0; again < 2; again++) {
        const { status, text, headers } = await callAs(sql, caller, name, args, key);
        assertEquals([status, text, headers["idempotency-replayed"]], [first.status, first.text, "true"]);
      }
      const reuse = await callAs(sql, caller, name, otherArgs, key);
      assertEquals([reuse.status, reuse.body.code], [422, "idempotency_key_reused"]);
      assertEquals(await written(sql), after);
    });
  }
});

Deno.test("16 first calls of every write with one key at once happen once and answer the same bytes", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await using crowd = crowdOf(database.url, 16);
  for (const prepare of WRITES) {
    const { name, caller, args } = await prepare(cast);
    await t.step(name, async () => {
      const key = crypto.randomUUID();
      const call = () => callAs(crowd.sql, caller, name, args, { "idempotency-key": key });
      // The key's own lock: whoever holds his session's row already waits for it, the others for him.
      const lock = (holder: postgres.TransactionSql) =>
        holder`
          select pg_advisory_xact_lock(hashtextextended(
            ${idOf(caller)} || chr(31) || ${name} || chr(31) || ${key}, 0
          ))`;
      const answers = await released(cast.sql, lock, Array.from({ length: 16 }, () => call));
      assertEquals(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
      succeeded(present(answers[0], "an answer"));
      const replayed = answers.filter(({ headers }) => headers["idempotency-replayed"] === "true");
      assertEquals(replayed.length, 15);
    });
  }
});

Deno.test("a refusal is kept under its key, though the night is free by now", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const night = await nightOf(stage);
  const key = { "idempotency-key": "night" };
  const refusal = await createSession(cast, night, cast.admin, key);
  assertEquals([refusal.status, refusal.body.code], [409, "session_exists"]);
  await stage.cancel();
  const replay = await createSession(cast, night, cast.admin, key);
  assertEquals([replay.status, replay.text, replay.headers["idempotency-replayed"]], [
    409,
    refusal.text,
    "true",
  ]);
  // Another caller's key is another key.
  const made = await createSession(cast, night, service, key);
  assertEquals([made.status, made.headers["idempotency-replayed"]], [201, undefined]);
});

Deno.test("a session that was made is answered again by its key though it has ended since", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const session = sessionDraft(cast);
  const create = (headers: Readonly<Record<string, string>>) =>
    callAs(cast.sql, cast.admin, "create_session", { session }, headers);
  const first = succeeded(await create({ "idempotency-key": "first" }));
  await cast.sql`select private.close_session(s, 'system', 'test', 'Done') from public.bidding_sessions as s`;
  assertEquals((await create({ "idempotency-key": "first" })).text, first.text);
  assertNotEquals(succeeded(await create({ "idempotency-key": "second" })).text, first.text);
});

function idOf(caller: Caller): string {
  return caller.userId === undefined ? "service" : `user:${caller.userId}`;
}

/** Everything that a write of bidding could have written, told in one line. */
async function written(sql: postgres.Sql): Promise<string> {
  const [row] = await sql<{ written: string }[]>`
    select concat_ws(' ',
      (select sum(seq) from public.bidding_sessions), (select count(*) from public.bids),
      (select count(*) from private.session_events), (select count(*) from public.bidding_notifications),
      (select count(*) from public.bidding_notifications where read_at is not null),
      (select sum(version) from public.bidding_results), (select count(*) from public.audit_logs),
      (select count(*) from realtime.messages), (select sum(rounds_used) from public.bidding_auto_bids)
    ) as written`;
  return present(row, "a count").written;
}
