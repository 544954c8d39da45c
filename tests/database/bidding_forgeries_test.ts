/** A forger who makes every hash anew: the chain holds, and the rules find him. */
import { assertEquals } from "@std/assert";
import { endedDuel } from "../support/bidding_duel.ts";
import { played } from "../support/bidding_moves.ts";
import { biddingCast, openStage, type Stage } from "../support/bidding_stage.ts";
import { tamperingWith } from "../support/bidding_tampering.ts";
import { freshDatabase } from "../support/database.ts";
import { passTime } from "../support/session_time.ts";

/** What is done to a session, and what is named first. */
type Forgery = readonly (readonly [what: string, change: string])[];

function bid(seq: number, change: string): string {
  return `update public.bids set ${change} where session_id = :id and seq = ${seq}`;
}

function event(seq: number, change: string): string {
  return `update private.session_events set ${change} where session_id = :id and seq = ${seq}`;
}

function withdrawn(seq: number, letter: string): string {
  return event(
    seq,
    `type = 'participant_withdrawn', actor_kind = 'user', actor_id = :${letter},
     data = (data - 'outcome' - 'winner') || '{"participant": "${letter}"}'`,
  );
}

async function assertNamed(stage: Stage, forgeries: Forgery): Promise<void> {
  await tamperingWith(stage, async (tamper) => {
    for (const [what, change] of forgeries) {
      const { difference } = await tamper(`${change}; select pg_temp.hash_anew(:id)`);
      assertEquals([change, difference?.what], [change, what]);
    }
  });
}

const BIDS: Forgery = [
  ["bid 3: at least the next step", bid(3, "amount_cents = 99999")],
  ["bid 3: no further than it may jump", bid(3, "amount_cents = 100001")],
  ["bid 4: the amount before it", bid(4, "previous_amount_cents = 90000")],
  ["bid 4: at least the next step", bid(4, "amount_cents = 109999")],
  ["bid 4: by one who did not lead", bid(4, "user_id = :A")],
  ["bid 8: by a participant", bid(8, "user_id = gen_random_uuid()")],
  ["bid 8: after what came before it", bid(8, "placed_at = placed_at - interval '1 day'")],
  [
    "bid 4: in time",
    bid(4, "placed_at = placed_at + interval '1 day', expires_at = expires_at + interval '1 day'"),
  ],
  ["bid 6: the amount before it", bid(5, "amount_cents = 219999")],
];

const JUMPS: Forgery = [
  ["bid 6: the answer follows it", bid(6, "amount_cents = 440000")],
  ["bid 6: no further than it may jump", bid(6, "amount_cents = 440001")],
];

const DEADLINES: Forgery = [
  ["bid 6: the deadline after it", bid(6, "expires_at = expires_at + interval '1 microsecond'")],
  ["bid 8: the deadline after it", bid(8, "expires_at = expires_at + interval '1 microsecond'")],
  ["bid 8: the deadline after it", bid(8, "expires_at = expires_at - interval '1 microsecond'")],
  [
    "bid 8: the deadline after it",
    bid(8, "expires_at = (select expires_at from public.bids as b where b.session_id = :id and b.seq = 7)"),
  ],
  ["bid 8: the deadline after the answer", bid(9, "expires_at = expires_at - interval '1 microsecond'")],
  ["entry 10: at the moment of that bid", event(10, "at = at + interval '1 microsecond'")],
  ["entry 10: the extension by a bid", withdrawn(10, "C")],
  ["entry 11: after a bid that extends", event(11, "type = 'session_extended'")],
];

const ANSWERS: Forgery = [
  ["bid 4: answered by the leader", bid(5, "user_id = :C")],
  ["bid 4: the answer leads", bid(5, "leads = false")],
  ["bid 4: the answer follows it", bid(5, "previous_amount_cents = 190000")],
  ["bid 4: answered by a step at most", bid(5, "amount_cents = 220001")],
  ["bid 4: answered by the proxy", "delete from public.bid_details where session_id = :id and seq = 5"],
  ["bid 4: answered at once", bid(5, "placed_at = placed_at + interval '1 microsecond'")],
  ["entry 9: the answer to a bid", bid(9, "seq = 1000") + "; " + event(10, "seq = 9")],
];

const BEGINNINGS: Forgery = [
  ["entry 1: the first is the creation", event(1, "type = 'session_started'")],
  ["entry 2: the first is the creation", event(2, "type = 'session_created'")],
  ["the rules", event(1, `data = jsonb_set(data, '{rules,compensationBps}', '0')`)],
  ["created at", event(1, "at = at - interval '1 microsecond'")],
  ["the deadline it began with", event(1, `data = data || '{"expiresAt": "soon"}'`)],
  ["the deadline it began with", event(1, `data = data - 'expiresAt'`)],
  [
    "the hard end",
    event(
      1,
      `data = data || jsonb_build_object('expiresAt', (data ->> 'expiresAt')::timestamptz - interval '1 s')`,
    ),
  ],
  ["entry 2: not before the start", event(2, "at = at - interval '1 day'")],
  ["started from", event(11, "type = 'session_started'")],
  ["bid 3: the session is active", withdrawn(2, "C")],
];

const WITHDRAWALS: Forgery = [
  ["entry 11: by a participant", event(11, "actor_id = gen_random_uuid()::text")],
  ["entry 11: by a participant", event(11, "actor_kind = 'service'")],
  ["entry 11: by one who did not lead", withdrawn(11, "A")],
  ["entry 12: once", withdrawn(12, "C")],
  ["entry 11: after what came before it", event(11, "at = at - interval '1 day'")],
];

const ENDS: Forgery = [
  ["the outcome", event(12, `data = data || '{"outcome": "expired"}'`)],
  ["entry 12: after what came before it", event(12, "at = at - interval '1 day'")],
  [
    "closed in time",
    event(
      12,
      `at = (select expires_at from public.bidding_sessions where session_id = :id) - interval '1 microsecond'`,
    ),
  ],
  [
    "closed from",
    `delete from private.session_events where session_id = :id and seq = 12;
     ${event(2, `type = 'session_closed', data = data || '{"outcome": "expired"}'`)}`,
  ],
  [
    "entry 13: nothing after the end",
    `insert into private.session_events select session_id, 13, 'session_extended', at, actor_kind, actor_id, data, hash
     from private.session_events where session_id = :id and seq = 12`,
  ],
  ["status", withdrawn(12, "B")],
];

/** Whatever any event tells beyond its type is what the ledger had come to. */
const TOLD: Forgery = [
  ...[1, 2, 10, 11, 12].flatMap((seq): Forgery => [
    [`entry ${seq}: what it tells`, event(seq, `data = data || '{"priceCents": 1}'`)],
    [`entry ${seq}: what it tells`, event(seq, `data = data || '{"leader": "B"}'`)],
    [`entry ${seq}: what it tells`, event(seq, `data = data || '{"forged": null}'`)],
  ]),
  ...[2, 10, 11, 12].map((seq) =>
    [
      `entry ${seq}: what it tells`,
      event(
        seq,
        `data = data || jsonb_build_object('expiresAt', (data ->> 'expiresAt')::timestamptz + interval '1 s')`,
      ),
    ] as const
  ),
  ["entry 11: what it tells", event(11, `data = data || '{"participant": "B"}'`)],
  ["entry 12: what it tells", event(12, `data = data || '{"winner": "B"}'`)],
  [
    "entry 10: what it tells",
    "update public.bidding_participants set alias = 'Z' where session_id = :id and user_id = :A",
  ],
  [
    "entry 11: what it tells",
    "update public.bidding_participants set alias = 'Z' where session_id = :id and user_id = :C",
  ],
];

Deno.test("a forger who makes every hash anew is found by the rules", async (t) => {
  await using database = await freshDatabase();
  const stage = await endedDuel(await biddingCast(database));
  const kinds: Readonly<Record<string, Forgery>> = {
    "bids": BIDS,
    "jumps by hand": JUMPS,
    "deadlines": DEADLINES,
    "answers": ANSWERS,
    "beginnings": BEGINNINGS,
    "withdrawals": WITHDRAWALS,
    "ends": ENDS,
    "what events tell": TOLD,
  };
  for (const [kind, forgeries] of Object.entries(kinds)) {
    await t.step(kind, () => assertNamed(stage, forgeries));
  }
});

Deno.test("a bid of one who had withdrawn is named, and one from before the start", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const left = await openStage(cast, {}, "ABC");
  await played(left, "A bids 100000, C withdraws, B bids 110000");
  await assertNamed(left, [["bid 5: by one who had not withdrawn", bid(5, "user_id = :C")]]);

  const later = await openStage(cast, { startsAt: new Date(Date.now() + 3_600_000).toISOString() });
  await passTime(database, later.id, { untilStart: -1 });
  await played(later, "A bids 100000");
  await later.assertHonest();
  await assertNamed(later, [[
    "bid 3: after the start",
    bid(
      3,
      `placed_at = (select starts_at from public.bidding_sessions where session_id = :id) - interval '1 microsecond'`,
    ),
  ]]);
});

Deno.test("of a session that nobody was left to bid in an early end is right", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, {}, "ABC");
  await played(stage, "A bids 100000, C withdraws, B withdraws");
  assertEquals((await stage.seenBy("A")).session.status, "completed");
  await stage.assertHonest();
  // With C still there it would have gone on.
  await assertNamed(stage, [[
    "closed in time",
    `delete from private.session_events where session_id = :id and seq = 4;
     update private.session_events set seq = seq - 1 where session_id = :id and seq > 4`,
  ]]);
});
