/** Routes a basket: reserve, ask everybody at once, score, keep. Two round trips to the database. */
import { type Asked, askProvider } from "./ask_provider.ts";
import type { Basket } from "./basket.ts";
import { decide, type Decision, type DecisionInput } from "./decide.ts";
import { featuresOf, type Standing } from "./features.ts";
import { type HedgeShare, hedgeShare } from "./hedge_share.ts";
import { observationsOf } from "./price_observations.ts";
import type { CallCounts, Provider } from "./provider.ts";
import { PROVIDER_IDS, type ProviderId } from "./provider_id.ts";
import type { ProviderTerms, TermsByProvider } from "./provider_settings.ts";
import type { Quote } from "./quote.ts";
import { type References, referencesOf } from "./references.ts";
import type { RouteRequest } from "./route_order_contract.ts";
import { routeAnswer } from "./route_answer.ts";
import type { ReservedProvider, RouteOutcome, RouteStart } from "./route_store.ts";
import type { Weights } from "./weights.ts";

/** Saving a route takes about this long, in milliseconds; quotes end so much before the deadline. */
const SAVING_MS = 100;

/** When to ask again where no provider says it, in milliseconds. */
const RETRY_MS = 30_000;

/** What routing works with. */
export interface Router {
  readonly terms: TermsByProvider;
  /** Those that take part. */
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  readonly weights: Weights;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Takes the events of a route as they happen. */
  readonly log: (event: RouteEvent) => void;
  /** Told of faults of ours in an adapter; the route goes on without its provider. */
  readonly onFault?: (provider: ProviderId, cause: unknown) => void;
}

/** What happens on a route, named as monitoring asks for it. */
export interface RouteEvent {
  readonly event:
    | "provider_quote_start"
    | "provider_quote_success"
    | "provider_quote_error"
    | "router_decision"
    | "router_latency";
  readonly providerId?: ProviderId;
  readonly selectedProviderId?: ProviderId;
  readonly latencyMs?: number;
  readonly totalCents?: number;
  readonly code?: string;
}

/** One provider's part in a route. */
export interface Participation {
  readonly provider: ProviderId;
  readonly terms: ProviderTerms;
  /** Absent where it was not asked; `code` says why. */
  readonly asked?: Asked<Quote>;
  readonly code?: string;
  readonly retryAfterMs?: number;
}

/** By when this request is to be answered, in milliseconds: the longest time limit of those that take part. */
export function deadlineOf({ deadlineMs }: RouteRequest, { terms, providers }: Router): number {
  return deadlineMs ?? Math.max(1_000, ...[...providers.keys()].map((id) => terms[id].timeoutMs));
}

/** The calls to reserve, for everybody who takes part and is not excluded. */
export function plannedCalls(
  request: RouteRequest,
  { providers, terms }: Router,
): readonly { id: ProviderId; calls: CallCounts; timeoutMs: number }[] {
  const excluded = request.preferences?.excludeProviders ?? [];
  const basket = basketOf(request);
  return [...providers.values()]
    .filter(({ id }) => !excluded.includes(id))
    .map((provider) => ({
      id: provider.id,
      calls: provider.plannedCalls(basket),
      timeoutMs: terms[provider.id].timeoutMs,
    }));
}

/** Asks every provider that was granted an attempt, and decides. */
export async function routeBasket(
  request: RouteRequest,
  start: RouteStart,
  router: Router,
  { startedAt, requestId }: { readonly startedAt: number; readonly requestId: string },
): Promise<RouteOutcome> {
  const { clock, log } = router;
  const basket = basketOf(request);
  const quotesUntil = startedAt + deadlineOf(request, router) - SAVING_MS;
  const participations = await Promise.all(
    PROVIDER_IDS.map((id) => participate(id, basket, request, start.providers[id], router, quotesUntil)),
  );
  const references = referencesOf(
    basket,
    ({ id }) => ownValue(start.unitCents, id),
    ({ id }) => ownValue(start.packageCents, id),
  );
  const input = decisionInput(request, basket, participations, start, references, router);
  const decision = decide(input);
  const latencyMs = Math.round(clock() - startedAt);
  const selected = participations.find(({ provider }) => provider === decision.selected);
  log({
    event: "router_decision",
    latencyMs,
    ...(decision.selected === undefined ? { code: "no_valid_quotes" } : {
      selectedProviderId: decision.selected,
      totalCents: quoteOf(selected!)!.totalCents,
    }),
  });
  return outcomeOf({ participations, input, decision, latencyMs, requestId });
}

/** A basket as providers are asked for it. */
export function basketOf({ items, shippingAddress }: RouteRequest): Basket {
  return { items, address: shippingAddress };
}

/** The quote of a provider that gave one. */
export function quoteOf({ asked }: Participation): Quote | undefined {
  return asked !== undefined && "result" in asked ? asked.result : undefined;
}

async function participate(
  id: ProviderId,
  basket: Basket,
  { preferences, deadlineMs }: RouteRequest,
  reserved: ReservedProvider | undefined,
  { terms, providers, fetch, clock, log, onFault }: Router,
  quotesUntil: number,
): Promise<Participation> {
  const own = { provider: id, terms: terms[id] };
  const provider = providers.get(id);
  if (provider === undefined) return { ...own, code: terms[id].mode };
  if (preferences?.excludeProviders?.includes(id)) return { ...own, code: "excluded" };
  if (reserved === undefined || !reserved.granted) {
    const { code = "disabled", retryAfterMs } = reserved ?? {};
    return { ...own, code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  log({ event: "provider_quote_start", providerId: id });
  const leftMs = quotesUntil - clock();
  const hedging = hedgingOf(provider, reserved);
  const asked = await askProvider((context) => provider.quote(basket, context), {
    reserved: provider.plannedCalls(basket),
    timeoutMs: deadlineMs === undefined ? ownLimit(terms[id].timeoutMs, leftMs) : terms[id].timeoutMs,
    deadlineMs: leftMs,
    hedgeAfterMs: hedging?.afterMs,
    fetch,
    clock,
    onFault: (cause) => onFault?.(id, cause),
  });
  hedging?.end(asked.latencyMs);
  const { latencyMs, code } = asked;
  log(
    "result" in asked
      ? {
        event: "provider_quote_success",
        providerId: id,
        latencyMs,
        totalCents: asked.result.totalCents,
      }
      : { event: "provider_quote_error", providerId: id, latencyMs, ...(code === undefined ? {} : { code }) },
  );
  return { ...own, asked };
}

/**
 * Where the caller names no deadline, it is the longest time limit there is, and saving takes its part of that: a
 * provider that hangs for all the rest is late by itself, else its circuit would never open.
 */
function ownLimit(timeoutMs: number, leftMs: number): number {
  return leftMs >= timeoutMs * 0.75 ? Math.min(timeoutMs, leftMs) : timeoutMs;
}

const shares = new WeakMap<Provider, HedgeShare>();

/**
 * When the calls of this quote may make a second attempt; undefined where they may make none. The p95 is of whole quotes,
 * some of which take several calls one after another: no call's own p95 lies above it, so it errs on the side of fewer
 * second attempts.
 */
function hedgingOf(provider: Provider, { isProbe, latencyP95Ms: afterMs }: ReservedProvider) {
  // A probe shows how the provider does, not how well a second try hides it.
  if (isProbe || afterMs === null) return undefined;
  const share = shares.get(provider) ?? hedgeShare();
  shares.set(provider, share);
  if (!share.take()) return undefined;
  return {
    afterMs,
    end(latencyMs: number) {
      if (latencyMs < afterMs) share.giveBack();
    },
  };
}

function decisionInput(
  request: RouteRequest,
  basket: Basket,
  participations: readonly Participation[],
  start: RouteStart,
  references: References,
  { terms, weights }: Router,
): DecisionInput {
  const candidates = participations.flatMap((participation) => {
    const quote = quoteOf(participation);
    if (quote === undefined) return [];
    const { provider } = participation;
    const standing = standingOf(terms[provider], start.providers[provider]);
    return [{ provider, features: featuresOf(quote, basket, references, standing) }];
  });
  const { optimizeFor = "balanced", ...preferences } = request.preferences ?? {};
  return { candidates, references, weights, optimizeFor, preferences };
}

function standingOf(terms: ProviderTerms, reserved: ReservedProvider | undefined): Standing {
  return {
    commissionBps: terms.commissionBps,
    successes: reserved?.successes ?? 0,
    attempts: reserved?.attempts ?? 0,
    priority: terms.priority,
    preferred: terms.preferred,
  };
}

interface Findings {
  readonly participations: readonly Participation[];
  readonly input: DecisionInput;
  readonly decision: Decision;
  readonly latencyMs: number;
  readonly requestId: string;
}

function outcomeOf(findings: Findings): RouteOutcome {
  const { participations, input, decision, latencyMs } = findings;
  const { candidates: _, ...decisionMade } = input;
  const statuses = participations.map(providerStatus);
  return {
    selectedProvider: decision.selected ?? null,
    latencyMs,
    decision: decisionMade,
    quotes: participations.map((participation) => ({
      ...providerStatus(participation),
      provider: participation.provider,
      quote: quoteOf(participation) ?? null,
      ...judgedPart(participation.provider, findings),
    })),
    observations: observationsOf(participations.flatMap((one) => quoteOf(one) ?? [])),
    attempts: participations.flatMap(({ provider, asked }) => {
      if (asked === undefined) return [];
      const { outcome, code, retryAfterMs, calls } = asked;
      return [{ provider, outcome, code, retryAfterMs, calls }];
    }),
    ...(decision.selected === undefined
      ? {
        details: {
          providers: statuses.map(({ status, code, id }) => ({
            id,
            status,
            // A quote that a preference rules out says which.
            code: code ?? decision.ranking.find(({ provider }) => provider === id)?.eliminated ?? status,
          })),
        },
        retryAfterSeconds: retryAfterSeconds(participations),
      }
      : { answer: routeAnswer(findings, decision.selected, statuses) }),
  };
}

/** What the score made of a candidate. */
function judgedPart(provider: ProviderId, { input, decision }: Findings) {
  const rank = decision.ranking.findIndex((judgement) => judgement.provider === provider);
  const judgement = decision.ranking[rank];
  if (judgement === undefined) return {};
  const { components, total, eliminated, reasons } = judgement;
  const features = input.candidates.find((candidate) => candidate.provider === provider)!.features;
  return { rank: rank + 1, features, components, score: total, eliminated: eliminated ?? null, reasons };
}

/** How a provider took part, as a caller sees it. */
export interface ProviderStatus {
  readonly id: ProviderId;
  readonly status: "ok" | "timeout" | "error" | "circuit_open" | "quota_exceeded" | "excluded" | "disabled";
  readonly code?: string;
  readonly latencyMs?: number;
  readonly mode?: "live" | "sandbox";
}

function providerStatus({ provider, terms, asked, code }: Participation): ProviderStatus {
  const own = {
    id: provider,
    ...(terms.mode === "live" || terms.mode === "sandbox" ? { mode: terms.mode } : {}),
  };
  if (asked !== undefined) {
    const { latencyMs } = asked;
    if ("result" in asked) return { ...own, status: "ok", latencyMs };
    const isLate = asked.error.code === "timeout" || asked.error.code === "deadline";
    return { ...own, status: isLate ? "timeout" : "error", code: asked.error.code, latencyMs };
  }
  if (code === "circuit_open" || code === "quota_exceeded" || code === "excluded") {
    return { ...own, status: code };
  }
  return { ...own, status: "disabled", ...(code === undefined ? {} : { code }) };
}

/** When the first circuit lets somebody through again, or a failed provider may be asked again. */
function retryAfterSeconds(participations: readonly Participation[]): number {
  const waits = participations.flatMap(({ retryAfterMs, asked }) =>
    retryAfterMs ?? asked?.retryAfterMs ?? (asked === undefined ? [] : 5_000)
  );
  const soonest = waits.length === 0 ? RETRY_MS : Math.min(...waits);
  return Math.max(1, Math.ceil(soonest / 1_000));
}

/** A value of a record of the database's, whatever the key is called. */
function ownValue<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
