/** Races at one bidding session: each racer on a connection of his own, let through by the session's row. */
import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import { nextStep } from "../../shared/bidding/rules.ts";
import { settle } from "./bidding_desk.ts";
import {
  type BiddingAnswer,
  type BiddingBody,
  type BiddingCast,
  biddingCast,
  openStage,
  Stage,
} from "./bidding_stage.ts";
import { callAs, type Caller, type CallHeaders } from "./callers.ts";
import type { FreshDatabase } from "./database.ts";
import { present } from "./present.ts";
import { crowdOf, released } from "./races.ts";
import { person, succeeded } from "./tasks.ts";

/** A session and its many participants P1, P2, …, with a connection for each of them. */
export interface CrowdStage extends AsyncDisposable {
  readonly stage: Stage;
  readonly names: readonly string[];
}

/** Opens a session for so many; the stage's calls go over the crowd's connections. */
export async function crowdStage(
  database: FreshDatabase,
  count: number,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<CrowdStage> {
  const cast = await biddingCast(database);
  const names = Array.from({ length: count }, (_, index) => `P${index + 1}`);
  const signedUp = await Promise.all(names.map((name) => person(database.sql, name)));
  const participants = signedUp.map(({ userId }, index) => ({ userId, alias: names[index] }));
  const { id } = await openStage(cast, { participants, ...overrides }, "");
  // A few more than participants: an admin, jobs.
  const crowd = crowdOf(database.url, count + 6);
  const people = new Map([
    ...cast.people,
    ...signedUp.map((who, index) => [names[index] ?? "", who] as const),
  ]);
  return {
    stage: new Stage({ ...cast, sql: crowd.sql, people }, id),
    names,
    [Symbol.asyncDispose]: () => crowd[Symbol.asyncDispose](),
  };
}

/** Racers that are let through, in their order, once all of them wait for one session's row. */
export async function racingForSession<Result>(
  sql: postgres.Sql,
  sessionId: string,
  racers: readonly (() => Promise<Result>)[],
): Promise<Result[]> {
  return await released(sql, (holder) => holdSession(holder, sessionId), racers);
}

/** Takes a session's row, as an operation does. */
export async function holdSession(holder: postgres.TransactionSql, sessionId: string): Promise<unknown> {
  return await holder`
    select from public.bidding_sessions as s where s.session_id = ${sessionId} for no key update`;
}

/** Runs something while another transaction holds a session's row; fails as soon as anybody waits for that. */
export async function whileHeld<Result>(
  sql: postgres.Sql,
  sessionId: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const { result } = await sql.begin(async (holder) => {
    await holdSession(holder, sessionId);
    let isDone = false;
    const working = work().finally(() => isDone = true);
    const waiting = untilBlockedBy(sql, holder, () => isDone).then((isBlocked) => {
      if (isBlocked) throw new Error("Expected nobody to wait for the session's row but found somebody");
    });
    await Promise.race([working, waiting]);
    await waiting;
    return { result: await working };
  });
  return result;
}

/** A bid by hand with headers, on whichever connection. */
export async function bidWith(
  sql: postgres.Sql,
  caller: Caller,
  sessionId: string,
  amount: number,
  headers: CallHeaders = {},
): Promise<BiddingAnswer> {
  const args = { ["session_id"]: sessionId, ["amount_cents"]: amount };
  return await callAs<BiddingBody>(sql, caller, "submit_bid", args, headers);
}

/** What somebody asked for and was answered. */
export interface Asked {
  readonly name: string;
  readonly amount: number;
  readonly answer: BiddingAnswer;
}

interface LedgerBid {
  readonly seq: number;
  readonly alias: string;
  readonly amount: number;
  readonly leads: boolean;
  readonly isProxy: boolean;
}

/** The bids of a session in order. */
export async function ledgerOf({ cast: { sql }, id }: Stage): Promise<readonly LedgerBid[]> {
  return await sql<LedgerBid[]>`
    select b.seq::integer, p.alias, b.amount_cents::double precision as amount, b.leads, d.seq is not null as "isProxy"
    from public.bids as b
    join public.bidding_participants as p using (session_id, user_id)
    left join public.bid_details as d using (session_id, seq)
    where b.session_id = ${id} order by b.seq`;
}

/**
 * Holds answers to bids by hand against the ledger: every accepted one is in it, as its bidder was told, nothing
 * else is, and every refusal names a price that did stand and a reason that did hold at it.
 */
export async function assertAnswersAgree(stage: Stage, asked: readonly Asked[]): Promise<void> {
  const ledger = await ledgerOf(stage);
  const prices = new Set<unknown>([null, ...ledger.map(({ amount }) => amount)]);
  const accepted = asked.filter(({ answer }) => answer.status === 200);
  for (const { name, amount, answer } of accepted) {
    const bid = ledger.find(({ seq }) => seq === answer.body.bid?.seq);
    assertEquals([bid?.alias, bid?.amount, bid?.isProxy], [name, amount, false]);
    const answering = bid?.leads
      ? undefined
      : ledger.find(({ seq }) => seq === present(bid, "a bid").seq + 1);
    const { currentPriceCents, youLead } = present(answer.body.session, "a session");
    assertEquals([currentPriceCents, youLead], [(answering ?? bid)?.amount, bid?.leads]);
  }
  assertEquals(ledger.filter(({ isProxy }) => !isProxy).length, accepted.length);
  for (const { amount, answer } of asked.filter((one) => !accepted.includes(one))) {
    assertEquals([answer.status, answer.body.code, answer.sqlstate], [422, "bid_too_low", null], answer.text);
    const { currentPriceCents, minimumNextCents } = present(answer.body.details, "details");
    assert(prices.has(currentPriceCents), answer.text);
    assertEquals(minimumNextCents, nextStep(Number(currentPriceCents), 1000));
    assert(amount < Number(minimumNextCents), answer.text);
  }
  await stage.assertHonest();
}

/** How often a session was closed, decided and told of its end: each of them once, or not at all. */
export async function endsOf(
  { sql }: Pick<BiddingCast, "sql">,
  sessionId: string,
): Promise<{ closed: number; results: number; told: number; toldTwice: number }> {
  const [row] = await sql<{ closed: number; results: number; told: number; toldTwice: number }[]>`
    with told as (
      select n.user_id, count(*) as times from public.bidding_notifications as n
      where n.session_id = ${sessionId}
        and n.type in ('winner_announcement', 'loser_compensation', 'session_cancelled')
      group by n.user_id
    )
    select
      (
        select count(*)::integer from private.session_events as e
        where e.session_id = ${sessionId} and e.type = 'session_closed'
      ) as closed,
      (
        select count(*)::integer from public.bidding_results as r where r.session_id = ${sessionId}
      ) as results,
      (select count(*)::integer from told) as told,
      (select count(*)::integer from told where times > 1) as "toldTwice"`;
  return present(row, "a count");
}

/** Runs something within a transaction, which is committed only afterwards. Promises in the result must be wrapped. */
export async function whileOpen<Result>(
  sql: postgres.Sql,
  work: (transaction: postgres.TransactionSql) => Promise<Result>,
): Promise<Result> {
  const { result } = await sql.begin(async (transaction) => {
    const result = await work(transaction);
    // What work took on, a caller's role, must not hinder the commit.
    await transaction`reset role`;
    return { result };
  });
  return result;
}

/** Resolves with true once somebody waits for a lock of an open transaction, with false once it is given up. */
export async function untilBlockedBy(
  sql: postgres.Sql,
  open: postgres.TransactionSql,
  isGivenUp: () => boolean = () => false,
): Promise<boolean> {
  const [self] = await open<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const { pid } = present(self, "a backend");
  while (!isGivenUp()) {
    const waiting = await sql`
      select from pg_catalog.pg_stat_activity as a where ${pid} = any (pg_blocking_pids(a.pid))`;
    if (waiting.length > 0) return true;
  }
  return false;
}

/** Resolves once a session's deadline is past by the database's clock. */
export async function untilPast(sql: postgres.Sql, sessionId: string): Promise<void> {
  const past = () =>
    sql`
      select from public.bidding_sessions as s where s.session_id = ${sessionId} and s.expires_at <= clock_timestamp()`;
  while ((await past()).length === 0);
}

/** The service reports the money of a session paid, both ways: from then on it may go to the archive. */
export async function settleBothSides(stage: Stage): Promise<void> {
  for (const side of ["payment", "payout"] as const) {
    succeeded(await settle(stage, { side, status: "completed" }));
  }
}
