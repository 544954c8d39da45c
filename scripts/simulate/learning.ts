/**
 * `deno run scripts/simulate/learning.ts [seed]`: how the score learns from outcomes, and why the prior is what it is.
 *
 * KROGER_API falls from 98 % to 50 % on day 40 and heals on day 70; INSTACART joins on day 20. Nothing is random in the
 * choice itself: the same inputs always give the same ranking, so a provider that lost its share must get it back by
 * other means. Two do it. Offers differ from order to order, so that now and then even a doubted provider is so much
 * better that it wins, and shows how it does. And outcomes older than 30 days leave the window, so that after a month
 * at most a provider stands where a newcomer stands, at the prior, which is high enough to be tried.
 */
import type { ProviderId } from "../../shared/routing/provider_id.ts";
import { PRIOR } from "../../shared/routing/references.ts";
import { type Routed, simulate, type World } from "./learning_world.ts";

export const JOINS = 20;
export const FALLS = 40;
export const HEALS = 70;

/** One provider falls and heals, one joins. */
export const FALL_AND_RISE: World = {
  seed: 20261121,
  days: 130,
  ordersPerDay: 50,
  rates: {
    KROGER_API: [{ day: 0, rate: 0.98 }, { day: FALLS, rate: 0.5 }, { day: HEALS, rate: 0.98 }],
    WALMART_API: [{ day: 0, rate: 0.97 }],
    INSTACART: [{ day: JOINS, rate: 0.98 }],
    MEALME: [{ day: 0, rate: 0.98 }],
  },
};

/** Part of the orders of these days that went to a provider. */
export function shareOf(routed: readonly Routed[], provider: ProviderId, from: number, to: number): number {
  const orders = routed.filter(({ day }) => day >= from && day < to);
  return orders.filter((order) => order.provider === provider).length / orders.length;
}

/** How many orders a provider still got after a day, until five days were over in which its share was at most so much. */
export function ordersUntilLost(
  routed: readonly Routed[],
  provider: ProviderId,
  from: number,
  share: number,
): number {
  const last = routed.at(-1)?.day ?? 0;
  for (let day = from; day + 5 <= last; day += 0.1) {
    if (shareOf(routed, provider, day, day + 5) > share) continue;
    return routed.filter((order) => order.provider === provider && order.day >= from && order.day < day + 5)
      .length;
  }
  return Infinity;
}

/** The first day that ends five days in which a provider's share was at least so much. */
export function regainedOn(
  routed: readonly Routed[],
  provider: ProviderId,
  from: number,
  share: number,
): number {
  const last = routed.at(-1)?.day ?? 0;
  for (let day = from + 5; day <= last; day += 0.5) {
    if (shareOf(routed, provider, day - 5, day) >= share) return day;
  }
  return Infinity;
}

export function meanRegret(routed: readonly Routed[]): number {
  return routed.reduce((sum, { regret }) => sum + regret, 0) / routed.length;
}

/** A line for people: where the falling provider stood when, and what not knowing cost. */
export function report(name: string, routed: readonly Routed[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const before = shareOf(routed, "KROGER_API", FALLS - 10, FALLS);
  return [
    `${name}: KROGER_API ${percent(before)} of the orders before its fall`,
    `a third of that ${ordersUntilLost(routed, "KROGER_API", FALLS, before / 3)} of its orders later`,
    `${percent(shareOf(routed, "KROGER_API", HEALS - 10, HEALS))} before it heals`,
    `${
      (regainedOn(routed, "KROGER_API", HEALS, 0.8 * before) - HEALS).toFixed(1)
    } days to regain four fifths`,
    `INSTACART ${percent(shareOf(routed, "INSTACART", JOINS, JOINS + 5))} in its first 5 days`,
    `regret ${meanRegret(routed).toFixed(3)} points per order`,
    `${percent(routed.filter(({ succeeded }) => succeeded).length / routed.length)} went well`,
  ].join(", ");
}

if (import.meta.main) {
  const seed = Number(Deno.args[0] ?? FALL_AND_RISE.seed);
  const priors = [[PRIOR.successes, PRIOR.attempts], [19, 20], [8, 10], [0, 0]] as const;
  for (const [successes, attempts] of priors) {
    for (const windowDays of [30, Infinity]) {
      const name = `prior ${successes} of ${attempts}, window of ${windowDays} days`;
      const prior = { successes, attempts };
      console.log(report(name, simulate({ ...FALL_AND_RISE, seed, prior, windowDays })));
    }
  }
}
