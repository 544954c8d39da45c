import { askProvider } from "./ask_provider.ts";
import type { OrderState, Provider } from "./provider.ts";
import { PROVIDER_FAILURES } from "./provider_error.ts";
import type { ProviderId } from "./provider_id.ts";
import { type PurchaseRecord, toPurchase } from "./purchase_record.ts";

/** How long a confirmation may take, in milliseconds: well below the two minutes after which it counts as lost. */
const CONFIRM_MS = 45_000;
const ASK_MS = 20_000;

/** What `api.finish_confirm` takes. */
export interface PurchaseResult {
  readonly outcome:
    | "placed"
    | "handed_off"
    | "price_changed"
    | "payment_required"
    | "refused"
    | "failed"
    | "unknown"
    | "delivered"
    | "cancelled";
  readonly code?: string;
  readonly countsAgainst?: boolean;
  readonly totalCents?: number;
  readonly providerOrderId?: string;
  readonly handoffUrl?: string;
  readonly trackingUrl?: string;
  readonly reserved?: Readonly<Record<string, number>>;
  readonly calls?: Readonly<Record<string, number>>;
  readonly day?: string;
}

export interface BuyOptions {
  readonly fetch: typeof fetch;
  readonly clock: () => number;
  readonly paymentMethodToken?: string | undefined;
  /** Told of faults of ours in an adapter. */
  readonly onFault?: ((provider: ProviderId, cause: unknown) => void) | undefined;
}

/** Confirms a purchase, once: a lost answer is `unknown`, never a second try. */
export async function buy(
  provider: Provider,
  record: PurchaseRecord,
  { fetch, clock, paymentMethodToken, onFault }: BuyOptions,
): Promise<PurchaseResult> {
  const reserved = record.calls ?? provider.confirmCalls();
  const asked = await askProvider(
    (context) => provider.confirm(toPurchase(record, paymentMethodToken), context),
    {
      reserved,
      timeoutMs: CONFIRM_MS,
      deadlineMs: CONFIRM_MS,
      fetch,
      clock,
      onFault: (cause) => onFault?.(provider.id, cause),
    },
  );
  const spent = { reserved, calls: asked.calls, ...(record.day === undefined ? {} : { day: record.day }) };
  if ("result" in asked) return { ...asked.result, ...spent };
  const { code, isDefinite } = asked.error;
  if (code === "payment_required") return { outcome: code, ...spent };
  const { countsAgainst } = PROVIDER_FAILURES[code];
  return { outcome: isDefinite ? "refused" : "unknown", code, countsAgainst, ...spent };
}

/** Asks how a purchase stands whose answer was lost; undefined where nobody knows yet. */
export async function findPurchase(
  provider: Provider,
  record: PurchaseRecord,
  { fetch, clock, onFault }: BuyOptions,
): Promise<PurchaseResult | undefined> {
  const state = await askState(provider, record, { fetch, clock, onFault });
  if (state === undefined || state.status === "undecided") return undefined;
  // The provider is certain that nothing was placed.
  if (state.status === "absent") return { outcome: "failed", code: "not_placed" };
  return { ...state, outcome: state.status };
}

/** Where an order stands at its provider; undefined where the provider does not answer. */
export async function askState(
  provider: Provider,
  record: PurchaseRecord,
  { fetch, clock, onFault }: BuyOptions,
): Promise<OrderState | undefined> {
  const asked = await askProvider(
    (context) => provider.find(toPurchase(record), record.providerOrderId ?? undefined, context),
    {
      reserved: provider.confirmCalls(),
      timeoutMs: ASK_MS,
      deadlineMs: ASK_MS,
      fetch,
      clock,
      onFault: (cause) => onFault?.(provider.id, cause),
    },
  );
  return "result" in asked ? asked.result : undefined;
}
