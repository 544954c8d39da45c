/** Workers that take deliveries at the same time, hang, crash, and report late. */
import { assertEquals, assertLess, assertNotEquals } from "@std/assert";
import type postgres from "postgres";
import type { Claim, DeliveryResult } from "../../shared/delivery/delivery.ts";
import { freshDatabase } from "../support/database.ts";
import { addChannel, claimed, deliveriesOf, letTimePass, recorded, say } from "../support/deliveries.ts";
import { present } from "../support/present.ts";
import { crowdOf } from "../support/races.ts";

function results({ lease, deliveries }: Claim, outcome: Partial<DeliveryResult>): DeliveryResult[] {
  return deliveries.map(({ deliveryId }) => ({ deliveryId, lease, outcome: "delivered", ...outcome }));
}

const RETRY = { outcome: "retry", error: "away", retryInSeconds: 5 } as const;

async function manyChannels(sql: postgres.Sql, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, i) => addChannel(sql, "email", `operator-${i}@example.com`)),
  );
}

Deno.test("of eight workers at once each delivery goes to exactly one", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await manyChannels(sql, 60);
  await say(sql, "ping", { times: 5 });
  await using crowd = crowdOf(database.url, 8);
  const worker = async () => {
    const taken: string[] = [];
    for (
      let claim = await claimed(crowd.sql, 7);
      claim.deliveries.length > 0;
      claim = await claimed(crowd.sql, 7)
    ) {
      taken.push(...claim.deliveries.map(({ deliveryId }) => deliveryId));
      await recorded(crowd.sql, results(claim, {}));
    }
    return taken;
  };
  const shares = await Promise.all(Array.from({ length: 8 }, worker));
  const taken = shares.flat();
  assertEquals([taken.length, new Set(taken).size], [300, 300]);
  const states = await deliveriesOf(sql);
  assertEquals(
    new Set(states.map(({ status, attempts }) => `${status} ${attempts}`)),
    new Set(["delivered 1"]),
  );
});

Deno.test("what a worker holds nobody else gets, and a claim waits for no other", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await manyChannels(sql, 3);
  await say(sql, "ping");
  await using impatient = crowdOf(database.url, 1);
  await impatient.sql`set statement_timeout = '5s'`;
  await sql.begin(async (holder) => {
    await holder`select from private.deliveries order by id limit 1 for update`;
    assertEquals((await claimed(impatient.sql)).deliveries.length, 2);
  });
  assertEquals((await claimed(sql)).deliveries.length, 1);
  assertEquals((await claimed(sql)).deliveries.length, 0);
});

Deno.test("a crashed worker's deliveries come back when their lease ends, under the same id", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await addChannel(sql, "email", "operators@example.com");
  await say(sql, "ping");
  const first = await claimed(sql);
  const [state] = await deliveriesOf(sql);
  assertEquals([state?.status, state?.attempts, state?.leased], ["pending", 1, true]);
  assertEquals([60, 59, 58].includes(state?.dueInSeconds ?? 0), true);
  assertEquals((await claimed(sql)).deliveries, []);

  await letTimePass(sql);
  const second = await claimed(sql);
  assertNotEquals(second.lease, first.lease);
  const [before, after] = [
    present(first.deliveries[0], "a delivery"),
    present(second.deliveries[0], "a delivery"),
  ];
  assertEquals({ ...after, attempt: 1 }, before);
  assertEquals(after.attempt, 2);
});

Deno.test("a worker whose lease ran out cannot fail what another one is sending, but an arrival counts", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await addChannel(sql, "email", "operators@example.com");
  await say(sql, "ping");
  const late = await claimed(sql);
  await letTimePass(sql);
  const current = await claimed(sql);
  for (const outcome of [RETRY, { outcome: "dead", error: "x" }, { outcome: "gone", error: "x" }] as const) {
    assertEquals(await recorded(sql, results(late, outcome)), 0);
  }
  const [leased] = await deliveriesOf(sql);
  assertEquals([leased?.status, leased?.leased], ["pending", true]);

  assertEquals(await recorded(sql, results(late, {})), 1);
  assertEquals(await recorded(sql, results(current, RETRY)), 0);
  assertEquals((await deliveriesOf(sql)).map(({ status }) => status), ["delivered"]);
});

Deno.test("a failure waits for its time, and its result is taken once", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await addChannel(sql, "email", "operators@example.com");
  await say(sql, "ping");
  const claim = await claimed(sql);
  const failed = results(claim, { ...RETRY, retryInSeconds: 120 });
  assertEquals([await recorded(sql, [...failed, ...failed]), await recorded(sql, failed)], [1, 0]);
  const [state] = await deliveriesOf(sql);
  assertEquals([state?.error, state?.leased], ["away", false]);
  assertEquals([120, 119, 118].includes(state?.dueInSeconds ?? 0), true);
  assertEquals((await claimed(sql)).deliveries, []);
  await letTimePass(sql);
  assertEquals((await claimed(sql)).deliveries.map(({ attempt }) => attempt), [2]);
});

Deno.test("a receiver that hangs holds four places, and the others do not wait behind it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { channelId: slow } = await addChannel(sql, "webhook", "https://slow.example/");
  await say(sql, "ping", { times: 200 });
  const first = await claimed(sql);
  assertEquals(first.deliveries.length, 4);
  await addChannel(sql, "webhook", "https://fast.example/");
  await say(sql, "pong");
  const second = await claimed(sql);
  assertEquals(second.deliveries.map(({ channel }) => channel.target), ["https://fast.example/"]);
  // A place that becomes free is given away again, and so is one whose lease has run out.
  await recorded(sql, results({ ...first, deliveries: first.deliveries.slice(0, 1) }, {}));
  assertEquals((await claimed(sql)).deliveries.map(({ channel }) => channel.id), [slow]);
  await letTimePass(sql);
  assertEquals((await claimed(sql)).deliveries.length, 5);
});

Deno.test("a receiver that asks to be left alone is, with all that waits for it, until then", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await addChannel(sql, "webhook", "https://busy.example/");
  await say(sql, "ping", { times: 6 });
  const [one, ...rest] = results(await claimed(sql), RETRY);
  await recorded(sql, [{ ...present(one, "a result"), retryInSeconds: 90, pauseSeconds: 90 }, ...rest]);
  await letTimePass(sql);
  assertEquals((await claimed(sql)).deliveries, []);
  await sql`update private.delivery_channels set paused_until = clock_timestamp()`;
  assertEquals((await claimed(sql)).deliveries.length, 4);
});

Deno.test("a delivery that brings every worker down is given up in the end", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { channelId } = await addChannel(sql, "webhook", "https://receiver.example/");
  await say(sql, "ping");
  let crashes = 0;
  while ((await claimed(sql)).deliveries.length > 0) {
    crashes += 1;
    await letTimePass(sql);
  }
  assertEquals(crashes, 20);
  const [state] = await deliveriesOf(sql, channelId);
  assertEquals([state?.status, state?.leased], ["dead", false]);
});

Deno.test("workers that record the same channels' results in other orders do not end in a deadlock", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await manyChannels(sql, 6);
  await using crowd = crowdOf(database.url, 6);
  for (let round = 0; round < 10; round++) {
    await say(sql, "ping", { times: 4 });
    const claims = await Promise.all(Array.from({ length: 6 }, () => claimed(crowd.sql, 4)));
    const outcomes = [RETRY, { outcome: "dead", error: "x" }, { outcome: "delivered" }] as const;
    const counts = await Promise.all(claims.map((claim, i) => {
      const mixed = claim.deliveries.flatMap((_, n) => {
        const [result] = results(
          { ...claim, deliveries: claim.deliveries.slice(n, n + 1) },
          outcomes[(i + n) % 3] ?? {},
        );
        return result ? [result] : [];
      });
      return recorded(crowd.sql, i % 2 === 0 ? mixed : mixed.reverse());
    }));
    assertEquals(counts, claims.map(({ deliveries }) => deliveries.length));
    await letTimePass(sql);
  }
});

Deno.test("a claim among very many that wait does not read them all", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await manyChannels(sql, 20);
  const blocksOfClaim = async (said: number) => {
    await say(sql, "ping", { times: said });
    await sql`analyze private.deliveries, private.delivery_channels`;
    // Locks rows for the length of the statement, and leaves nothing behind.
    const [row] = await sql<{ "QUERY PLAN": [{ Plan: { "Shared Hit Blocks": number } }] }[]>`
      explain (analyze, buffers, format json) select private.due_deliveries(20)`;
    return present(row, "a plan")["QUERY PLAN"][0].Plan["Shared Hit Blocks"];
  };
  const [few, many] = [await blocksOfClaim(20), await blocksOfClaim(2000)];
  assertLess(many, 2 * few);
});
