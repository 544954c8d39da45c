/** Whether everything that bidders were told is what is written, and nothing else. */
import { isDeepStrictEqual } from "node:util";
import { createClient } from "@supabase/supabase-js";
import type postgres from "postgres";
import { z } from "zod";
import type { TableScore } from "./moves.ts";
import type { Ledger } from "./ledger.ts";
import { expectedNotifications } from "./notifications.ts";
import type { Table } from "./table.ts";
import type { Target } from "./target.ts";

/** A session that is over. */
export interface Finished {
  readonly table: Table;
  /** What its bidders were answered, where that was kept. */
  readonly score: TableScore | undefined;
  readonly ledger: Ledger;
}

/** What was looked at, and what was wrong. */
export interface Books {
  readonly sessions: number;
  readonly results: number;
  readonly notifications: number;
  /** Sentences; none is good. */
  readonly violations: readonly string[];
}

interface Money {
  readonly winner: string;
  readonly loser: string | null;
  readonly winning: number;
  readonly compensation: number;
  readonly revenue: number;
}

const verdict = z.object({ ok: z.boolean(), firstDifference: z.unknown() });

/** Reads the books of sessions that are over, as the service and as their own database. */
export async function readBooks(
  target: Target,
  sql: postgres.Sql,
  finished: readonly Finished[],
): Promise<Books> {
  const service = serviceOf(target);
  const violations: string[] = [];
  let [results, notifications] = [0, 0];
  for (const session of finished) {
    const { sessionId } = session.table;
    const money = await resultsOf(sql, sessionId);
    const told = await notificationsOf(sql, sessionId);
    results += money.length;
    notifications += told.length;
    const found = [
      ...await verified(service, sessionId),
      ...countDifferences(session),
      ...resultDifferences(session, money),
      ...listDifferences("notification", expectedNotifications(session), told),
    ];
    violations.push(...found.map((sentence) => `Session ${sessionId}: ${sentence}`));
  }
  return { sessions: finished.length, results, notifications, violations };
}

function serviceOf({ apiUrl, secretKey }: Target) {
  return createClient(apiUrl, secretKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    db: { schema: "api" },
  });
}

async function verified(
  service: ReturnType<typeof serviceOf>,
  sessionId: string,
): Promise<readonly string[]> {
  const { data, error } = await service.rpc("verify_session", { session_id: sessionId });
  if (error) return [`Expected verify_session to answer but found ${error.message}`];
  const { ok, firstDifference } = verdict.parse(data);
  return ok
    ? []
    : [`Expected verify_session to find no difference but found ${JSON.stringify(firstDifference)}`];
}

/** What bidders were answered is what the ledger holds: each bid once, and beside them only answers of ceilings. */
function countDifferences({ score, ledger: { events } }: Finished): readonly string[] {
  const gap = events.findIndex(({ seq }, index) => seq !== index + 1);
  const gaps = gap < 0 ? [] : [`Expected seq ${gap + 1} in the ledger but found ${events[gap]?.seq}`];
  if (score === undefined) return gaps;
  const ids = events.flatMap((event) => event.type === "bid_placed" ? [event.bidId] : []);
  const amiss = score.bidIds.filter((id) => ids.filter((other) => other === id).length !== 1);
  return [
    ...gaps,
    ...amiss.map((id) => `Expected the accepted bid ${id} once in the ledger but found it otherwise`),
    ...difference(
      "so many bids in the ledger as were answered",
      score.bidIds.length + score.answered,
      ids.length,
    ),
  ];
}

function resultDifferences(
  { table, ledger: { session, result } }: Finished,
  rows: readonly Money[],
): readonly string[] {
  const winning = session.currentPriceCents ?? 0;
  const compensation = Math.floor(winning * session.compensationBps / 10_000);
  const revenue = winning - compensation;
  const winner = session.leader;
  const loser = table.bidders.find(({ alias }) => alias !== winner)?.alias;
  const shown = {
    outcome: "completed",
    winner,
    winningBidCents: winning,
    compensationCents: compensation,
    platformRevenueCents: revenue,
  };
  return [
    ...difference(
      "one result",
      [{ winner, loser, winning, compensation, revenue }],
      rows.map((row) => ({ ...row })),
    ),
    ...difference("get-session to show", shown, result),
  ];
}

function difference(what: string, expected: unknown, found: unknown): readonly string[] {
  if (isDeepStrictEqual(expected, found)) return [];
  return [`Expected ${what} ${JSON.stringify(expected)} but found ${JSON.stringify(found)}`];
}

async function resultsOf(sql: postgres.Sql, sessionId: string): Promise<Money[]> {
  return await sql<Money[]>`
    select w.alias as winner, l.alias as loser, r.winning_bid_cents::float8 as winning,
      r.compensation_cents::float8 as compensation, r.platform_revenue_cents::float8 as revenue
    from public.bidding_results as r
    join public.bidding_participants as w on w.session_id = r.session_id and w.user_id = r.winner_id
    left join public.bidding_participants as l on l.session_id = r.session_id and l.user_id = r.loser_id
    where r.session_id = ${sessionId}`;
}

async function notificationsOf(sql: postgres.Sql, sessionId: string): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(' ', p.alias, n.type, n.seq) as line
    from public.bidding_notifications as n
    left join public.bidding_participants as p on p.session_id = n.session_id and p.user_id = n.user_id
    where n.session_id = ${sessionId}`;
  return rows.map(({ line }) => line);
}

function listDifferences(
  what: string,
  expected: readonly string[],
  found: readonly string[],
): readonly string[] {
  const count = (list: readonly string[], line: string) => list.filter((other) => other === line).length;
  return [...new Set([...expected, ...found])]
    .filter((line) => count(expected, line) !== count(found, line))
    .map((line) =>
      `Expected ${what} «${line}» ${count(expected, line)} times but found it ${count(found, line)} times`
    );
}
