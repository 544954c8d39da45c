import { z } from "zod";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";
import { randomFrom } from "./hash.ts";

/** What can go wrong with a call. */
export const FAULTS = [
  /** The answer comes after `delayMs` (1 000). */
  "delay",
  /** No answer ever comes; the connection stays open until the client closes it. */
  "hang",
  /** The answer comes a byte at a time, one each `delayMs` (20). */
  "drip",
  /** Carried out, then the connection is cut after `cutAt` bytes of the answer (0). */
  "lost_response",
  "401",
  "403",
  "404",
  /** With `Retry-After: <retryAfter>` where that is given, without it otherwise. */
  "429",
  "500",
  "503",
  /** Carried out all the same: the gateway did not wait for it. */
  "504",
  /** Text that is no JSON, under status 200. */
  "bad_json",
  /** Without the fields that everything hangs on: ids, prices, addresses of links. */
  "missing_fields",
  /** EUR, wherever the answer has a price. */
  "wrong_currency",
  "negative_price",
  /** Products that are there, and not to be had. */
  "out_of_stock",
  /** Every entry of every list comes twice. */
  "duplicate_ids",
] as const;

export type Fault = typeof FAULTS[number];

/** What to do to which calls. */
export const FaultRule = z.strictObject({
  provider: z.enum([...PROVIDER_IDS, "*"]),
  /** Its name in the call log, or `*`. */
  endpoint: z.string().default("*"),
  fault: z.enum(FAULTS),
  /** How many calls it happens to; `null`: until the next reset. */
  count: z.int().positive().nullable().default(1),
  /** Milliseconds before the answer begins; with `drip` before each byte. */
  delayMs: z.int().min(0).max(600_000).optional(),
  /** Seconds, as the header Retry-After says it. */
  retryAfter: z.int().min(0).optional(),
  /** How many bytes of the answer, its head included, are sent before the cut; negative ones count from its end. */
  cutAt: z.int().optional(),
  /** Happens to every n-th of the calls that match only. */
  everyNth: z.int().positive().optional(),
  /** Happens to a matching call with this probability only. */
  rate: z.number().gt(0).max(1).optional(),
  /** Of the random numbers behind `rate`. */
  seed: z.int().default(1),
  /** Whether the call takes effect; by default all do but the refusals 401, 403, 404, 429, 500 and 503. */
  carriedOut: z.boolean().optional(),
});

export type FaultRule = z.output<typeof FaultRule>;
export type FaultInput = z.input<typeof FaultRule>;

/** A rule at work: what has come by, and what is left of it. */
interface ActiveRule {
  readonly rule: FaultRule;
  readonly random: () => number;
  seen: number;
  left: number;
}

/** The faults that wait for their calls. One call meets one fault at most: the first injected that applies. */
export class Faults {
  #active: ActiveRule[] = [];

  inject(input: FaultInput): void {
    const rule = FaultRule.parse(input);
    this.#active.push({ rule, random: randomFrom(rule.seed), seen: 0, left: rule.count ?? Infinity });
  }

  clear(): void {
    this.#active = [];
  }

  /** The rules not used up, with what is left of each; `null`: no end. */
  pending(): readonly (FaultRule & { readonly left: number | null })[] {
    return this.#active.map(({ rule, left }) => ({ ...rule, left: Number.isFinite(left) ? left : null }));
  }

  /** What happens to this call; it is used up by that. */
  take(provider: ProviderId, endpoint: string): FaultRule | undefined {
    const hit = this.#active.find((active) => matches(active.rule, provider, endpoint) && applies(active));
    if (!hit) return undefined;
    hit.left--;
    if (hit.left === 0) this.#active = this.#active.filter((active) => active !== hit);
    return hit.rule;
  }
}

function matches({ provider, endpoint }: FaultRule, toProvider: ProviderId, toEndpoint: string): boolean {
  return (provider === "*" || provider === toProvider) && (endpoint === "*" || endpoint === toEndpoint);
}

function applies(active: ActiveRule): boolean {
  const { everyNth = 1, rate = 1 } = active.rule;
  active.seen++;
  return active.seen % everyNth === 0 && active.random() < rate;
}
