import { assert, assertEquals } from "@std/assert";
import { bidWith, untilBlockedBy, whileHeld, whileOpen } from "../support/bidding_races.ts";
import { type BiddingBody, biddingCast, codeOf, openStage, Stage } from "../support/bidding_stage.ts";
import { callAs, callWithin, readOnlyCallAs } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";

const START = 100_000;

Deno.test("a hopeless bid is refused although somebody holds the session, with a key and without", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast, {}, "ABC");
  await stage.withdraw("C");
  await stage.bid("A", START);
  const hopeless = [
    ["B", START, "bid_too_low"],
    ["B", 109_999, "bid_too_low"],
    ["C", 900_000, "participant_withdrawn"],
    ["D", 900_000, "not_a_participant"],
    ["B", 0, "invalid_request"],
    ["B", 100_000_000_001, "invalid_request"],
  ] as const;
  await whileHeld(cast.sql, stage.id, async () => {
    for (const [letter, amount, code] of hopeless) {
      for (const headers of [{}, { "idempotency-key": `${letter} ${amount}` }]) {
        assertEquals(codeOf(await bidWith(cast.sql, stage.who(letter), stage.id, amount, headers)), code);
      }
    }
  });
  await stage.assertHonest();
});

Deno.test("nobody who only reads, and no outsider, waits for a session that somebody holds", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const args = { ["session_id"]: stage.id };
  await whileHeld(cast.sql, stage.id, async () => {
    for (const name of ["get_session", "get_auto_bid", "list_notifications"]) {
      const given = name === "list_notifications" ? {} : args;
      assertEquals((await readOnlyCallAs(cast.sql, stage.who("A"), name, given)).status, 200, name);
    }
    const refusals = [
      callAs<BiddingBody>(cast.sql, cast.outsider, "submit_bid", { ...args, ["amount_cents"]: START }),
      callAs<BiddingBody>(cast.sql, cast.outsider, "set_auto_bid", { ...args, ["max_amount_cents"]: START }),
      callAs<BiddingBody>(cast.sql, cast.outsider, "set_auto_bid", args),
      callAs<BiddingBody>(cast.sql, cast.outsider, "withdraw_bid", args),
      callAs<BiddingBody>(cast.sql, cast.admin, "submit_bid", { ...args, ["amount_cents"]: START }),
      readOnlyCallAs<BiddingBody>(cast.sql, cast.outsider, "get_session", args),
      readOnlyCallAs<BiddingBody>(cast.sql, cast.outsider, "get_auto_bid", args),
    ];
    for (const refusal of refusals) assertEquals(codeOf(await refusal), "not_a_participant");
  });
});

Deno.test("an outsider is told the same of a session of others and of none, word for word", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await openStage(cast);
  const nowhere = new Stage(cast, crypto.randomUUID());
  for (const name of ["submit_bid", "set_auto_bid", "withdraw_bid", "get_session", "get_auto_bid"]) {
    const [known, unknown] = await Promise.all([stage, nowhere].map(({ id }) => {
      const args = { ["session_id"]: id, ...(name === "submit_bid" ? { ["amount_cents"]: START } : {}) };
      return callAs(cast.sql, cast.outsider, name, args);
    }));
    assertEquals([known?.status, known?.headers], [403, unknown?.headers], name);
    assertEquals(known?.text, unknown?.text, name);
  }
});

Deno.test("ten bids a minute, refused ones and hopeless ones included; then 429 with the time to wait", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [seeded] = await sql<{ most: number; seconds: number }[]>`
    select l.max_requests as most, l.period_seconds as seconds from private.rate_limits as l
    where l.operation = 'submit_bid'`;
  assertEquals(seeded, { most: 10, seconds: 60 });
  const cast = await biddingCast(database);
  // As seeded, but slower: no token comes back while the test runs.
  await sql`insert into private.rate_limits (operation, max_requests, period_seconds) values ('submit_bid', 10, 6000)`;
  const stage = await openStage(cast, {}, "ABC");
  await stage.bid("A", START);

  const codes: string[] = [];
  for (const amount of [0, 1, START, 109_999, 900_000, 220_001, 110_000, 110_000, 5, 6]) {
    codes.push(codeOf(await stage.bid("B", amount)));
  }
  assertEquals(codes, [
    "invalid_request",
    "bid_too_low",
    "bid_too_low",
    "bid_too_low",
    "bid_too_high",
    "bid_too_high",
    "ok",
    "already_leading",
    "already_leading",
    "already_leading",
  ]);
  const key = { "idempotency-key": "once" };
  const limited = await bidWith(sql, stage.who("B"), stage.id, 200_000, key);
  assertEquals([limited.status, limited.body.code], [429, "rate_limited"]);
  const wait = Number(limited.headers["retry-after"]);
  assert(wait > 500 && wait <= 600, limited.headers["retry-after"]);
  assertEquals(limited.headers, {
    "retry-after": `${wait}`,
    "ratelimit-limit": "10",
    "ratelimit-remaining": "0",
    "ratelimit-reset": `${wait}`,
  });
  // Others have tokens of their own, and the same request is welcome later.
  assertEquals(codeOf(await stage.bid("C", 121_000)), "ok");
  await sql`update private.rate_limit_buckets as b set updated_at = b.updated_at - interval '10 minutes'`;
  const later = await bidWith(sql, stage.who("B"), stage.id, 200_000, key);
  assertEquals([codeOf(later), later.headers["idempotency-replayed"]], ["ok", undefined]);
  await stage.assertHonest();
});

Deno.test("one bidder in two sessions at once: the second bid waits for its token, not in a ring", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  await cast
    .sql`insert into private.rate_limits (operation, max_requests, period_seconds) values ('submit_bid', 10, 60)`;
  const [one, two] = [await openStage(cast), await openStage(cast)];
  const { second } = await whileOpen(cast.sql, async (transaction) => {
    const args = { ["session_id"]: one.id, ["amount_cents"]: START };
    assertEquals((await callWithin(transaction, one.who("A"), "submit_bid", args)).status, 200);
    const second = two.bid("A", START);
    await untilBlockedBy(cast.sql, transaction);
    // Somebody else's bid in the first session waits for the row, and holds nothing that the first one needs.
    const third = one.bid("B", 110_000);
    return { second: Promise.all([second, third]) };
  });
  assertEquals((await second).map(codeOf), ["ok", "ok"]);
});
