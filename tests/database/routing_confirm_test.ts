import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { agent, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf, released } from "../support/races.ts";
import { quotaOf } from "../support/routing_circuits.ts";
import {
  at,
  aTokenHash,
  EVERYBODY,
  guest,
  keyed,
  offered,
  offerOf,
  unlimited,
} from "../support/routing_desk.ts";
import {
  asService,
  beginConfirm,
  finishConfirm,
  HANDED_OFF,
  intended,
  LOST,
  orderRow,
  passMinutes,
  placedAt,
  purchaseOf,
  REFUSED,
  settledAs,
} from "../support/routing_orders.ts";
import { agentToken, person } from "../support/tasks.ts";

Deno.test("a token is spent on a purchase: the intent is written before anything is bought", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { routeId, orderId, tokenHash } = await offered(sql, alice);
  const purchase = purchaseOf(await beginConfirm(sql, alice, tokenHash));
  const { quote, address, day, ...rest } = purchase;
  assertEquals<unknown>(rest, {
    ...{ orderId, attempt: 1, provider: "MEALME", orderReference: orderId.replaceAll("-", "") },
    // Two per cent above what was quoted.
    ...{ mostCents: 5_100, providerOrderId: null, calls: { free: 1 } },
  });
  assertEquals([quote["totalCents"], quote["handle"]], [5_000, { cart: "of MEALME" }]);
  assertEquals(address["postalCode"], "94102");
  assertEquals(day.length, 10);
  const row = await orderRow(sql, orderId);
  assertEquals([row.status, row.most, row.attempt], ["confirming", 5_100, 1]);
  const [selected] = await sql`select r.status from public.order_routes as r where r.route_id = ${routeId}`;
  assertEquals(selected?.["status"], "quoted");
});

Deno.test("a confirmed order ends placed or handed off, and whoever confirms again is told so", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  for (const who of [await person(sql), agent(await agentToken(sql, "marketplace-amazon"))]) {
    for (const result of [{ ...placedAt(), totalCents: 5_080 }, HANDED_OFF]) {
      const { tokenHash, orderId, answer } = await settledAs(sql, who, result);
      assertEquals([answer.status, answer.body.success], [200, true]);
      const order = present(answer.body.order, "an order");
      assertEquals([order.id, order.status, order.provider], [orderId, result.outcome, "MEALME"]);
      assertEquals(order.totalCents, "totalCents" in result ? 5_080 : 5_000);
      const again = await beginConfirm(sql, who, tokenHash);
      assertEquals([again.status, again.text], [200, answer.text]);
    }
  }
});

Deno.test("32 who confirm one token at once make one purchase", async () => {
  await using database = await freshDatabase();
  await unlimited(database.sql);
  await using crowd = crowdOf(database.url, 34);
  const alice = await person(database.sql);
  const { orderId, tokenHash } = await offered(database.sql, alice);
  const answers = await released(
    crowd.sql,
    (holder) => holder`select from public.routed_orders as o where o.order_id = ${orderId} for update`,
    Array.from({ length: 32 }, () => () => beginConfirm(crowd.sql, alice, tokenHash)),
  );
  const purchases = answers.filter(({ body }) => body.purchase !== undefined);
  assertEquals(purchases.length, 1);
  const others = answers.filter(({ body }) => body.purchase === undefined);
  assertEquals(
    new Set(others.map(({ status, body }) => `${status} ${body.order?.status}`)),
    new Set(["202 unknown"]),
  );
  assertEquals((await orderRow(database.sql, orderId)).attempt, 1);
});

Deno.test("of 16 who are signed in the first takes a guest's token; the others find none", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await using crowd = crowdOf(database.url, 18);
  const { orderId, tokenHash } = await offered(sql, guest());
  assertEquals((await orderRow(sql, orderId)).owner, null);
  const crowdOfPeople = await Promise.all(Array.from({ length: 16 }, () => person(sql)));
  const answers = await released(
    crowd.sql,
    (holder) => holder`select from public.routed_orders as o where o.order_id = ${orderId} for update`,
    crowdOfPeople.map((who) => () => beginConfirm(crowd.sql, who, tokenHash)),
  );
  assertEquals(answers.map(({ status }) => status).sort(), [200, ...Array(15).fill(404)]);
  const winner = crowdOfPeople[answers.findIndex(({ status }) => status === 200)];
  assertEquals((await orderRow(sql, orderId)).owner, `user:${winner?.userId}`);
});

Deno.test("nobody confirms with a token that is unknown or another's, nor without being somebody", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [alice, bob] = [await person(sql), await person(sql)];
  const { orderId, tokenHash } = await offered(sql, alice);
  const foreign = await beginConfirm(sql, bob, tokenHash);
  const unknown = await beginConfirm(sql, bob, aTokenHash());
  assertEquals([foreign.status, foreign.body.code], [404, "token_not_found"]);
  assertEquals(foreign.text, unknown.text);
  const nobody = await beginConfirm(sql, guest(), tokenHash);
  assertEquals([nobody.status, nobody.body.code], [401, "credentials_missing"]);
  const itself = await beginConfirm(sql, service, tokenHash);
  assertEquals([itself.status, itself.body.code], [403, "not_allowed"]);
  assertEquals((await orderRow(sql, orderId)).status, "quoted");
});

Deno.test("a token is good until its fifteen minutes are over, whether the job ran or not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const [early, late] = [await offered(sql, alice), await offered(sql, alice)];
  await passMinutes(database, early.orderId, 14);
  purchaseOf(await beginConfirm(sql, alice, early.tokenHash));
  await passMinutes(database, late.orderId, 15);
  for (let again = 0; again < 2; again += 1) {
    const refused = await beginConfirm(sql, alice, late.tokenHash);
    assertEquals([refused.status, refused.body.code], [410, "token_expired"]);
  }
  assertEquals((await orderRow(sql, late.orderId)).status, "expired");
});

Deno.test("less is accepted than was quoted: nothing is bought until it is enough", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId, tokenHash } = await offered(sql, alice);
  for (const accept of [4_999, 0, -1]) {
    const refused = await beginConfirm(sql, alice, tokenHash, { accept });
    assertEquals([refused.status, refused.body.code], [409, "price_changed"]);
    assertEquals(refused.body.details, { totalCents: 5_000, currency: "USD" });
  }
  assertEquals((await orderRow(sql, orderId)).status, "quoted");
  assertEquals(purchaseOf(await beginConfirm(sql, alice, tokenHash, { accept: 5_000 })).mostCents, 5_000);
});

Deno.test("a price that rose at the provider is not paid; accepted, the same token buys", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId, tokenHash, purchase } = await intended(sql, alice);
  const changed = await finishConfirm(sql, alice, purchase, { outcome: "price_changed", totalCents: 5_900 });
  assertEquals([changed.status, changed.body.code], [409, "price_changed"]);
  assertEquals(changed.body.details, { totalCents: 5_900, currency: "USD" });
  const back = await orderRow(sql, orderId);
  assertEquals([back.status, back.most, back.owner], ["quoted", null, `user:${alice.userId}`]);

  const second = purchaseOf(await beginConfirm(sql, alice, tokenHash, { accept: 6_000 }));
  assertEquals([second.attempt, second.mostCents], [2, 6_000]);
  // The first answer again, late: it is of another intent.
  const late = await finishConfirm(sql, alice, purchase, { ...placedAt(), totalCents: 1 });
  assertEquals([late.status, late.body.order?.status], [202, "unknown"]);
  const done = await finishConfirm(sql, alice, second, { ...placedAt(), totalCents: 5_900 });
  assertEquals([done.body.order?.status, done.body.order?.totalCents], ["placed", 5_900]);
});

Deno.test("a provider that wants a payment method has sold nothing: with one, the same token buys", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId, tokenHash, purchase } = await intended(sql, alice);
  const wanted = await finishConfirm(sql, alice, purchase, { outcome: "payment_required" });
  assertEquals([wanted.status, wanted.body.code], [422, "payment_method_required"]);
  assertEquals((await orderRow(sql, orderId)).status, "quoted");
  assertEquals(purchaseOf(await beginConfirm(sql, alice, tokenHash)).attempt, 2);
});

const OFFERS = [
  offerOf("MEALME", 5_000),
  offerOf("KROGER_API", 5_050),
  offerOf("WALMART_API", 5_101),
  offerOf("INSTACART", 5_020),
];

Deno.test("a definite refusal leads to the next stored offer within the accepted price, once each", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId, purchase } = await intended(sql, alice, OFFERS);
  const kroger = purchaseOf(await finishConfirm(sql, alice, purchase, REFUSED));
  assertEquals([kroger.provider, kroger.attempt, kroger.mostCents], ["KROGER_API", 2, 5_100]);
  assertEquals(kroger.quote["totalCents"], 5_050);
  // Walmart's is a cent too dear.
  const instacart = purchaseOf(await finishConfirm(sql, alice, kroger, REFUSED));
  assertEquals([instacart.provider, instacart.attempt], ["INSTACART", 3]);
  const failed = await finishConfirm(sql, alice, instacart, { ...REFUSED, code: "forbidden" });
  assertEquals([failed.status, failed.body.code], [409, "order_failed"]);
  const row = await orderRow(sql, orderId);
  assertEquals([row.status, row.failure, row.tried], [
    ...["failed", "forbidden"],
    ["MEALME", "KROGER_API", "INSTACART"],
  ]);
});

Deno.test("a wider acceptance opens dearer offers; eliminated ones and absent providers are never tried", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const offers = [
    offerOf("MEALME"),
    offerOf("KROGER_API", 5_050, { eliminated: "fees_above_most" }),
    offerOf("INSTACART", 5_060),
    offerOf("WALMART_API", 9_000),
  ];
  const { purchase } = await intended(sql, alice, offers, { accept: 9_000 });
  const providers = EVERYBODY.filter(({ id }) => id !== "INSTACART");
  const next = purchaseOf(await finishConfirm(sql, alice, purchase, REFUSED, { providers }));
  assertEquals([next.provider, next.mostCents], ["WALMART_API", 9_000]);
  const end = await finishConfirm(sql, alice, next, REFUSED, { providers });
  assertEquals(end.body.code, "order_failed");
});

Deno.test("an offer that fills less than the one that was confirmed is no substitute for it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const fills = (filled: number) => ({ features: { commissionBps: 300, filled } });
  const offers = [
    offerOf("MEALME", 5_000, fills(2)),
    offerOf("INSTACART", 4_000, fills(1)),
    offerOf("KROGER_API", 5_050, fills(2)),
  ];
  const { purchase } = await intended(sql, alice, offers);
  const next = purchaseOf(await finishConfirm(sql, alice, purchase, REFUSED));
  assertEquals(next.provider, "KROGER_API");
  assertEquals((await finishConfirm(sql, alice, next, REFUSED)).body.code, "order_failed");
});

Deno.test("a key is spent with the first intent: it confirms no second order before the first is answered", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const headers = keyed();
  const first = await intended(sql, alice, OFFERS, { headers });
  const second = await offered(sql, alice);
  const refused = await beginConfirm(sql, alice, second.tokenHash, { headers });
  assertEquals([refused.status, refused.body.code], [422, "idempotency_key_reused"]);
  assertEquals((await orderRow(sql, second.orderId)).status, "quoted");
  assertEquals((await beginConfirm(sql, alice, first.tokenHash, { headers })).status, 202);
});

Deno.test("a guest's route goes to whoever confirms its order, not to one who was turned away", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [alice, bob] = [await person(sql), await person(sql)];
  const { routeId, tokenHash } = await offered(sql, guest());
  const readers = async () => {
    const [row] =
      await sql`select r.user_id as "userId" from public.order_routes as r where r.route_id = ${routeId}`;
    return row?.["userId"];
  };
  assertEquals((await beginConfirm(sql, alice, tokenHash, { providers: [] })).status, 503);
  assertEquals(await readers(), null);
  purchaseOf(await beginConfirm(sql, bob, tokenHash));
  assertEquals(await readers(), bob.userId);
});

Deno.test("what became of an order after it was placed changes nothing of its having been confirmed", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  for (const status of ["cancelled", "failed", "delivered"]) {
    const { orderId, tokenHash } = await settledAs(sql, alice, placedAt());
    await asService(sql, "record_provider_status", { order_id: orderId, state: { status } });
    const again = await beginConfirm(sql, alice, tokenHash);
    assertEquals([again.status, again.body.order?.status], [200, status]);
  }
});

Deno.test("a refusal that is the provider's fault is one of its outcomes, once", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const fault = { ...REFUSED, code: "unavailable", countsAgainst: true };
  const { purchase } = await intended(sql, alice, OFFERS);
  const next = await finishConfirm(sql, alice, purchase, fault);
  await finishConfirm(sql, alice, purchaseOf(next), REFUSED);
  const outcomes = await sql`
    select o.provider_id as provider, o.source, o.was_successful as "wasSuccessful", o.failure_code as code
    from public.order_outcomes as o`;
  assertEquals([...outcomes], [
    { provider: "MEALME", source: "confirm", wasSuccessful: false, code: "unavailable" },
  ]);
  const [metrics] = await sql`
    select m.outcomes, m.successes from public.provider_metrics as m where m.provider_id = 'MEALME'`;
  assertEquals({ ...metrics }, { outcomes: 1, successes: 0 });
});

Deno.test("a lost answer leaves the order unknown: nobody buys again, and nothing is stored under the key", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId, tokenHash, purchase } = await intended(sql, alice, OFFERS);
  const key = keyed();
  const lost = await finishConfirm(sql, alice, purchase, LOST, { headers: key });
  assertEquals([lost.status, lost.body.order?.status], [202, "unknown"]);
  for (const headers of [key, {}]) {
    const again = await beginConfirm(sql, alice, tokenHash, { headers });
    assertEquals([again.status, again.body.order?.status, again.body.purchase], [202, "unknown", undefined]);
  }
  const stored = await sql`select from private.idempotency_keys`;
  assertEquals([(await orderRow(sql, orderId)).status, stored.length], ["unknown", 0]);
  // The function that was thought lost comes back with the answer.
  const late = await finishConfirm(sql, alice, purchase, placedAt());
  assertEquals([late.status, late.body.order?.status], [200, "placed"]);
});

Deno.test("a definite answer that comes after an intent was given up for lost ends it, and buys nothing more", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const answers = [
    [REFUSED, "refused"],
    [{ outcome: "price_changed", totalCents: 9_000 }, "price_changed"],
    [{ outcome: "payment_required" }, "payment_required"],
  ] as const;
  for (const [result, code] of answers) {
    const { orderId, purchase } = await intended(sql, alice, OFFERS);
    await finishConfirm(sql, alice, purchase, LOST);
    const late = await finishConfirm(sql, alice, purchase, result);
    assertEquals([late.status, late.body.code, late.body.purchase], [409, "order_failed", undefined]);
    const row = await orderRow(sql, orderId);
    assertEquals([row.status, row.failure, row.attempt], ["failed", code, 1]);
  }
});

Deno.test("an answer to a settled intent changes nothing, whatever it says", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId, purchase, answer } = await settledAs(sql, alice, placedAt(), OFFERS);
  const before = await orderRow(sql, orderId);
  for (const result of [placedAt(), HANDED_OFF, REFUSED, LOST, { outcome: "price_changed", totalCents: 1 }]) {
    const late = await finishConfirm(sql, alice, purchase, result);
    assertEquals([late.status, late.text], [200, answer.text]);
  }
  assertEquals(await orderRow(sql, orderId), before);
  const unknown = { ...purchase, orderId: crypto.randomUUID() };
  assertEquals((await finishConfirm(sql, alice, unknown, placedAt())).body.code, "not_found");
});

Deno.test("a confirmation with a key answers the same bytes, and its key fits no other", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const [one, two] = [await offered(sql, alice), await offered(sql, alice)];
  const headers = keyed();
  const purchase = purchaseOf(await beginConfirm(sql, alice, one.tokenHash, { headers }));
  const request = { tokenHash: one.tokenHash, acceptTotalCentsUpTo: null };
  const done = await finishConfirm(sql, alice, purchase, { ...placedAt(), request }, { headers });
  for (let again = 0; again < 2; again += 1) {
    const replay = await beginConfirm(sql, alice, one.tokenHash, { headers });
    assertEquals([replay.status, replay.text], [200, done.text]);
    assertEquals(replay.headers["idempotency-replayed"], "true");
  }
  const other = await beginConfirm(sql, alice, two.tokenHash, { headers });
  assertEquals([other.status, other.body.code], [422, "idempotency_key_reused"]);
  assertEquals((await orderRow(sql, two.orderId)).status, "quoted");
});

Deno.test("a confirmation takes its calls from the quotas, gives back what was not made, and waits where none are left", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  await sql`update public.provider_quotas set max_per_day = 3 where endpoint = 'cart'`;
  const providers = at("KROGER_API", { cart: 2 });
  const offers = [offerOf("KROGER_API")];
  const { purchase } = await intended(sql, alice, offers, { providers });
  assertEquals((await quotaOf(sql, "KROGER_API", "cart")).used, 2);

  const second = await offered(sql, alice, offers);
  const headers = keyed();
  const waiting = await beginConfirm(sql, alice, second.tokenHash, { providers, headers });
  assertEquals([waiting.status, waiting.body.code], [503, "provider_unavailable"]);
  assertEquals(waiting.headers["retry-after"], "60");
  const left = await orderRow(sql, second.orderId);
  assertEquals([left.status, left.attempt], ["quoted", 0]);

  await finishConfirm(sql, alice, purchase, { ...HANDED_OFF, calls: { cart: 1 } });
  await finishConfirm(sql, alice, purchase, { ...HANDED_OFF, calls: {} });
  assertEquals((await quotaOf(sql, "KROGER_API", "cart")).used, 1);
  // The same key: what was only a matter of time was not stored.
  purchaseOf(await beginConfirm(sql, alice, second.tokenHash, { providers, headers }));
});

Deno.test("a provider that takes no part, or was taken out, is sent no order; the next offer is", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId, tokenHash } = await offered(sql, alice, OFFERS);
  const absent = await beginConfirm(sql, alice, tokenHash, { providers: at("INSTACART") });
  assertEquals([absent.status, absent.body.code], [503, "provider_unavailable"]);
  await takeOut(sql, "MEALME");
  const out = await beginConfirm(sql, alice, tokenHash);
  assertEquals([out.status, out.body.code], [503, "provider_unavailable"]);
  assertEquals((await orderRow(sql, orderId)).attempt, 0);

  await sql`update public.provider_circuits set taken_out = false`;
  const purchase = purchaseOf(await beginConfirm(sql, alice, tokenHash));
  await takeOut(sql, "KROGER_API");
  assertEquals(purchaseOf(await finishConfirm(sql, alice, purchase, REFUSED)).provider, "INSTACART");
});

async function takeOut(sql: postgres.Sql, provider: string): Promise<void> {
  await sql`update public.provider_circuits set taken_out = true where provider_id = ${provider}`;
}

Deno.test("one order of a provider's is never two of ours", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const result = placedAt();
  await settledAs(sql, alice, result);
  const { orderId, purchase } = await intended(sql, alice);
  assertEquals((await finishConfirm(sql, alice, purchase, result)).sqlstate, "23505");
  assertEquals((await orderRow(sql, orderId)).status, "confirming");
  const found = await asService(sql, "find_routed_order", {
    provider_id: "MEALME",
    provider_order_id: result["providerOrderId"],
  });
  assertEquals(found.status, 200);
});

Deno.test("people confirm 30 times a minute", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  for (let turn = 0; turn < 30; turn += 1) {
    assertEquals((await beginConfirm(sql, alice, aTokenHash())).status, 404);
  }
  await sql`update private.rate_limit_buckets set tokens = 0, updated_at = clock_timestamp()`;
  const refused = await beginConfirm(sql, alice, aTokenHash());
  assertEquals([refused.status, refused.body.code], [429, "rate_limited"]);
});
