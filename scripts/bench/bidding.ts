/** submit_bid beside the bare update and insert, and beside itself where it must stay flat. */
import postgres from "postgres";
import { BIDDERS, makeSessions } from "./bidding_fixture.ts";
import { compare, type Comparison, type Figures, measureAlone } from "./measure.ts";
import type { BenchDatabase } from "./suite.ts";

export interface Run {
  readonly database: BenchDatabase;
  readonly rounds: number;
  readonly sliceMs: number;
}

const SPREAD = 200;

/** One connection per client. */
async function withClients<Result>(
  url: string,
  clients: number,
  work: (sql: readonly postgres.Sql[]) => Promise<Result>,
): Promise<Result> {
  const sql = Array.from({ length: clients }, () => postgres(url, { max: 1, onnotice: () => {} }));
  try {
    await Promise.all(sql.map((session) => session`select 1`));
    return await work(sql);
  } finally {
    await Promise.all(sql.map((session) => session.end()));
  }
}

const bid = (sql: postgres.Sql, sessionId: string) => sql`select bench.bid(${sessionId})`;
const yardstick = (sql: postgres.Sql, row: number) => sql`select bench.yardstick(${row})`;

/** Every client bids in one session. */
export async function benchHotSession({ database, ...times }: Run, clients: number): Promise<Comparison> {
  const [session] = await makeSessions(database.owner, 1);
  return await withClients(database.url, clients, (sql) =>
    compare(
      (client) => bid(sql[client]!, session!),
      (client) => yardstick(sql[client]!, 0),
      { clients, ...times },
    ));
}

/** The clients bid all over 200 sessions. */
export async function benchManySessions({ database, ...times }: Run, clients: number): Promise<Comparison> {
  const sessions = await makeSessions(database.owner, SPREAD);
  const anywhere = (client: number, turn: number) => (client * 61 + turn * 7) % SPREAD;
  return await withClients(database.url, clients, (sql) =>
    compare(
      (client, turn) => bid(sql[client]!, sessions[anywhere(client, turn)]!),
      (client, turn) => yardstick(sql[client]!, 1 + anywhere(client, turn)),
      { clients, ...times },
    ));
}

/** The first bids of a session stand where bids of many others and ceilings of everybody stand. */
async function flat(run: Run, before: string, after: string): Promise<Comparison> {
  return await withClients(
    run.database.url,
    1,
    ([sql]) => compare(() => bid(sql!, after), () => bid(sql!, before), { clients: 1, ...run }),
  );
}

async function giveCeilings({ superuser }: BenchDatabase, sessions: readonly string[], each: number) {
  // At the price of a first bid: they stand, and none of them leads.
  await superuser`
    update public.bidding_auto_bids as a set max_amount_cents = 1000000, set_at = now()
    from (
      select session_id, user_id, row_number() over (partition by session_id order by user_id) as position
      from public.bidding_participants where session_id = any (${sessions as string[]}::uuid[])
    ) as p
    where a.session_id = p.session_id and a.user_id = p.user_id and p.position <= ${each}`;
}

/** With 100 ceilings in the session, and 10 000 in all, beside 2. */
export async function benchCeilings(run: Run): Promise<{ hundred: Comparison; tenThousand: Comparison }> {
  const { database } = run;
  const [few, hundred, last, ...others] = await makeSessions(database.owner, 102);
  await giveCeilings(database, [few!], 2);
  await giveCeilings(database, [hundred!], BIDDERS);
  const first = await flat(run, few!, hundred!);
  await giveCeilings(database, [last!, ...others], BIDDERS);
  await database.superuser`vacuum analyze public.bidding_auto_bids`;
  return { hundred: first, tenThousand: await flat(run, few!, last!) };
}

/** With 100 000 earlier bids in the session beside 10. */
export async function benchEarlierBids(run: Run): Promise<Comparison> {
  const { owner, superuser } = run.database;
  const [few, many] = await makeSessions(owner, 2);
  for (const [session, count] of [[few!, 10], [many!, 100_000]] as const) {
    await superuser.begin(async (transaction) => {
      await transaction`set local session_replication_role = replica`;
      await transaction`
        insert into public.bids
          (session_id, seq, user_id, amount_cents, previous_amount_cents, leads, placed_at, expires_at, hash)
        select ${session}, s.seq + n, p.user_id, s.starting_bid_cents, s.starting_bid_cents, true, now(), s.expires_at, '\\x00'
        from public.bidding_sessions as s
        cross join generate_series(1, ${count}::integer) as n
        cross join lateral (
          select user_id from public.bidding_participants where session_id = s.session_id limit 1
        ) as p
        where s.session_id = ${session}`;
      await transaction`update public.bidding_sessions set seq = seq + ${count} where session_id = ${session}`;
    });
  }
  await superuser`vacuum analyze public.bids`;
  return await flat(run, few!, many!);
}

/** A bid that is too low by a committed price, while somebody else holds the session's row all the time. */
export async function benchHopelessBids(
  { database, sliceMs }: Run,
): Promise<{ free: Figures; held: Figures }> {
  const [session] = await makeSessions(database.owner, 1);
  await database.owner`select bench.bid(${session!})`;
  await database.owner`select bench.bid(${session!})`;
  const [row] = await database.owner<[{ user_id: string }]>`
    select p.user_id from public.bidding_participants as p
    join public.bidding_sessions as s on s.session_id = p.session_id and s.leader_id <> p.user_id
    where s.session_id = ${session!} limit 1`;
  return await withClients(database.url, 9, async ([holder, ...sql]) => {
    for (const client of sql) {
      await client`select set_config('request.jwt.claims', ${
        JSON.stringify({ role: "authenticated", sub: row.user_id })
      }, false)`;
    }
    const tooLow = async (client: number) => {
      const [answer] = await sql[client]!<[{ code: string }]>`
        select api.submit_bid(${session!}, 1) ->> 'code' as code`;
      if (answer.code !== "bid_too_low") throw new Error(`Expected bid_too_low but found ${answer.code}`);
    };
    // One caller: his own rate bucket would be the queue of several.
    const free = await measureAlone(tooLow, { clients: 1, sliceMs });
    const held = await holder!.begin(async (transaction) => {
      await transaction`select from public.bidding_sessions where session_id = ${session!} for update`;
      return await measureAlone(tooLow, { clients: 1, sliceMs });
    });
    return { free, held };
  });
}

/** How long sessions that end in the same second stay open once the job runs. */
export async function benchClosing(
  { database }: Run,
  count: number,
): Promise<{ readonly sessions: number; readonly seconds: number; readonly results: number }> {
  const { owner, superuser } = database;
  const sessions: string[] = [];
  while (sessions.length < count) {
    sessions.push(...await makeSessions(owner, Math.min(500, count - sessions.length), { bidders: 2 }));
  }
  await owner.unsafe(`
    create or replace procedure bench.first_bids(sessions uuid[]) language plpgsql as $$
    declare
      session uuid;
    begin
      foreach session in array sessions loop
        perform set_config('request.headers', '{}', true),
          set_config('request.jwt.claims', '{"role":"authenticated","sub":"00000000-0000-4000-8000-000000000001"}', true);
        perform api.submit_bid(session, 1000000);
      end loop;
    end $$`);
  for (let from = 0; from < count; from += 500) {
    await owner`call bench.first_bids(${sessions.slice(from, from + 500)}::uuid[])`;
  }
  await superuser.begin(async (transaction) => {
    await transaction`set local session_replication_role = replica`;
    await transaction`
      update public.bidding_sessions set starts_at = now() - interval '1 hour', expires_at = now() - interval '1 second'
      where session_id = any (${sessions}::uuid[])`;
  });
  const before = performance.now();
  await owner`call private.drain_job('session_cleanup')`;
  const seconds = (performance.now() - before) / 1000;
  const [row] = await owner<[{ results: number }]>`
    select count(*)::integer as results from public.bidding_results where session_id = any (${sessions}::uuid[])`;
  if (row.results !== count) throw new Error(`Expected ${count} results but found ${row.results}`);
  return { sessions: count, seconds, results: row.results };
}
