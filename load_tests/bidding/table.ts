/** Sessions and the two people who bid in each, made as anybody makes them. */
import { createClient } from "@supabase/supabase-js";
import type { Session } from "../../shared/bidding/session.ts";
import { createTradepostClient, type TradepostClient } from "../../shared/client.ts";
import { pool } from "./pool.ts";
import type { Target } from "./target.ts";

/** Somebody who signed up and signed in. */
export interface Bidder {
  readonly id: string;
  /** What the session shows him as. */
  readonly alias: string;
  /** His access token. */
  readonly token: string;
  readonly client: TradepostClient;
}

/** A session and its two bidders. */
export interface Table {
  readonly sessionId: string;
  readonly bidders: readonly [Bidder, Bidder];
  /** The session as it was opened. */
  readonly opened: Session;
}

const STARTING_BID_CENTS = 1_000;
/** The price may grow that often, its natural logarithm says: to 10 billion cents, a tenth of what can be bid. */
const ROOM = Math.log(10_000_000);
/** What one turn raises the price by at most, in steps: a ceiling, a bid, the answer to it. */
const STEPS_PER_TURN = 7;
const AT_ONCE = 8;
const LASTS_MS = 4 * 3_600_000;

/** The increment that leaves room for so many bids: a tenth, as in any session, where that does. */
function incrementFor(bids: number): number {
  return Math.min(1000, Math.floor(10_000 * ROOM / (STEPS_PER_TURN * bids)));
}

/** Signs two people up for every table and opens a session for them; each is added to the list as soon as it is open. */
export async function seatTables(
  target: Target,
  tables: Table[],
  count: number,
  bids: number,
  stop: AbortSignal,
): Promise<void> {
  const service = createTradepostClient({ url: target.apiUrl, apikey: target.secretKey });
  await pool(AT_ONCE, Array(count).fill(undefined), async () => {
    stop.throwIfAborted();
    const bidders = [await signUp(target, "Ana"), await signUp(target, "Ben")] as const;
    const { session } = await service.call("create-session", {
      propertyId: crypto.randomUUID(),
      targetNight: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
      startingBidCents: STARTING_BID_CENTS,
      minimumIncrementBps: incrementFor(bids),
      maxRounds: bids,
      expiresAt: new Date(Date.now() + LASTS_MS).toISOString(),
      participants: bidders.map(({ id, alias }) => ({ userId: id, alias })),
    });
    tables.push({ sessionId: session.id, bidders, opened: session });
  });
}

async function signUp(target: Target, alias: string): Promise<Bidder> {
  const { auth } = createClient(target.apiUrl, target.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const login = { email: `load-${crypto.randomUUID()}@example.com`, password: crypto.randomUUID() };
  const up = await auth.signUp(login);
  if (up.error) throw new Error(`Expected to sign up but found ${up.error.message}`);
  const { data, error } = await auth.signInWithPassword(login);
  if (error) throw new Error(`Expected to sign in after signing up but found ${error.message}`);
  const token = data.session.access_token;
  return {
    id: data.user.id,
    alias,
    token,
    client: createTradepostClient({
      url: target.apiUrl,
      apikey: target.publishableKey,
      accessToken: token,
    }),
  };
}

/** Ends a session as its loser would: he leaves it to the leader, who wins. */
export async function closeTable({ sessionId, bidders }: Table): Promise<void> {
  const [first, second] = bidders;
  const { session } = await first.client.call("get-session", { sessionId });
  const loser = session.leader === first.alias ? second : first;
  await loser.client.call("withdraw-bid", { sessionId }, { idempotencyKey: crypto.randomUUID() });
}

/** Calls off what a run that was cut short leaves open; resolves with how many there were. */
export async function cancelOpen(target: Target, tables: readonly Table[]): Promise<number> {
  const service = createTradepostClient({ url: target.apiUrl, apikey: target.secretKey });
  const cancelled = await pool(AT_ONCE, tables, async ({ sessionId, bidders: [{ client }] }) => {
    const { session } = await client.call("get-session", { sessionId });
    if (session.endedAt !== null) return 0;
    await service.call("cancel-session", { sessionId, reason: "The load test was cut short" });
    return 1;
  });
  return cancelled.reduce<number>((sum, one) => sum + one, 0);
}
