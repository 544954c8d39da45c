import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { SETTLEMENT_TRANSITIONS, type SettlementStatus } from "../../shared/bidding/rules.ts";
import { type Report, settle, type SettlementView } from "../support/bidding_desk.ts";
import { type BiddingCast, biddingCast, codeOf, openStage, type Stage } from "../support/bidding_stage.ts";
import { agent, anon, callAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf, released } from "../support/races.ts";
import { adminPerson, agentToken, succeeded } from "../support/tasks.ts";

const SIDES = ["payment", "payout"] as const;
const STATUSES: readonly SettlementStatus[] = ["pending", "processing", "completed", "failed", "refunded"];

/** How each status is reached. */
const PATHS: Readonly<Record<SettlementStatus, readonly SettlementStatus[]>> = {
  pending: [],
  processing: ["processing"],
  completed: ["processing", "completed"],
  failed: ["failed"],
  refunded: ["completed", "refunded"],
};

Deno.test("private.settlement_transitions says the same as the rules", async () => {
  await using database = await freshDatabase();
  const rows = await database.sql<{ from: SettlementStatus; to: SettlementStatus }[]>`
    select t.from_status as from, t.to_status as to from private.settlement_transitions as t`;
  const rules = STATUSES.flatMap((from) => SETTLEMENT_TRANSITIONS[from].map((to) => `${from} ${to}`));
  assertEquals(rows.map(({ from, to }) => `${from} ${to}`).sort(), rules.sort());
});

Deno.test("payment and payout take every step of the rules and no other", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const side of SIDES) {
    for (const from of STATUSES) {
      await t.step(`${side} ${from}`, async () => {
        for (const to of STATUSES) {
          const stage = await settledStage(cast);
          for (const status of PATHS[from]) succeeded(await settle(stage, { side, status }));
          const before = await settlementOf(stage);
          const answer = await settle(stage, { side, status: to });
          if (to === "pending") assertEquals([answer.status, codeOf(answer)], [400, "invalid_request"]);
          else if (to === from) assertEquals(answer.body.settlement, before);
          else if (SETTLEMENT_TRANSITIONS[from].includes(to)) {
            const moved = { ...before, [`${side}Status`]: to, version: (before.version ?? 0) + 1 };
            assertEquals({ ...answer.body.settlement, updatedAt: "" }, { ...moved, updatedAt: "" });
            continue;
          } else {
            assertEquals([answer.status, codeOf(answer)], [409, "invalid_transition"], `${from} ${to}`);
            assertEquals(answer.body.details, { currentStatus: from, requestedStatus: to });
          }
          assertEquals(await settlementOf(stage), before);
        }
      });
    }
  }
});

Deno.test("the two sides move apart from each other, and the money stays what it was", async () => {
  await using database = await freshDatabase();
  const stage = await settledStage(await biddingCast(database));
  await settle(stage, { side: "payout", status: "failed", externalId: "po_1" });
  await settle(stage, { side: "payment", status: "processing", externalId: "pi_1" });
  const { updatedAt: _, ...settlement } = { updatedAt: "", ...await settlementOf(stage) };
  assertEquals<unknown>(settlement, {
    sessionId: stage.id,
    currency: "USD",
    winningBidCents: 100_000,
    compensationCents: 25_000,
    platformRevenueCents: 75_000,
    paymentStatus: "processing",
    paymentExternalId: "pi_1",
    payoutStatus: "failed",
    payoutExternalId: "po_1",
    version: 3,
  });
  await stage.assertHonest();
});

Deno.test("what is told twice is no news: the same answer, no version, no row of audit", async () => {
  await using database = await freshDatabase();
  const stage = await settledStage(await biddingCast(database));
  const report: Report = { side: "payment", status: "completed", externalId: "pi_1" };
  const first = succeeded(await settle(stage, report));
  for (const again of [report, { ...report, externalId: null }]) {
    assertEquals((await settle(stage, again)).body, first.body);
  }
  assertEquals(await auditOf(stage), ["created", "moved"]);
});

Deno.test("a payment keeps its externalId, unless the attempt failed", async () => {
  await using database = await freshDatabase();
  const stage = await settledStage(await biddingCast(database));
  const report = (status: string, externalId: string | null) =>
    settle(stage, { side: "payment", status, externalId });
  succeeded(await report("processing", "first"));
  const other = await report("completed", "second");
  assertEquals([other.status, codeOf(other)], [409, "external_id_mismatch"]);
  assertEquals(other.body.details, { externalId: "first" });
  succeeded(await report("failed", null));
  assertEquals((await settlementOf(stage)).paymentExternalId, "first");
  assertEquals(succeeded(await report("processing", "second")).body.settlement?.paymentExternalId, "second");
  succeeded(await report("completed", "second"));
  assertEquals(codeOf(await report("refunded", "first")), "external_id_mismatch");
  assertEquals(succeeded(await report("refunded", null)).body.settlement?.paymentExternalId, "second");
});

Deno.test("an externalId belongs to one payment, one payout", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [one, other] = [await settledStage(cast), await settledStage(cast)];
  for (const side of SIDES) {
    succeeded(await settle(one, { side, status: "processing", externalId: "same" }));
    const taken = await settle(other, { side, status: "processing", externalId: "same" });
    assertEquals([taken.status, codeOf(taken), taken.sqlstate], [409, "external_id_mismatch", null]);
  }
  const { paymentStatus, payoutStatus, version } = await settlementOf(other);
  assertEquals([paymentStatus, payoutStatus, version], ["pending", "pending", 1]);
});

Deno.test("a report names a side, a status and at most 255 characters of externalId", async () => {
  await using database = await freshDatabase();
  const stage = await settledStage(await biddingCast(database));
  const wrong = [
    ...["", "refund", "Payment", null].map((side) => ({ side, status: "completed" })),
    ...["", "paid", "pending", "COMPLETED", null].map((status) => ({ side: "payment", status })),
    ...["", " \t", "x".repeat(256)].map((id) => ({
      side: "payment",
      status: "completed",
      ["external_id"]: id,
    })),
  ];
  for (const report of wrong) {
    const answer = await callAs(stage.cast.sql, service, "record_settlement", {
      ["session_id"]: stage.id,
      ...report,
    });
    assertEquals([report, answer.status, answer.body.code], [report, 400, "invalid_request"]);
  }
  assertEquals(await auditOf(stage), ["created"]);
  const longest = "😀".repeat(255);
  succeeded(await settle(stage, { side: "payment", status: "completed", externalId: longest }));
  assertEquals((await settlementOf(stage)).paymentExternalId, longest);
});

Deno.test("a payout that is not owed does not move, and is told so", async () => {
  await using database = await freshDatabase();
  const stage = await settledStage(await biddingCast(database), { compensationBps: 0 });
  for (const status of ["processing", "completed", "failed", "refunded"]) {
    const answer = await settle(stage, { side: "payout", status });
    assertEquals([answer.status, codeOf(answer)], [409, "invalid_transition"]);
    assertEquals(answer.body.message, `A payout that is not owed cannot become ${status}`);
    assertEquals(answer.body.details, { currentStatus: null, requestedStatus: status });
  }
  assertEquals(
    succeeded(await settle(stage, { side: "payment", status: "completed" })).body.settlement?.payoutStatus,
    null,
  );
});

Deno.test("what has no result has nothing to settle", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [open, cancelled, expired] = [await openStage(cast), await openStage(cast), await openStage(cast)];
  await open.bid("A", 100_000);
  await cancelled.bid("A", 100_000);
  await cancelled.cancel();
  await expired.end();
  for (const { id } of [open, cancelled, expired, { id: crypto.randomUUID() }]) {
    const answer = await settle({ cast, id }, { side: "payment", status: "completed" });
    assertEquals([answer.status, codeOf(answer)], [404, "not_found"]);
  }
});

Deno.test("every admin is told of a failed payment or payout, once for each failure", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const grace = await adminPerson(cast.sql, "grace");
  const stage = await settledStage(cast);
  const failed: Report = { side: "payment", status: "failed", externalId: "pi_1" };
  for (const report of [failed, failed, { side: "payout", status: "failed" } as const]) {
    succeeded(await settle(stage, report));
  }
  const said = { sessionId: stage.id, side: "payment", externalId: "pi_1" };
  const both = [said, { ...said, side: "payout", externalId: null }];
  const admins = [cast.admin, grace].map(({ userId }) => userId).sort();
  assertEquals(await failuresTold(cast.sql), admins.flatMap((userId) => both.map((each) => [userId, each])));
  // A new attempt that fails is a new failure.
  succeeded(await settle(stage, { side: "payment", status: "processing", externalId: "pi_2" }));
  succeeded(await settle(stage, { ...failed, externalId: "pi_2" }));
  const third = { ...said, externalId: "pi_2" };
  assertEquals(
    await failuresTold(cast.sql),
    admins.flatMap((userId) => [...both, third].map((each) => [userId, each])),
  );
  const topics = await cast.sql<{ topic: string }[]>`
    select topic from realtime.messages where event = 'settlement_failed' and private order by topic`;
  assertEquals(topics.map(({ topic }) => topic), admins.flatMap((id) => Array(3).fill(`user:${id}`)));
});

Deno.test("money is reported by the service and nobody else", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await settledStage(cast);
  const bot = agent(await agentToken(cast.sql, "marketplace-amazon"));
  const callers = [
    [anon, 401],
    [bot, 401],
    [stage.who("A"), 403],
    [stage.who("B"), 403],
    [cast.outsider, 403],
    [cast.admin, 403],
  ] as const;
  for (const [caller, status] of callers) {
    const answer = await settle(stage, { side: "payment", status: "completed" }, { caller });
    assertEquals([answer.status, answer.sqlstate], [status, "42501"]);
  }
  assertEquals(await auditOf(stage), ["created"]);
});

Deno.test("of 16 reports of one payment at once, each with an id of its own, the first one stands", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await settledStage(cast);
  await using crowd = crowdOf(database.url, 16);
  const racers = Array.from({ length: 16 }, (_, index) => () => {
    const report: Report = { side: "payment", status: "completed", externalId: `pi_${index}` };
    return settle({ cast: { ...cast, sql: crowd.sql }, id: stage.id }, report);
  });
  const lock = (holder: postgres.TransactionSql) =>
    holder`select from public.bidding_results where session_id = ${stage.id} for no key update`;
  const answers = await released(cast.sql, lock, racers);
  assertEquals(answers.map(codeOf), ["ok", ...Array(15).fill("invalid_transition")]);
  assertEquals((await settlementOf(stage)).paymentExternalId, "pi_0");
  assertEquals(await auditOf(stage), ["created", "moved"]);
});

/** A session that A has won at its starting bid, before B, who is compensated. */
async function settledStage(
  cast: BiddingCast,
  rules: Readonly<Record<string, unknown>> = {},
): Promise<Stage> {
  const stage = await openStage(cast, rules);
  succeeded(await stage.bid("A", 100_000));
  succeeded(await stage.withdraw("B"));
  return stage;
}

async function settlementOf({ cast: { sql }, id }: Stage): Promise<SettlementView> {
  const rows = await sql.begin(async (transaction) => {
    await transaction`set local timezone = 'UTC'`;
    return await transaction<{ settlement: SettlementView }[]>`
      select private.settlement_json(r) as settlement from public.bidding_results as r where r.session_id = ${id}`;
  });
  return present(rows[0], "a settlement").settlement;
}

async function auditOf({ cast: { sql }, id }: Stage): Promise<readonly string[]> {
  const rows = await sql<{ action: string }[]>`
    select action from public.audit_logs where resource_type = 'settlement' and resource_id = ${id} order by seq`;
  return rows.map(({ action }) => action);
}

async function failuresTold(sql: postgres.Sql) {
  const rows = await sql<{ recipient: string; payload: unknown }[]>`
    select recipient, payload from private.outbox where event = 'settlement_failed' order by recipient, id`;
  return rows.map(({ recipient, payload }) => [recipient, payload]);
}
