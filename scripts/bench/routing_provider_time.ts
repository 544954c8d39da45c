/** How long the slowest provider took for each route, by the sandbox's own log. */
import { z } from "zod";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";
import { routeOf } from "./routing_request.ts";

/** What `GET /_sandbox/calls?settled=true` answers, as far as it is read here. */
export const sandboxCalls = z.object({
  calls: z.array(z.object({
    provider: z.enum(PROVIDER_IDS),
    endpoint: z.string(),
    target: z.string(),
    /** Milliseconds since 1970, whole ones. */
    at: z.number(),
    durationMs: z.number(),
  })),
});

type Call = z.output<typeof sandboxCalls>["calls"][number];

/** One provider's work for a route, hedged calls together: from the first call's arrival to the first answer. */
interface Work {
  readonly at: number;
  readonly until: number;
}

/**
 * Milliseconds by the number of the route. MealMe is asked twice, one call after the other; the second does not name
 * the item, so it is the first draft that comes in after the search was answered. Calls take about equally long: the
 * draft of a neighbour in its place moves the figure by the difference of two answers.
 */
export function providerTimes(calls: readonly Call[]): ReadonlyMap<number, number> {
  const searches = new Map<number, Map<ProviderId, Work>>();
  for (const call of calls) {
    const route = routeOf(call.target);
    if (route === undefined) continue;
    const works = searches.get(route) ?? new Map<ProviderId, Work>();
    searches.set(route, works.set(call.provider, together(works.get(call.provider), call)));
  }
  const drafts = calls.filter(({ provider, endpoint }) => provider === "MEALME" && endpoint === "quote");
  const draftOf = draftsInOrder(drafts, searches);
  return new Map([...searches].map(([route, works]) => {
    const times = [...works].map(([provider, { at, until }]) =>
      until - at + (provider === "MEALME" ? draftOf.get(route) ?? 0 : 0)
    );
    return [route, Math.max(...times)];
  }));
}

function together(work: Work | undefined, { at, durationMs }: Call): Work {
  const until = at + durationMs;
  return work === undefined
    ? { at, until }
    : { at: Math.min(work.at, at), until: Math.min(work.until, until) };
}

function draftsInOrder(
  drafts: readonly Call[],
  searches: ReadonlyMap<number, ReadonlyMap<ProviderId, Work>>,
): ReadonlyMap<number, number> {
  const left = [...drafts].sort((a, b) => a.at - b.at);
  const ends = [...searches].flatMap(([route, works]) => {
    const search = works.get("MEALME");
    return search === undefined ? [] : [{ route, until: search.until }];
  }).sort((a, b) => a.until - b.until);
  return new Map(ends.flatMap(({ route, until }) => {
    // The log's clock knows whole milliseconds.
    const found = left.findIndex(({ at }) => at >= Math.floor(until) - 1);
    if (found < 0) return [];
    const [draft] = left.splice(found, 1);
    return [[route, draft!.durationMs]];
  }));
}
