/** What must hold of sessions after faults: what was acknowledged is kept, and everything happened once. */
import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import type { Request } from "./bidding_load.ts";
import { callAs, service } from "./callers.ts";
import { present } from "./present.ts";

interface KeptBid {
  readonly id: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly amountCents: number;
  readonly seq: number;
  readonly leads: boolean;
  readonly isProxy: boolean;
  readonly isInTime: boolean;
}

interface KeptSession {
  readonly id: string;
  readonly status: string;
  readonly expiresAt: Date;
  readonly winner: string | null;
  readonly loser: string | null;
  readonly compensation: number | null;
  readonly started: number[];
  readonly closed: number[];
  readonly participants: readonly string[];
}

/** Fails where any of these sessions is not what these requests, all of them answered, were told. */
export async function assertNothingLost(
  sql: postgres.Sql,
  sessionIds: readonly string[],
  requests: readonly Request[],
): Promise<void> {
  const bids = await bidsOf(sql, sessionIds);
  const sessions = await sessionsOf(sql, sessionIds);
  assertEquals(sessions.length, sessionIds.length);
  assertAcknowledgedBidsAreKept(bids, requests);
  assertNoneWasLate(bids, sessions, requests);
  for (const session of sessions) {
    assertEndedOnce(session);
    const ofSession = bids.filter(({ sessionId }) => sessionId === session.id);
    await assertToldOnce(sql, session, ofSession);
    await assertAnnouncedOnce(sql, session.id);
    for (const [name, args] of verifications(session.id)) {
      const { body } = await callAs<{ ok?: boolean }>(sql, service, name, args);
      assertEquals(body.ok, true, `${name}: ${JSON.stringify(body)}`);
    }
  }
}

function verifications(id: string): [string, Record<string, string>][] {
  return [
    ["verify_session", { ["session_id"]: id }],
    ["verify_audit", { ["resource_type"]: "session", ["resource_id"]: id }],
  ];
}

function assertAcknowledgedBidsAreKept(bids: readonly KeptBid[], requests: readonly Request[]): void {
  const kept = new Map(bids.map((bid) => [bid.id, bid]));
  const acknowledged = requests.flatMap(({ status, body }) => status === 200 && body.bid ? [body.bid] : []);
  for (const { id, sessionId, userId, amountCents, seq } of acknowledged) {
    const { isInTime: _, leads: __, isProxy: ___, ...bid } = present(
      kept.get(id),
      `the acknowledged bid ${id}`,
    );
    assertEquals(bid, { id, sessionId, userId, amountCents, seq });
  }
  assertEquals(new Set(acknowledged.map(({ id }) => id)).size, acknowledged.length);
  // Every request came to an answer: a bid by hand that none of them tells of was made twice.
  const byHand = requests.filter(({ status, kind }) => status === 200 && kind === "bid").length;
  assertEquals(bids.filter(({ isProxy }) => !isProxy).length, byHand);
}

function assertNoneWasLate(
  bids: readonly KeptBid[],
  sessions: readonly KeptSession[],
  requests: readonly Request[],
): void {
  assertEquals(bids.filter(({ isInTime }) => !isInTime), []);
  const deadlines = new Map(sessions.map(({ id, expiresAt }) => [id, expiresAt.getTime()]));
  const late = requests.filter(({ sessionId, sentAt }) => sentAt > (deadlines.get(sessionId) ?? 0));
  assertEquals(late.filter(({ status }) => status === 200), []);
}

function assertEndedOnce({ id, status, closed, winner }: KeptSession): void {
  assertEquals(closed.length, Number(status !== "active"), id);
  assertEquals(winner !== null, status === "completed", id);
}

async function assertToldOnce(
  sql: postgres.Sql,
  session: KeptSession,
  bids: readonly KeptBid[],
): Promise<void> {
  const rows = await sql<{ told: string }[]>`
    select n.user_id || ' ' || n.type || ' ' || n.seq as told from public.bidding_notifications as n
    where n.session_id = ${session.id} and n.type <> 'session_ending_soon'`;
  assertEquals(rows.map(({ told }) => told).sort(), expectedToBeTold(session, bids).sort());
  const warnings = await sql<{ times: number }[]>`
    select count(*)::integer as times from public.bidding_notifications as n
    where n.session_id = ${session.id} and n.type = 'session_ending_soon' group by n.user_id`;
  assertEquals(warnings.filter(({ times }) => times !== 1), []);
}

function expectedToBeTold(session: KeptSession, bids: readonly KeptBid[]): string[] {
  const told = session.started.flatMap((seq) =>
    session.participants.map((userId) => `${userId} session_started ${seq}`)
  );
  let leader: string | undefined;
  let challenge: KeptBid | undefined;
  for (const bid of bids) {
    if (challenge) told.push(`${bid.userId} auto_bid_triggered ${bid.seq}`);
    else if (bid.leads && leader !== undefined) told.push(`${leader} outbid ${bid.seq}`);
    if (bid.leads) leader = bid.userId;
    challenge = bid.leads ? undefined : bid;
  }
  if (session.status !== "completed") return told;
  const end = session.closed[0];
  const ofEnd = session.participants.map((userId) => {
    const isPaid = userId === session.loser && (session.compensation ?? 0) > 0;
    return `${userId} ${isPaid ? "loser_compensation" : "winner_announcement"} ${end}`;
  });
  return [...told, ...ofEnd];
}

async function assertAnnouncedOnce(sql: postgres.Sql, sessionId: string): Promise<void> {
  const [row] = await sql<{ announced: number[]; expected: number[] }[]>`
    select
      array(
        select (m.payload ->> 'seq')::integer from realtime.messages as m
        where m.topic = ${`bidding:${sessionId}`} order by 1
      ) as announced,
      array(
        select generate_series(2, s.seq)::integer from public.bidding_sessions as s where s.session_id = ${sessionId}
      ) as expected`;
  const { announced, expected } = present(row, "a row");
  assertEquals(announced, expected);
  assert(expected.length > 0);
}

async function bidsOf(sql: postgres.Sql, sessionIds: readonly string[]): Promise<KeptBid[]> {
  return await sql<KeptBid[]>`
    select b.bid_id as id, b.session_id as "sessionId", b.user_id as "userId",
      b.amount_cents::double precision as "amountCents", b.seq::integer, b.leads, d.seq is not null as "isProxy",
      b.placed_at < s.expires_at and (s.ended_at is null or b.placed_at < s.ended_at) as "isInTime"
    from public.bids as b
    join public.bidding_sessions as s on s.session_id = b.session_id
    left join public.bid_details as d on d.session_id = b.session_id and d.seq = b.seq
    where b.session_id = any (${sessionIds as string[]}) order by b.session_id, b.seq`;
}

async function sessionsOf(sql: postgres.Sql, sessionIds: readonly string[]): Promise<KeptSession[]> {
  return await sql<KeptSession[]>`
    select s.session_id as id, s.status, s.expires_at as "expiresAt", r.winner_id as winner, r.loser_id as loser,
      r.compensation_cents::double precision as compensation,
      array(
        select e.seq::integer from private.session_events as e
        where e.session_id = s.session_id and e.type = 'session_started'
      ) as started,
      array(
        select e.seq::integer from private.session_events as e
        where e.session_id = s.session_id and e.type = 'session_closed'
      ) as closed,
      array(
        select p.user_id from public.bidding_participants as p where p.session_id = s.session_id
      ) as participants
    from public.bidding_sessions as s
    left join public.bidding_results as r using (session_id)
    where s.session_id = any (${sessionIds as string[]})`;
}
