import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { agent, callAs, type Caller, type CallHeaders, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf } from "../support/races.ts";
import { guest, keyed, offered, offerOf, type RoutingBody, unlimited } from "../support/routing_desk.ts";
import {
  asService,
  beginConfirm,
  HANDED_OFF,
  intended,
  LOST,
  orderRow,
  passMinutes,
  placedAt,
  REFUSED,
  settledAs,
} from "../support/routing_orders.ts";
import { agentToken, person } from "../support/tasks.ts";

async function cancel(
  sql: postgres.Sql,
  who: Caller,
  args: Record<string, unknown>,
  headers: CallHeaders = {},
) {
  return await callAs<RoutingBody>(sql, who, "cancel_route", args, headers);
}

async function report(sql: postgres.Sql, who: Caller, outcome: unknown, headers: CallHeaders = {}) {
  return await callAs<RoutingBody>(sql, who, "record_outcome", { outcome }, headers);
}

function anOutcome(orderId: string, overrides: Readonly<Record<string, unknown>> = {}) {
  return { orderId, wasSuccessful: true, itemsOrdered: 2, itemsDelivered: 2, ...overrides };
}

Deno.test("an offer is given up by its owner or the service, and is not confirmed afterwards", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const robot = agent(await agentToken(sql, "marketplace-amazon"));
  for (const [owner, who] of [[alice, alice], [robot, robot], [alice, service]] as const) {
    const { routeId, orderId, tokenHash } = await offered(sql, owner);
    const given = await cancel(sql, who, { route_id: routeId, reason: "Too dear" });
    assertEquals([given.status, given.body.order?.status], [200, "cancelled"]);
    assertEquals((await cancel(sql, who, { route_id: routeId })).text, given.text);
    const late = await beginConfirm(sql, owner, tokenHash);
    assertEquals([late.status, late.body.code], [409, "invalid_transition"]);
    assertEquals((await orderRow(sql, orderId)).attempt, 0);
  }
});

Deno.test("what was placed, handed off, lost or over is not cancelled here", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  for (const result of [placedAt(), HANDED_OFF, LOST, REFUSED]) {
    const { routeId, orderId } = await settledAs(sql, alice, result);
    const { status } = await orderRow(sql, orderId);
    const refused = await cancel(sql, alice, { route_id: routeId });
    assertEquals([refused.status, refused.body.code], [409, "not_cancellable"]);
    assertEquals(refused.body.details, { currentStatus: status, provider: "MEALME" });
    assertEquals((await orderRow(sql, orderId)).status, status);
  }
  const { routeId } = await intended(sql, alice);
  assertEquals((await cancel(sql, alice, { route_id: routeId })).body.code, "not_cancellable");
});

Deno.test("nobody gives up another's offer, nor a guest's, nor one that is not there", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [alice, bob] = [await person(sql), await person(sql)];
  const [hers, nobodys] = [await offered(sql, alice), await offered(sql, guest())];
  for (const routeId of [hers.routeId, nobodys.routeId, crypto.randomUUID()]) {
    const refused = await cancel(sql, bob, { route_id: routeId });
    assertEquals([refused.status, refused.body.code], [404, "not_found"]);
  }
  const long = await cancel(sql, alice, { route_id: hers.routeId, reason: "x".repeat(501) });
  assertEquals([long.status, long.body.code], [400, "invalid_request"]);
  assertEquals((await orderRow(sql, hers.orderId)).status, "quoted");
});

Deno.test("of confirming and cancelling at once one happens", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  await using crowd = crowdOf(database.url, 4);
  const alice = await person(sql);
  for (let round = 0; round < 12; round += 1) {
    const { routeId, orderId, tokenHash } = await offered(sql, alice);
    const acts = [
      () => beginConfirm(crowd.sql, alice, tokenHash),
      () => cancel(crowd.sql, alice, { route_id: routeId }),
    ];
    const answers = await Promise.all((round % 2 === 0 ? acts : acts.reverse()).map((act) => act()));
    assertEquals(answers.map(({ status }) => status).sort(), [200, 409]);
    const { status } = await orderRow(sql, orderId);
    const bought = answers.some(({ body }) => body.purchase !== undefined);
    assertEquals(status, bought ? "confirming" : "cancelled");
  }
});

/** What is wrong with an outcome, and where. */
const WRONG: readonly (readonly [unknown, path: string])[] = [
  [null, ""],
  [[], ""],
  ["x", ""],
  [{ orderId: "x" }, "orderId"],
  [{ orderId: null }, "orderId"],
  [{ orderId: {} }, "orderId"],
  [{ wasSuccessful: "yes" }, "wasSuccessful"],
  [{ wasSuccessful: null }, "wasSuccessful"],
  [{ wasCancelled: 1 }, "wasCancelled"],
  [{ itemsOrdered: null }, "itemsOrdered"],
  [{ itemsOrdered: 0 }, "itemsOrdered"],
  [{ itemsOrdered: 1.5 }, "itemsOrdered"],
  [{ itemsOrdered: "2" }, "itemsOrdered"],
  [{ itemsOrdered: 100_001 }, "itemsOrdered"],
  [{ itemsOrdered: 1e300 }, "itemsOrdered"],
  [{ itemsDelivered: -1 }, "itemsDelivered"],
  [{ itemsDelivered: 3 }, "itemsDelivered"],
  [{ itemsDelivered: true }, "itemsDelivered"],
  [{ actualDeliveryMinutes: 0 }, "actualDeliveryMinutes"],
  [{ actualDeliveryMinutes: 100_001 }, "actualDeliveryMinutes"],
  [{ userRating: 0 }, "userRating"],
  [{ userRating: 6 }, "userRating"],
  [{ userRating: [5] }, "userRating"],
  [{ issues: "other" }, "issues"],
  [{ issues: null }, "issues"],
  [{ issues: ["late"] }, "issues"],
  [{ issues: [["other"]] }, "issues"],
  [{ issues: [null] }, "issues"],
  [{ issues: { other: true } }, "issues"],
  [{ issues: Array(8).fill("other") }, "issues"],
  [{ totalCents: 1 }, "totalCents"],
  [{ commissionBps: 9_000 }, "commissionBps"],
  [{ itemsOrdered: 1, note: "x".repeat(20_000) }, ""],
];

Deno.test("every field of an outcome is judged, and money in it is refused", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  const alice = await person(sql);
  const { orderId } = await settledAs(sql, alice, placedAt());
  for (const [wrong, path] of WRONG) {
    const isPart = typeof wrong === "object" && wrong !== null && !Array.isArray(wrong);
    const said = JSON.stringify(wrong).slice(0, 80);
    const refused = await report(sql, alice, isPart ? { ...anOutcome(orderId), ...wrong } : wrong);
    assertEquals([said, refused.status, refused.body.code], [said, 400, "invalid_request"]);
    const issues = Object(present(refused.body.details, "details")["issues"]);
    assertEquals([said, issues.map((issue: { path: string }) => issue.path)], [said, [path]]);
  }
  assertEquals((await sql`select from public.order_outcomes`).length, 0);
});

Deno.test("an outcome is kept once, with the money of our own records", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId } = await settledAs(sql, alice, { ...placedAt(), totalCents: 5_040 });
  const said = anOutcome(orderId, {
    ...{ itemsDelivered: 1, actualDeliveryMinutes: 50, userRating: 4 },
    ...{ issues: ["missing_items", "late_delivery"], wasCancelled: false },
  });
  const first = await report(sql, alice, said);
  assertEquals(first.status, 201);
  const { recordedAt, ...outcome } = present(first.body.outcome, "an outcome");
  assertEquals(typeof recordedAt, "string");
  assertEquals(outcome, {
    ...{
      id: orderId,
      orderId,
      provider: "MEALME",
      source: "owner",
      wasSuccessful: true,
      wasCancelled: false,
    },
    ...{ itemsOrdered: 2, itemsDelivered: 1, promisedDeliveryMinutes: 45, actualDeliveryMinutes: 50 },
    ...{ userRating: 4, issues: ["missing_items", "late_delivery"], totalCents: 5_040 },
  });
  const [row] = await sql`
    select o.commission_bps as bps, o.recorded_by as "recordedBy", o.total_cents::integer as total
    from public.order_outcomes as o`;
  assertEquals({ ...row }, { bps: 300, recordedBy: `user:${alice.userId}`, total: 5_040 });
  for (const who of [alice, service]) {
    const again = await report(sql, who, said);
    assertEquals([again.status, again.body.code], [409, "outcome_exists"]);
  }
});

Deno.test("of eight outcomes of one order at once one is kept; with a key they are one answer", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await using crowd = crowdOf(database.url, 8);
  const alice = await person(sql);
  const one = await settledAs(sql, alice, HANDED_OFF);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => report(crowd.sql, alice, anOutcome(one.orderId))),
  );
  assertEquals(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
  const two = await settledAs(sql, alice, HANDED_OFF);
  const key = keyed();
  const same = await Promise.all(
    Array.from({ length: 8 }, () => report(crowd.sql, alice, anOutcome(two.orderId), key)),
  );
  assertEquals(new Set(same.map(({ status, text }) => `${status} ${text}`)).size, 1);
  assertEquals(same[0]?.status, 201);
});

Deno.test("an outcome is its owner's or the service's to record, of an order that a provider has", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const [alice, bob] = [await person(sql), await person(sql)];
  const { orderId } = await settledAs(sql, alice, placedAt());
  const unknown = await report(sql, bob, anOutcome(crypto.randomUUID()));
  const foreign = await report(sql, bob, anOutcome(orderId));
  assertEquals([foreign.status, foreign.body.code], [404, "not_found"]);
  assertEquals(foreign.text, unknown.text);
  for (
    const early of [
      await offered(sql, alice),
      await intended(sql, alice),
      await settledAs(sql, alice, LOST),
      await settledAs(sql, alice, REFUSED),
    ]
  ) {
    const refused = await report(sql, alice, anOutcome(early.orderId));
    assertEquals([refused.status, refused.body.code], [409, "invalid_transition"]);
  }
  assertEquals((await report(sql, service, anOutcome(orderId))).body.outcome?.["source"], "service");
});

Deno.test("an order its customer cancelled was no success and counts neither way", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const { orderId } = await settledAs(sql, alice, placedAt());
  const kept = await report(sql, alice, anOutcome(orderId, { wasCancelled: true, wasSuccessful: true }));
  assertEquals(kept.body.outcome?.["wasSuccessful"], false);
  assertEquals(await counted(sql), { outcomes: 0, successes: 0 });
});

Deno.test("of one owner's own outcomes five count in 30 days; others' count beside them", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  const [alice, bob] = [await person(sql), await person(sql)];
  for (let order = 0; order < 8; order += 1) {
    const { orderId } = await settledAs(sql, alice, placedAt());
    await report(sql, alice, anOutcome(orderId, { wasSuccessful: order === 0 }));
  }
  assertEquals(await counted(sql), { outcomes: 5, successes: 1 });
  await report(sql, bob, anOutcome((await settledAs(sql, bob, placedAt())).orderId));
  for (let order = 0; order < 6; order += 1) {
    await report(sql, service, anOutcome((await settledAs(sql, alice, placedAt())).orderId));
  }
  assertEquals(await counted(sql), { outcomes: 12, successes: 8 });
});

Deno.test("of one owner's eight outcomes at once five count", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await unlimited(sql);
  await using crowd = crowdOf(database.url, 8);
  const alice = await person(sql);
  const orders: string[] = [];
  for (let order = 0; order < 8; order += 1) orders.push((await settledAs(sql, alice, placedAt())).orderId);
  const answers = await Promise.all(orders.map((orderId) => report(crowd.sql, alice, anOutcome(orderId))));
  assertEquals(answers.map(({ status }) => status), Array(8).fill(201));
  assertEquals(await counted(sql), { outcomes: 5, successes: 5 });
});

async function counted(sql: postgres.Sql) {
  const [row] = await sql<{ outcomes: number; successes: number }[]>`
    select m.outcomes, m.successes from public.provider_metrics as m where m.provider_id = 'MEALME'`;
  return { ...present(row, "metrics") };
}

Deno.test("what the provider says of a placed order is recorded once, however often it comes", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const said: readonly (readonly [string, string | null, boolean, number])[] = [
    ["delivered", null, true, 1],
    ["cancelled", null, false, 0],
    ["failed", "failed_at_provider", false, 0],
  ];
  for (const [status, failure, wasSuccessful, itemsDelivered] of said) {
    await t.step(status, async () => {
      const { orderId } = await settledAs(sql, alice, placedAt());
      await passMinutes(database, orderId, 33);
      const told = await Promise.all(
        Array.from(
          { length: 4 },
          () => asService(sql, "record_provider_status", { order_id: orderId, state: { status } }),
        ),
      );
      assertEquals(
        told.map(({ status, body }) => [status, body.order?.status]),
        Array(4).fill([200, status]),
      );
      assertEquals((await orderRow(sql, orderId)).failure, failure);
      const outcomes = await sql`
        select o.source, o.was_successful as "wasSuccessful", o.was_cancelled as "wasCancelled",
          o.items_ordered as ordered, o.items_delivered as delivered, o.actual_minutes as minutes
        from public.order_outcomes as o where o.order_id = ${orderId}`;
      assertEquals([...outcomes], [{
        ...{ source: "webhook", wasSuccessful, wasCancelled: false, ordered: 1, delivered: itemsDelivered },
        minutes: status === "delivered" ? 33 : null,
      }]);
      // A message that comes late, of an earlier or another state.
      for (const late of ["placed", "delivered", "cancelled", "failed", "odd"]) {
        await asService(sql, "record_provider_status", { order_id: orderId, state: { status: late } });
      }
      assertEquals((await orderRow(sql, orderId)).status, status);
    });
  }
});

Deno.test("a provider speaks of placed orders only, and its word stands beside what the owner said before", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const alice = await person(sql);
  const state = { status: "delivered" };
  for (
    const order of [await offered(sql, alice), await intended(sql, alice), await settledAs(sql, alice, LOST)]
  ) {
    const before = await orderRow(sql, order.orderId);
    await asService(sql, "record_provider_status", { order_id: order.orderId, state });
    assertEquals(await orderRow(sql, order.orderId), before);
  }
  const { orderId } = await settledAs(sql, alice, placedAt());
  await report(sql, alice, anOutcome(orderId, { wasSuccessful: false }));
  const told = await asService(sql, "record_provider_status", { order_id: orderId, state });
  assertEquals([told.status, told.body.order?.status], [200, "delivered"]);
  assertEquals((await sql`select from public.order_outcomes where source = 'owner'`).length, 1);
  const unknown = await asService(sql, "record_provider_status", { order_id: crypto.randomUUID(), state });
  assertEquals([unknown.status, unknown.body.code], [404, "not_found"]);
});

Deno.test("an order whose offer lists no lines is delivered all the same", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const offer = offerOf("MEALME");
  const quote = { ...Object(offer["quote"]), lines: [] };
  const { orderId } = await settledAs(sql, await person(sql), placedAt(), [{ ...offer, quote }]);
  const state = { status: "delivered" };
  const told = await asService(sql, "record_provider_status", { order_id: orderId, state });
  assertEquals([told.status, told.body.order?.status], [200, "delivered"]);
});
