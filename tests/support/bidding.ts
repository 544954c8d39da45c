/**
 * Bidding sessions on the stack under test, opened and bid in by the operations that do so in life. People are
 * named by their ids, so that those who signed up through Auth and those a test wrote itself go together.
 */
import type postgres from "postgres";
import type { ResponseOf } from "../../shared/client.ts";
import type { SessionEvent } from "../../shared/bidding/session.ts";
import { callAs, type CallHeaders, service, user } from "./callers.ts";
import { present } from "./present.ts";
import { succeeded } from "./tasks.ts";

/** What the service sends to open a session. */
export interface SessionDraft {
  readonly propertyId: string;
  readonly targetNight: string;
  readonly startingBidCents: number;
  readonly participants: readonly { readonly userId: string; readonly alias?: string }[];
  readonly [field: string]: unknown;
}

/** A session for tomorrow night from 1000.00 on, open at once. */
export function aSession(
  userIds: readonly string[],
  overrides: Readonly<Record<string, unknown>> = {},
): SessionDraft {
  return {
    propertyId: crypto.randomUUID(),
    targetNight: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
    startingBidCents: 100_000,
    participants: userIds.map((userId) => ({ userId })),
    ...overrides,
  };
}

/** Rules under which two people can bid for as long as a test likes. */
export const LONG_SESSION = { minimumIncrementBps: 1, maxRounds: 1000, startingBidCents: 1_000_000 };

/** Opens a session for these people; its id. */
export async function openSession(
  sql: postgres.Sql,
  userIds: readonly string[],
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const session = aSession(userIds, overrides);
  await refilled(sql, "service");
  const { body } = succeeded(
    await callAs<ResponseOf<"create-session">>(sql, service, "create_session", { session }),
  );
  return body.session.id;
}

/** A bid by hand that must be accepted. */
export async function bid(
  sql: postgres.Sql,
  sessionId: string,
  userId: string,
  amountCents: number,
  headers: CallHeaders = {},
): Promise<ResponseOf<"submit-bid">> {
  const args = { ["session_id"]: sessionId, ["amount_cents"]: amountCents };
  await refilled(sql, `user:${userId}`);
  const answer = await callAs<ResponseOf<"submit-bid">>(sql, user(userId), "submit_bid", args, headers);
  return succeeded(answer).body;
}

/** The same in a session that is about to start, as soon as it has. */
export async function bidOnceStarted(
  sql: postgres.Sql,
  sessionId: string,
  userId: string,
  amountCents: number,
): Promise<ResponseOf<"submit-bid">> {
  while (true) {
    const { session } = await sessionSeen(sql, sessionId, userId);
    if (session.acceptsBids) return await bid(sql, sessionId, userId, amountCents);
  }
}

/** So many bids by turns, each the least that is accepted; the first by whoever does not lead. */
export async function bidByTurns(
  sql: postgres.Sql,
  sessionId: string,
  userIds: readonly string[],
  count: number,
): Promise<void> {
  let { session } = await sessionSeen(sql, sessionId, present(userIds[0], "a bidder"));
  const start = session.youLead ? 1 : 0;
  for (let placed = 0; placed < count; placed++) {
    const bidder = present(userIds[(start + placed) % userIds.length], "a bidder");
    ({ session } = await bid(sql, sessionId, bidder, present(session.minimumNextCents, "an open session")));
  }
}

/** A ceiling that must be accepted; null clears it. */
export async function setCeiling(
  sql: postgres.Sql,
  sessionId: string,
  userId: string,
  maxAmountCents: number | null,
): Promise<ResponseOf<"set-auto-bid">> {
  const args = { ["session_id"]: sessionId, ["max_amount_cents"]: maxAmountCents };
  await refilled(sql, `user:${userId}`);
  return succeeded(await callAs<ResponseOf<"set-auto-bid">>(sql, user(userId), "set_auto_bid", args)).body;
}

/** A withdrawal that must be accepted. */
export async function withdraw(sql: postgres.Sql, sessionId: string, userId: string): Promise<void> {
  await refilled(sql, `user:${userId}`);
  succeeded(await callAs(sql, user(userId), "withdraw_bid", { ["session_id"]: sessionId }));
}

/** The service cancels a session. */
export async function cancelSession(sql: postgres.Sql, sessionId: string): Promise<void> {
  const args = { ["session_id"]: sessionId, reason: "The night is gone" };
  await refilled(sql, "service");
  succeeded(await callAs(sql, service, "cancel_session", args));
}

/** A session as somebody is shown it, with its events after a seq, a thousand at most. */
export async function sessionSeen(
  sql: postgres.Sql,
  sessionId: string,
  userId: string,
  since = 0,
): Promise<ResponseOf<"get-session">> {
  const args = { ["session_id"]: sessionId, since };
  return succeeded(await callAs<ResponseOf<"get-session">>(sql, user(userId), "get_session", args)).body;
}

/** Every event of a session, as somebody is shown them. */
export async function ledgerOf(
  sql: postgres.Sql,
  sessionId: string,
  userId: string,
): Promise<readonly SessionEvent[]> {
  const events: SessionEvent[] = [];
  while (true) {
    const seen = await sessionSeen(sql, sessionId, userId, events.length);
    events.push(...seen.events);
    if (events.length >= seen.session.seq) return events;
  }
}

/** Fills a caller's buckets, as time would: tests of something else do not wait for limits. */
async function refilled(sql: postgres.Sql, principal: string): Promise<void> {
  await sql`delete from private.rate_limit_buckets where principal = ${principal}`;
}
