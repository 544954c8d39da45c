import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { crowdOf, released } from "../support/races.ts";
import {
  circuitOf,
  FAILED,
  GOOD,
  type Held,
  NEUTRAL,
  passPause,
  reserve,
  type Result,
  setCircuit,
  settle,
  unsettled,
} from "../support/routing_circuits.ts";
import { at, type Planned, PROVIDERS, unlimited } from "../support/routing_desk.ts";

const MEALME = "MEALME";
const PLANNED: readonly Planned[] = PROVIDERS.map((id) => ({ id, calls: {} }));

/** Notes every reservation that was one too many, in the very transaction that made it. */
async function watchReservations(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create table private.too_many (provider_id text, state text, recent text, under_way bigint);
    create function private.watch_reservations() returns trigger language plpgsql set search_path = '' as $$
    declare
      circuit public.provider_circuits;
      others bigint;
    begin
      select * into circuit from public.provider_circuits as c where c.provider_id = new.provider_id;
      select count(*) into others from private.provider_attempts as a
      where a.provider_id = new.provider_id and a.attempt_id <> new.attempt_id and a.lapses_at > clock_timestamp()
        and (circuit.state = 'closed' or a.is_probe);
      if others >= (case circuit.state when 'closed' then private.most_under_way(circuit.recent) else 1 end)
        or circuit.open_until > clock_timestamp() or new.is_probe <> (circuit.state <> 'closed')
      then
        insert into private.too_many values (new.provider_id, circuit.state, circuit.recent, others);
      end if;
      return null;
    end
    $$;
    create trigger watch after insert on private.provider_attempts
      for each row execute function private.watch_reservations();`);
}

async function tooMany(sql: postgres.Sql): Promise<readonly unknown[]> {
  return [...await sql`select * from private.too_many`];
}

async function watched(): Promise<FreshDatabase> {
  const database = await freshDatabase();
  await unlimited(database.sql);
  await watchReservations(database.sql);
  return database;
}

const granted = (held: readonly Held[], id: string) => held.filter(({ reserved }) => reserved[id]?.granted);

/** The last results of a provider, and how many calls to it may be under way. */
const UNDER_WAY: readonly (readonly [recent: string, most: number])[] = [
  ["", 20],
  ["1", 22],
  ["0", 2],
  ["00", 1],
  ["01", 5],
  ["0011", 7],
  ["0101010", 2],
  ["1".repeat(10), 25],
  ["1".repeat(20), 25],
  ["0" + "1".repeat(19), 25],
  ["1".repeat(19) + "0", 2],
];

Deno.test("25 routes at once make no more calls than may be under way, over four connections", async (t) => {
  await using database = await watched();
  await using crowd = crowdOf(database.url, 4);
  for (const [recent, most] of UNDER_WAY) {
    await t.step(`after ${recent || "nothing"}`, async () => {
      await setCircuit(database.sql, MEALME, { recent });
      const held = await Promise.all(
        Array.from({ length: 25 }, () => reserve(crowd.sql, at(MEALME, {}))),
      );
      const under = granted(held, MEALME);
      assertEquals(under.length, most);
      await Promise.all(under.map((route) => settle(crowd.sql, route, { [MEALME]: NEUTRAL })));
      assertEquals(await unsettled(database.sql, MEALME), 0);
    });
  }
  assertEquals(await tooMany(database.sql), []);
});

Deno.test("25 routes at once whose provider fails open its circuit once, and the rest call nobody", async () => {
  await using database = await watched();
  const { sql } = database;
  await using crowd = crowdOf(database.url, 4);
  let calls = 0;
  const callsAtOpening: number[] = [];
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let turn = 0; turn < 25; turn += 1) {
      const held = await reserve(crowd.sql, at(MEALME, {}));
      if (!present(held.reserved[MEALME], MEALME).granted) continue;
      calls += 1;
      await settle(crowd.sql, held, { [MEALME]: FAILED });
      if ((await circuitOf(crowd.sql, MEALME)).state === "open") callsAtOpening.push(calls);
    }
  }));
  const circuit = await circuitOf(sql, MEALME);
  assertEquals([circuit.state, circuit.timesOpened, circuit.recent.length], ["open", 1, calls]);
  // Three that fail, and whoever of four was on the way before the first of them had failed.
  assertEquals(calls >= 3 && calls <= 6, true, `${calls} calls`);
  assertEquals(await tooMany(sql), []);
});

Deno.test("of 16 callers at a circuit whose pause is over one is its probe", async () => {
  await using database = await watched();
  await using crowd = crowdOf(database.url, 18);
  for (const state of ["open", "half_open"]) {
    await setCircuit(database.sql, MEALME, { state, recent: "000" });
    const racers = Array.from({ length: 16 }, () => () => reserve(crowd.sql, at(MEALME, {})));
    const held = await released(
      crowd.sql,
      (holder) => holder`select from public.provider_circuits where provider_id = ${MEALME} for update`,
      racers,
    );
    const probes = granted(held, MEALME);
    assertEquals([probes.length, probes[0]?.reserved[MEALME]?.isProbe], [1, true]);
    const refusals = held.flatMap(({ reserved }) => reserved[MEALME]?.code ?? []);
    assertEquals(refusals, Array(15).fill("circuit_open"));
    await settle(crowd.sql, present(probes[0], "a probe"), { [MEALME]: NEUTRAL });
  }
  assertEquals(await tooMany(database.sql), []);
});

Deno.test("whatever four workers' calls come to, no provider is ever called by one too many", async () => {
  await using database = await watched();
  const { sql } = database;
  await using crowd = crowdOf(database.url, 4);
  const pick = numbers(20_261_121);
  await Promise.all(Array.from({ length: 4 }, async () => {
    const open: Held[] = [];
    for (let turn = 0; turn < 60; turn += 1) {
      if (pick(12) === 0) await passPause(crowd.sql, one(pick, PROVIDERS));
      open.push(await reserve(crowd.sql, PLANNED));
      while (open.length > pick(6)) {
        const [held] = open.splice(pick(open.length), 1);
        await settle(crowd.sql, present(held, "a route"), resultsOf(pick, present(held, "a route")));
      }
    }
    for (const held of open) await settle(crowd.sql, held, resultsOf(pick, held));
  }));
  assertEquals(await tooMany(sql), []);
  const rows = await sql`select from private.provider_attempts`;
  assertEquals(rows.length, 0);
  const opened = await Promise.all(PROVIDERS.map((id) => circuitOf(sql, id)));
  assertEquals(opened.some(({ timesOpened }) => timesOpened > 0), true, "Expected a circuit to have opened");
});

function resultsOf(pick: (below: number) => number, { reserved }: Held): Record<string, Result> {
  const made = Object.keys(reserved).filter((id) => reserved[id]?.granted);
  return Object.fromEntries(made.map((id) => [id, one(pick, [GOOD, GOOD, GOOD, FAILED, FAILED, NEUTRAL])]));
}

function one<Item>(pick: (below: number) => number, items: readonly Item[]): Item {
  return present(items[pick(items.length)], "one of many");
}

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}
