/** The demo's second part: two people compete live for a night until the session closes, and the money is right. */
import { createTradepostClient } from "../../shared/client.ts";
import type { StackInfo } from "../local/stack_file.ts";
import { listen } from "./listen.ts";
import { leave, signIn } from "./people.ts";
import { refusal } from "./refusal.ts";
import { prove, type Transcript } from "./transcript.ts";

const SESSION_MS = 6_000;
/** Of digits that no id, hash or instant is likely to hold: it is looked for in all that a rival can read. */
const SECRET_CEILING = 4_821_379;

/** What the topic of a session tells. */
interface SessionNews {
  readonly seq: number;
  readonly type: string;
  readonly priceCents: number | null;
  readonly leader: string | null;
}

const money = (cents: number | null) => `USD ${((cents ?? 0) / 100).toFixed(2)}`;

/** Plays the bidding capability from end to end through the public URLs. */
export async function playBidding(stack: StackInfo, transcript: Transcript): Promise<void> {
  transcript.part("Bidding: two people want the same night");
  const secretKey = stack.secretKeys.default;
  const service = createTradepostClient({ url: stack.apiUrl, apikey: secretKey });
  const alice = await signIn(stack, "alice");
  const bob = await signIn(stack, "bob");
  try {
    const { session } = await transcript.step(
      "The service opens a session for a night in a week, six seconds long",
      () =>
        service.call("create-session", {
          propertyId: crypto.randomUUID(),
          targetNight: new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10),
          participants: [{ userId: alice.id, alias: "Alice" }, { userId: bob.id, alias: "Bob" }],
          startingBid: 1000,
          expiresAt: new Date(Date.now() + SESSION_MS).toISOString(),
          softCloseSeconds: 1,
        }),
      (answer) => {
        prove("it takes bids at once", answer.session.status === "active", answer.session);
        return `${answer.session.id}: active, from ${money(answer.session.startingBidCents)}`;
      },
    );
    const sessionId = session.id;
    const topic = `bidding:${sessionId}`;
    const [hears, bobHears, inbox] = await transcript.step(
      "Both subscribe to its private topic, Bob to his inbox as well",
      async () =>
        [
          await listen<SessionNews>(alice, topic),
          await listen<SessionNews>(bob, topic),
          await listen<{ title: string; message: string }>(bob, `user:${bob.id}`),
        ] as const,
      () => "row-level security on realtime.messages lets participants and admins in, nobody else",
    );

    await transcript.step(
      "Bob bids by hand",
      () => bob.tradepost.call("submit-bid", { sessionId, amount: 1000 }),
      (answer) => {
        prove("the first bid may equal the start", answer.session.youLead, answer);
        return `he leads at ${money(answer.session.currentPriceCents)}; the next bid is at least ${
          money(answer.session.minimumNextCents)
        }`;
      },
    );
    await transcript.step(
      "Alice sets a secret ceiling of 48213.79 and bids at once by the least that leads",
      () => alice.tradepost.call("set-auto-bid", { sessionId, maxAmountCents: SECRET_CEILING }),
      (answer) => {
        prove("she leads one step above Bob", answer.session.currentPriceCents === 110_000, answer.session);
        return `she leads at ${money(answer.session.currentPriceCents)}`;
      },
    );
    const before = performance.now();
    await transcript.step(
      "Bob bids 2000 and is answered in the same request",
      () => bob.tradepost.call("submit-bid", { sessionId, amount: 2000 }),
      (answer) => {
        prove(
          "Alice leads at one step above 2000",
          answer.session.currentPriceCents === 220_000,
          answer.session,
        );
        return `${answer.message}: ${money(answer.session.currentPriceCents)}`;
      },
    );
    await transcript.step(
      "Alice hears both bids live",
      () =>
        hears.heard(
          "the answer to Bob's bid",
          ({ payload }) => payload.priceCents === 220_000 && payload.seq === 6,
        ),
      ({ at }) => `${(at - before).toFixed(0)} ms after Bob began his call`,
    );
    await transcript.step(
      "The same bid again with one Idempotency-Key, as a lost answer would make him",
      async () => {
        const idempotencyKey = crypto.randomUUID();
        const request = { sessionId, amount: 2420 };
        const first = await bob.tradepost.call("submit-bid", request, { idempotencyKey });
        const second = await bob.tradepost.call("submit-bid", request, { idempotencyKey });
        return { first, second };
      },
      ({ first, second }) => {
        prove("the second answer is the first", JSON.stringify(first) === JSON.stringify(second), second);
        return `one bid, two equal answers; the price is ${money(first.session.currentPriceCents)}`;
      },
    );
    await transcript.step(
      "Bob looks for Alice's ceiling in all that he can read and hear",
      async () => {
        const snapshot = await bob.tradepost.call("get-session", { sessionId });
        const tables = await Promise.all(
          ["bidding_sessions", "bids", "bidding_participants", "bidding_auto_bids", "bid_details"].map((
            table,
          ) => bob.supabase.from(table).select("*")),
        );
        return JSON.stringify([snapshot, tables, bobHears.news, inbox.news]);
      },
      (seen) => {
        prove("it is nowhere", !seen.includes(String(SECRET_CEILING)) && !seen.includes("48213.79"));
        return `${seen.length} characters, the ceiling in none of them`;
      },
    );

    const deadline = Date.parse((await bob.tradepost.call("get-session", { sessionId })).session.expiresAt);
    await transcript.step(
      "Bob comes too late",
      async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - Date.now()) + 20));
        return await refusal(() => bob.tradepost.call("submit-bid", { sessionId, amount: 4000 }));
      },
      (error) => {
        prove(
          "he is refused with 409 session_closed",
          error.status === 409 && error.code === "session_closed",
          error,
        );
        return `${error.status} ${error.code}: ${error.message}; the session closed in that very transaction`;
      },
    );
    await transcript.step(
      "Both hear the end, and Bob what he is paid",
      async () => {
        const closed = await hears.heard("session_closed", ({ event }) => event === "session_closed");
        await bobHears.heard("session_closed", ({ event }) => event === "session_closed");
        const paid = await inbox.heard("loser_compensation", ({ event }) => event === "loser_compensation");
        return { closed, paid };
      },
      ({ closed, paid }) => `session_closed, seq ${closed.payload.seq}; «${paid.payload.message}»`,
    );
    await transcript.step(
      "The money",
      () => alice.tradepost.call("get-session", { sessionId }),
      ({ result, session }) => {
        prove("Alice won", result?.outcome === "completed" && result.winner === "Alice", result);
        const price = result.winningBidCents ?? 0;
        prove("she pays the price", price === session.currentPriceCents, result);
        prove(
          "a quarter, rounded down, is Bob's",
          result.compensationCents === Math.floor(price / 4),
          result,
        );
        prove(
          "the rest is revenue",
          (result.platformRevenueCents ?? 0) + (result.compensationCents ?? 0) === price,
          result,
        );
        return `Alice pays ${money(price)}, Bob receives ${money(result.compensationCents)}, revenue ${
          money(result.platformRevenueCents)
        }`;
      },
    );
    await transcript.step(
      "Leader, price, rounds, result and events are recomputed from the ledger",
      async () => {
        const response = await fetch(`${stack.apiUrl}/rest/v1/rpc/verify_session`, {
          method: "POST",
          headers: { "apikey": secretKey, "content-profile": "api", "content-type": "application/json" },
          body: JSON.stringify({ session_id: sessionId }),
        });
        return await response.json();
      },
      (verdict) => {
        prove("the session verifies", verdict.ok === true, verdict);
        const seqs = hears.news.map(({ payload }) => payload.seq);
        return `every entry follows; Alice heard seq ${seqs.join(", ")}`;
      },
    );
  } finally {
    await leave(alice);
    await leave(bob);
  }
}
