import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import {
  callInTurn,
  callOnce,
  circuitOf,
  FAILED,
  GOOD,
  NEUTRAL,
  passDeadlines,
  passPause,
  quotaOf,
  reserve,
  setCircuit,
  settle,
  unsettled,
} from "../support/routing_circuits.ts";
import { at, beginRoute, EVERYBODY, saveRoute, unlimited } from "../support/routing_desk.ts";
import { service } from "../support/callers.ts";

const MEALME = "MEALME";

async function quiet(): Promise<Awaited<ReturnType<typeof freshDatabase>>> {
  const database = await freshDatabase();
  await unlimited(database.sql);
  return database;
}

/** A history, where the circuit opens with its last call and not before. */
const OPENING: readonly string[] = [
  "000",
  "1000",
  "101001010",
  "010101010",
  "001100110",
  "00" + "1".repeat(14) + "0100",
];

/** A history after which the circuit is still closed. */
const STAYING: readonly string[] = [
  "00",
  "001001",
  "0101010",
  "0" + "1".repeat(17) + "00",
  // The first failure has left the window of twenty when the fifth comes.
  "0" + "1".repeat(14) + "0101010",
  "0-0",
  "00" + "-".repeat(25),
];

function failuresInRow(history: string): boolean {
  const window = history.replaceAll("-", "").slice(-20);
  return window.endsWith("000") || [...window].filter((letter) => letter === "0").length >= 5;
}

Deno.test("a circuit opens with the third failure in a row and the fifth in twenty, and not before", async (t) => {
  await using database = await quiet();
  const { sql } = database;
  for (const history of OPENING) {
    await t.step(`opens after ${history}`, async () => {
      assertEquals([failuresInRow(history), failuresInRow(history.slice(0, -1))], [true, false]);
      await setCircuit(sql, MEALME, {});
      await callInTurn(sql, MEALME, history.slice(0, -1));
      assertEquals((await circuitOf(sql, MEALME)).state, "closed");
      await callInTurn(sql, MEALME, history.slice(-1));
      const { state, pauseSeconds, timesOpened, lastFailure } = await circuitOf(sql, MEALME);
      assertEquals([state, pauseSeconds, timesOpened, lastFailure], ["open", 30, 1, "unavailable"]);
    });
  }
  for (const history of STAYING) {
    await t.step(`stays closed after ${history}`, async () => {
      assertEquals(failuresInRow(history), false);
      await setCircuit(sql, MEALME, {});
      await callInTurn(sql, MEALME, history);
      assertEquals((await circuitOf(sql, MEALME)).state, "closed");
    });
  }
});

Deno.test("an open circuit calls nobody until its pause is over, says when, and leaves the others alone", async () => {
  await using database = await quiet();
  const { sql } = database;
  await callInTurn(sql, MEALME, "000");
  const { reserved } = await reserve(sql, EVERYBODY);
  const refused = present(reserved[MEALME], MEALME);
  assertEquals([refused.granted, refused.code], [false, "circuit_open"]);
  const wait = present(refused.retryAfterMs, "a time to wait");
  assertEquals(wait > 25_000 && wait <= 30_000, true);
  assertEquals(
    ["INSTACART", "KROGER_API", "WALMART_API"].map((id) => reserved[id]?.granted),
    [true, true, true],
  );
  assertEquals(await unsettled(sql, MEALME), 0);
});

Deno.test("a refused attempt takes nothing from the quotas", async () => {
  await using database = await quiet();
  const { sql } = database;
  await callInTurn(sql, "WALMART_API", "000");
  const before = await quotaOf(sql, "WALMART_API", "search");
  await reserve(sql, at("WALMART_API", { search: 5 }));
  assertEquals(await quotaOf(sql, "WALMART_API", "search"), before);
});

Deno.test("after its pause a circuit lets one probe through at a time, and two good ones close it", async () => {
  await using database = await quiet();
  const { sql } = database;
  await callInTurn(sql, MEALME, "000");
  await passPause(sql, MEALME);

  const first = await reserve(sql, at(MEALME));
  assertEquals([first.reserved[MEALME]?.granted, first.reserved[MEALME]?.isProbe], [true, true]);
  assertEquals((await circuitOf(sql, MEALME)).state, "half_open");
  const meanwhile = await callOnce(sql, MEALME, GOOD);
  assertEquals([meanwhile.granted, meanwhile.code, meanwhile.retryAfterMs], [false, "circuit_open", 1000]);

  await settle(sql, first, { [MEALME]: GOOD });
  const between = await circuitOf(sql, MEALME);
  assertEquals([between.state, between.probesPassed], ["half_open", 1]);
  assertEquals((await callOnce(sql, MEALME, GOOD)).isProbe, true);
  const closed = await circuitOf(sql, MEALME);
  assertEquals([closed.state, closed.timesOpened, closed.recent, closed.pauseSeconds], [
    "closed",
    0,
    "11",
    null,
  ]);
  assertEquals((await callOnce(sql, MEALME, GOOD)).isProbe, false);
});

Deno.test("a failed probe doubles the pause, up to ten minutes, and closing makes it short again", async () => {
  await using database = await quiet();
  const { sql } = database;
  await callInTurn(sql, MEALME, "000");
  const pauses = [(await circuitOf(sql, MEALME)).pauseSeconds];
  for (let probe = 0; probe < 7; probe += 1) {
    await passPause(sql, MEALME);
    // The first of two is good, which is not enough.
    if (probe === 2) await callOnce(sql, MEALME, GOOD);
    assertEquals((await callOnce(sql, MEALME, FAILED)).isProbe, true);
    pauses.push((await circuitOf(sql, MEALME)).pauseSeconds);
  }
  assertEquals(pauses, [30, 60, 120, 240, 480, 600, 600, 600]);
  await passPause(sql, MEALME);
  await callInTurn(sql, MEALME, "11");
  await callInTurn(sql, MEALME, "000");
  const { pauseSeconds, timesOpened } = await circuitOf(sql, MEALME);
  assertEquals([pauseSeconds, timesOpened], [30, 1]);
});

Deno.test("a neutral probe decides nothing, and the next caller probes", async () => {
  await using database = await quiet();
  const { sql } = database;
  await callInTurn(sql, MEALME, "000");
  await passPause(sql, MEALME);
  await callOnce(sql, MEALME, NEUTRAL);
  const { state, probesPassed } = await circuitOf(sql, MEALME);
  assertEquals([state, probesPassed], ["half_open", 0]);
  assertEquals((await callOnce(sql, MEALME, GOOD)).isProbe, true);
});

Deno.test("whoever would not wait for a probe's result is not the probe", async () => {
  await using database = await quiet();
  const { sql } = database;
  await setCircuit(sql, MEALME, { state: "open", recent: "000" });
  const providers = [{ id: MEALME, calls: {}, timeoutMs: 8_000 }];
  const grantedWithin = async (deadlineMs: number) => {
    const { body } = await beginRoute(sql, service, { providers, deadlineMs });
    return present(body.start, "a start").providers[MEALME]?.granted;
  };
  assertEquals(await grantedWithin(3_000), false);
  assertEquals((await circuitOf(sql, MEALME)).state, "open");
  assertEquals(await grantedWithin(8_000), true);
});

Deno.test("a provider that has proved itself opens its circuit like any other", async () => {
  await using database = await quiet();
  const { sql } = database;
  await setCircuit(sql, MEALME, { recent: "1".repeat(20) });
  await callInTurn(sql, MEALME, "111");
  assertEquals((await circuitOf(sql, MEALME)).recent, "1".repeat(20));
  await callInTurn(sql, MEALME, "0100");
  assertEquals((await circuitOf(sql, MEALME)).state, "closed");
  await callInTurn(sql, MEALME, "0");
  assertEquals((await circuitOf(sql, MEALME)).state, "open");
});

Deno.test("neutral results change nothing of a circuit", async () => {
  await using database = await quiet();
  const { sql } = database;
  await callInTurn(sql, MEALME, "1001");
  const before = await circuitOf(sql, MEALME);
  await callInTurn(sql, MEALME, "-----");
  assertEquals(await circuitOf(sql, MEALME), before);
});

/** Retry-After in milliseconds, and for how many seconds the circuit opens. */
const TOLD: readonly (readonly [retryAfterMs: number | undefined, pauseSeconds: number])[] = [
  [undefined, 30],
  [0, 30],
  [-5, 30],
  [1_500, 30],
  [90_500, 90.5],
  [3_600_000, 3_600],
  [999_999_999_999, 86_400],
  [Number.MAX_SAFE_INTEGER, 86_400],
];

Deno.test("one 429 opens a circuit for as long as Retry-After says, within half a minute and a day", async (t) => {
  await using database = await quiet();
  const { sql } = database;
  for (const [retryAfterMs, pauseSeconds] of TOLD) {
    await t.step(`${retryAfterMs} ms`, async () => {
      await setCircuit(sql, MEALME, { recent: "1111" });
      const code = "rate_limited";
      await callOnce(sql, MEALME, {
        outcome: "failed",
        code,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
      const circuit = await circuitOf(sql, MEALME);
      assertEquals([circuit.state, circuit.pauseSeconds, circuit.lastFailure], ["open", pauseSeconds, code]);
    });
  }
});

Deno.test("a 429 of a call that was under way lengthens the pause and never shortens it", async () => {
  await using database = await quiet();
  const { sql } = database;
  const [early, late] = [await reserve(sql, at(MEALME)), await reserve(sql, at(MEALME))];
  const limited = (retryAfterMs: number) => ({
    [MEALME]: { outcome: "failed" as const, code: "rate_limited", retryAfterMs },
  });
  await callOnce(sql, MEALME, { ...FAILED, code: "rate_limited", retryAfterMs: 120_000 });
  await settle(sql, early, limited(1_000));
  const until = await openUntil(sql);
  await settle(sql, late, limited(600_000));
  assertEquals(await openUntil(sql) - until > 400, true);
  assertEquals((await circuitOf(sql, MEALME)).timesOpened, 1);
});

async function openUntil(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ at: number }[]>`
    select extract(epoch from c.open_until)::double precision as at
    from public.provider_circuits as c where c.provider_id = ${MEALME}`;
  return present(row, "an end").at;
}

Deno.test("calls that were under way when a circuit opened neither open it again nor close it", async () => {
  await using database = await quiet();
  const { sql } = database;
  const under = [
    await reserve(sql, at(MEALME)),
    await reserve(sql, at(MEALME)),
    await reserve(sql, at(MEALME)),
  ];
  const [first, second, third] = under;
  await callInTurn(sql, MEALME, "0");
  await settle(sql, present(first, "a route"), { [MEALME]: FAILED });
  await settle(sql, present(second, "a route"), { [MEALME]: FAILED });
  const opened = await circuitOf(sql, MEALME);
  assertEquals([opened.state, opened.timesOpened], ["open", 1]);
  await settle(sql, present(third, "a route"), { [MEALME]: FAILED });
  const after = await circuitOf(sql, MEALME);
  assertEquals([after.state, after.timesOpened, after.probesPassed], ["open", 1, 0]);
});

Deno.test("a good answer that was no probe does not count as one", async () => {
  await using database = await quiet();
  const { sql } = database;
  const old = await reserve(sql, at(MEALME));
  await setCircuit(sql, MEALME, { state: "open", recent: "000" });
  const probe = await reserve(sql, at(MEALME));
  await settle(sql, old, { [MEALME]: GOOD });
  assertEquals((await circuitOf(sql, MEALME)).probesPassed, 0);
  await settle(sql, probe, { [MEALME]: GOOD });
  assertEquals((await circuitOf(sql, MEALME)).probesPassed, 1);
});

Deno.test("a probe that was never settled lapses, and the next caller probes instead", async () => {
  await using database = await quiet();
  const { sql } = database;
  await callInTurn(sql, MEALME, "000");
  await passPause(sql, MEALME);
  const lost = await reserve(sql, at(MEALME));
  assertEquals((await callOnce(sql, MEALME, GOOD)).granted, false);
  await passDeadlines(sql);
  assertEquals((await callOnce(sql, MEALME, GOOD)).isProbe, true);
  // It comes back after all, and counts, once.
  await settle(sql, lost, { [MEALME]: GOOD });
  assertEquals((await circuitOf(sql, MEALME)).state, "closed");
  assertEquals(await unsettled(sql, MEALME), 0);
});

Deno.test("attempts that lapsed are no longer under way", async () => {
  await using database = await quiet();
  const { sql } = database;
  for (let route = 0; route < 20; route += 1) await reserve(sql, at(MEALME));
  assertEquals((await callOnce(sql, MEALME, GOOD)).granted, false);
  await passDeadlines(sql);
  assertEquals((await callOnce(sql, MEALME, GOOD)).granted, true);
});

Deno.test("an attempt is settled once, whoever comes again, and nobody settles what was not reserved", async () => {
  await using database = await quiet();
  const { sql } = database;
  const held = await reserve(sql, at(MEALME));
  const settled = async () => {
    const [row] = await sql<{ settled: boolean }[]>`
      select private.settle_attempt(${held.routeId}, ${MEALME}, ${
      sql.json({ outcome: "failed" })
    }) as settled`;
    return row?.settled;
  };
  assertEquals([await settled(), await settled()], [true, false]);
  assertEquals((await circuitOf(sql, MEALME)).recent, "0");

  const other = await reserve(sql, at(MEALME));
  await saveRoute(sql, service, other.routeId, {
    decision: {},
    quotes: [],
    attempts: [
      { provider: MEALME, outcome: "failed", calls: {} },
      { provider: MEALME, outcome: "failed", calls: {} },
      { provider: "INSTACART", outcome: "failed", calls: {} },
    ],
  });
  assertEquals((await circuitOf(sql, MEALME)).recent, "00");
  assertEquals((await circuitOf(sql, "INSTACART")).recent, "");
});

Deno.test("a provider that an operator took out is not asked, whatever its circuit says", async () => {
  await using database = await quiet();
  const { sql } = database;
  await sql`update public.provider_circuits set taken_out = true where provider_id = ${MEALME}`;
  const refused = await callOnce(sql, MEALME, GOOD);
  assertEquals([refused.granted, refused.code], [false, "disabled"]);
  await sql`update public.provider_circuits set taken_out = false where provider_id = ${MEALME}`;
  assertEquals((await callOnce(sql, MEALME, GOOD)).granted, true);
});
