import { assertEquals, assertGreater } from "@std/assert";
import type postgres from "postgres";
import { crowdStage } from "../support/bidding_races.ts";
import { type BiddingAnswer, type BiddingBody, codeOf, Stage } from "../support/bidding_stage.ts";
import { callAs, type Caller, type CallHeaders, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf } from "../support/races.ts";
import { passTime } from "../support/session_time.ts";
import { adminPerson, type Person } from "../support/tasks.ts";

const WORKERS = 16;
const TURNS = 25;
const BIDDERS = 8;
const SEED = 20_261_121;

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** A few properties whose night is fought for, over and over again. */
interface Town {
  readonly properties: readonly string[];
  readonly bidders: readonly Person[];
  readonly admins: readonly Person[];
  /** The last session of each property. */
  readonly open: Map<string, string>;
}

interface Turn {
  readonly sql: postgres.Sql;
  readonly town: Town;
  readonly pick: (below: number) => number;
  readonly headers: CallHeaders;
}

type Act = (turn: Turn) => Promise<BiddingAnswer>;

const START = 100_000;

function ask(
  { sql, headers }: Turn,
  who: Caller,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
) {
  return callAs<BiddingBody>(sql, who, name, args, headers);
}

function one<Item>({ pick }: Turn, items: readonly Item[]): Item {
  return present(items[pick(items.length)], "one of many");
}

function session(turn: Turn): { ["session_id"]: string } {
  return { ["session_id"]: turn.town.open.get(one(turn, turn.town.properties)) ?? crypto.randomUUID() };
}

const bid: Act = (turn) =>
  ask(turn, one(turn, turn.town.bidders), "submit_bid", {
    ...session(turn),
    ["amount_cents"]: START + turn.pick(200) * 1_000,
  });

const ceiling: Act = (turn) =>
  ask(turn, one(turn, turn.town.bidders), "set_auto_bid", {
    ...session(turn),
    ["max_amount_cents"]: turn.pick(4) === 0 ? null : START + turn.pick(400) * 1_000,
  });

const open: Act = async (turn) => {
  const propertyId = one(turn, turn.town.properties);
  const session = {
    propertyId,
    targetNight: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
    startingBidCents: START,
    maxRounds: 1000,
    participants: turn.town.bidders.map(({ userId }) => ({ userId })),
  };
  const answer = await ask(turn, one(turn, turn.town.admins), "create_session", { session });
  if (answer.body.session) turn.town.open.set(propertyId, answer.body.session.id);
  return answer;
};

/** What goes on, as often as it stands here. */
const ACTS: readonly Act[] = [
  ...Array<Act>(8).fill(bid),
  ...Array<Act>(4).fill(ceiling),
  open,
  open,
  (turn) => ask(turn, one(turn, turn.town.bidders), "withdraw_bid", session(turn)),
  (turn) =>
    ask(turn, one(turn, turn.town.admins), "cancel_session", { ...session(turn), reason: "In a race" }),
  (turn) => ask(turn, one(turn, turn.town.admins), "announce_maintenance", { message: "Back at noon" }),
  (turn) => ask(turn, service, "session_cleanup"),
  (turn) => ask(turn, service, "expiration_warnings"),
  (turn) => ask(turn, service, "archive_sessions"),
  (turn) => ask(turn, one(turn, turn.town.bidders), "get_session", session(turn)),
];

async function deadlocksIn(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select d.deadlocks::integer as count from pg_catalog.pg_stat_database as d where d.datname = current_database()`;
  return present(row, "a count").count;
}

Deno.test("bids, ceilings, withdrawals, ends, new sessions and jobs all at once never deadlock", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await using crowd = await crowdStage(database, BIDDERS);
  const { stage, names } = crowd;
  const town: Town = {
    properties: Array.from({ length: 4 }, () => crypto.randomUUID()),
    bidders: names.map((name) => stage.who(name)),
    admins: [stage.cast.admin, await adminPerson(sql), await adminPerson(sql)],
    open: new Map(),
  };
  // Limits that nobody reaches, and that still cost a bucket's lock.
  await sql`
    insert into private.rate_limits (operation, max_requests, period_seconds)
    select o, 1000000000, 1 from unnest(array[
      'submit_bid', 'set_auto_bid', 'withdraw_bid', 'create_session', 'cancel_session', 'announce_maintenance'
    ]) as o`;
  await using pool = crowdOf(database.url, WORKERS);
  const outcomes = new Map<string, number>();
  const before = await deadlocksIn(sql);
  const work = async (worker: number) => {
    const pick = numbers(SEED + worker);
    for (let turn = 0; turn < TURNS; turn += 1) {
      // Few keys for many: who comes with one that is being used waits for it.
      const headers = pick(3) === 0 ? { "idempotency-key": `${pick(5)}` } : {};
      const act = present(ACTS[pick(ACTS.length)], "an act");
      const answer = await act({ sql: pool.sql, town, pick, headers });
      assertEquals(answer.sqlstate, null, `${answer.status} ${answer.text}`);
      outcomes.set(codeOf(answer), (outcomes.get(codeOf(answer)) ?? 0) + 1);
    }
  };
  let isOver = false;
  const timeFlies = async () => {
    for (let turn = 0; !isOver; turn += 1) {
      const id = town.open.get(present(town.properties[turn % town.properties.length], "a property"));
      // Of a session that is not there yet nothing passes; a while goes by all the same.
      await passTime(database, id ?? crypto.randomUUID(), { untilEnd: turn % 2 === 0 ? 60 : -1 });
    }
  };
  const working = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  await Promise.all([timeFlies(), working.finally(() => isOver = true)]);

  console.log(`seed ${SEED}: ${[...outcomes].sort().map(([code, times]) => `${times} ${code}`).join(", ")}`);
  assertEquals(await deadlocksIn(sql), before);
  // A job tells of its faults in its run alone.
  const failures = await sql`
    select r.job, r.error, r.details from private.job_runs as r
    where r.status = 'failed' or (r.details ->> 'failed')::integer > 0`;
  assertEquals([...failures], []);
  for (const code of ["ok", "bid_too_low", "session_closed", "session_exists", "idempotency_key_reused"]) {
    assertGreater(outcomes.get(code) ?? 0, 0, code);
  }
  for (const { id } of await sql<{ id: string }[]>`select session_id as id from public.bidding_sessions`) {
    await new Stage(stage.cast, id).assertHonest();
  }
});
