/** Outcomes change later choices: in a seeded world where one provider falls and heals, and another joins. */
import { assert, assertEquals } from "@std/assert";
import {
  FALL_AND_RISE,
  FALLS,
  HEALS,
  JOINS,
  meanRegret,
  ordersUntilLost,
  regainedOn,
  report,
  shareOf,
} from "../../scripts/simulate/learning.ts";
import { simulate, WINDOW, WINDOW_DAYS } from "../../scripts/simulate/learning_world.ts";

const SEEDS = [20261121, 1, 2, 3, 4, 5];
const runs = SEEDS.map((seed) => ({ seed, routed: simulate({ ...FALL_AND_RISE, seed }) }));

Deno.test("a provider that falls from 98 to 50 percent loses its share within one window of its orders", () => {
  for (const { seed, routed } of runs) {
    const before = shareOf(routed, "KROGER_API", FALLS - 10, FALLS);
    assert(before > 0.1, `seed ${seed}: it had ${before}`);
    const orders = ordersUntilLost(routed, "KROGER_API", FALLS, before / 3);
    assert(orders <= WINDOW, `seed ${seed}: a third only after ${orders} of its orders`);
    const later = shareOf(routed, "KROGER_API", FALLS + 15, HEALS);
    assert(later < before / 3, `seed ${seed}: ${later} of the orders later on`);
  }
});

Deno.test("once healed it regains its share as soon as its bad days have left the window", () => {
  for (const { seed, routed } of runs) {
    const before = shareOf(routed, "KROGER_API", FALLS - 10, FALLS);
    const days = regainedOn(routed, "KROGER_API", HEALS, 0.8 * before) - HEALS;
    assert(days <= WINDOW_DAYS + 10, `seed ${seed}: four fifths only after ${days} days`);
    const after = shareOf(routed, "KROGER_API", HEALS + WINDOW_DAYS + 10, FALL_AND_RISE.days);
    assert(after > 0.6 * before, `seed ${seed}: ${after} of the orders afterwards, ${before} before`);
  }
});

Deno.test("whoever joins starts from the prior, and gets orders to prove itself by", () => {
  for (const { seed, routed } of runs) {
    const first = shareOf(routed, "INSTACART", JOINS, JOINS + 5);
    assert(first > 0.02 && first < 0.3, `seed ${seed}: ${first} of the orders of its first days`);
    const later = shareOf(routed, "INSTACART", FALLS - 10, FALLS);
    assert(later > 0.1, `seed ${seed}: ${later} of the orders later on`);
  }
});

Deno.test("not knowing the rates costs less than an eighth of a point per order", () => {
  for (const { seed, routed } of runs) {
    console.log(report(`seed ${seed}`, routed));
    const regret = meanRegret(routed);
    assert(regret < 0.125, `seed ${seed}: ${regret} points per order`);
  }
});

Deno.test("without learning, with a doubtful prior, or with a window that never ages, it is worse", () => {
  const routed = simulate(FALL_AND_RISE);
  const ageless = simulate({ ...FALL_AND_RISE, windowDays: Infinity });
  const doubtful = simulate({ ...FALL_AND_RISE, prior: { successes: 8, attempts: 10 } });
  const forgetful = simulate({ ...FALL_AND_RISE, windowDays: 0 });
  assert(meanRegret(ageless) > 1.5 * meanRegret(routed));
  assert(meanRegret(doubtful) > 1.5 * meanRegret(routed));
  assert(meanRegret(forgetful) > 1.5 * meanRegret(routed));
  const before = shareOf(ageless, "KROGER_API", FALLS - 10, FALLS);
  assertEquals(regainedOn(ageless, "KROGER_API", HEALS, 0.8 * before), Infinity);
  assert(shareOf(doubtful, "INSTACART", JOINS, JOINS + 5) < 0.02);
});

Deno.test("the same seed tells the same story", () => {
  assertEquals(simulate({ ...FALL_AND_RISE, days: 5 }), simulate({ ...FALL_AND_RISE, days: 5 }));
});
