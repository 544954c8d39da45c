import type { Decision, DecisionInput } from "./decide.ts";
import { PROVIDER_NAMES, type ProviderId } from "./provider_id.ts";
import type { Quote, QuoteLine } from "./quote.ts";
import { type Participation, type ProviderStatus, quoteOf } from "./route_basket.ts";

interface Findings {
  readonly participations: readonly Participation[];
  readonly input: DecisionInput;
  readonly decision: Decision;
  readonly requestId: string;
}

/** The public answer of a route, without its ids, token and expiry. What providers pay is not in it. */
export function routeAnswer(
  { participations, decision, requestId }: Findings,
  selected: ProviderId,
  statuses: readonly ProviderStatus[],
): Readonly<Record<string, unknown>> {
  const chosen = participations.find(({ provider }) => provider === selected)!;
  const quote = quoteOf(chosen)!;
  const judgement = decision.ranking.find(({ provider }) => provider === selected)!;
  const { commission: _, ...scoreBreakdown } = judgement.components;
  return {
    success: true,
    mode: chosen.terms.mode,
    selectedProvider: { id: selected, name: PROVIDER_NAMES[selected], priority: chosen.terms.priority },
    quote: {
      totalCents: quote.totalCents,
      subtotalCents: quote.subtotalCents,
      feesCents: quote.feesCents,
      taxCents: quote.taxCents,
      currency: quote.currency,
      estimatedDeliveryMinutes: quote.estimatedDeliveryMinutes ?? null,
      precision: quote.precision,
    },
    cart: quote.lines.flatMap(cartLine),
    itemAvailability: quote.lines.map(({ itemId, requestedName, status, reason }) => ({
      itemId,
      requestedItem: requestedName,
      status,
      ...(reason === undefined ? {} : { reason }),
    })),
    scoreBreakdown,
    reasons: judgement.reasons,
    alternatives: decision.ranking.filter(({ provider }) => provider !== selected).map(
      ({ provider, eliminated }) => {
        const other = quoteOf(participations.find((one) => one.provider === provider)!)!;
        return { ...alternative(other), ...(eliminated === undefined ? {} : { eliminated }) };
      },
    ),
    providers: statuses,
    requestId,
  };
}

function cartLine({ itemId, status, product }: QuoteLine) {
  if (product === undefined) return [];
  const { sku, name, size, packages, unitPriceCents, lineTotalCents, precision } = product;
  return [{
    itemId,
    sku,
    name,
    ...(size === undefined ? {} : { size }),
    quantity: packages,
    unitPriceCents,
    lineTotalCents,
    precision,
    substituted: status === "substituted",
  }];
}

function alternative({ provider, totalCents, currency, estimatedDeliveryMinutes }: Quote) {
  return {
    id: provider,
    name: PROVIDER_NAMES[provider],
    totalCents,
    currency,
    estimatedDeliveryMinutes: estimatedDeliveryMinutes ?? null,
  };
}
