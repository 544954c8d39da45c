/** Decisions as they are stored, for tests of replaying them. */
import type postgres from "postgres";
import type { Decision, DecisionInput } from "../../shared/routing/decide.ts";

/** What `api.stored_decisions` hands out of a route. */
export interface StoredDecision {
  selectedProvider: string;
  decision: Omit<DecisionInput<string>, "candidates">;
  candidates: {
    readonly provider: string;
    features: DecisionInput<string>["candidates"][number]["features"];
    readonly components: Record<string, number>;
    total: number;
    rank: number;
    eliminated: string | null;
  }[];
}

/** A decision as it is stored; undefined where nobody was chosen. */
export function storedDecisionOf(
  { candidates, ...decision }: DecisionInput<string>,
  { ranking, selected }: Decision<string>,
): StoredDecision | undefined {
  if (selected === undefined) return undefined;
  return {
    selectedProvider: selected,
    decision,
    candidates: candidates.map(({ provider, features }) => {
      const rank = ranking.findIndex((judgement) => judgement.provider === provider);
      const { components, total, eliminated = null } = ranking[rank]!;
      return { provider, features, components: { ...components }, total, rank: rank + 1, eliminated };
    }),
  };
}

/** Stores decisions through what a route stores its own with. */
export async function storeDecisions(
  sql: postgres.Sql,
  decisions: readonly StoredDecision[],
): Promise<void> {
  const rows = decisions.map(({ selectedProvider, decision, candidates }) => ({
    routeId: crypto.randomUUID(),
    selectedProvider,
    decision,
    quotes: candidates.map(({ total, ...judged }) => ({
      ...judged,
      status: "ok",
      score: total,
      quote: {
        currency: "USD",
        subtotalCents: judged.features.totalCents,
        feesCents: 0,
        taxCents: 0,
        totalCents: judged.features.totalCents,
      },
    })),
  }));
  await sql`
    insert into public.order_routes (
      route_id, status, request, decision, selected_provider_id, deadline_at, decided_at
    )
    select
      (r ->> 'routeId')::uuid, 'quoted', '{}', r -> 'decision', r ->> 'selectedProvider', clock_timestamp(),
      clock_timestamp()
    from jsonb_array_elements(${JSON.stringify(rows)}::text::jsonb) as r`;
  await sql`
    select private.save_quotes((r ->> 'routeId')::uuid, r -> 'quotes')
    from jsonb_array_elements(${JSON.stringify(rows)}::text::jsonb) as r`;
}
