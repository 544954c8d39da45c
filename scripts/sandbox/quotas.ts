import { z } from "zod";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";

/** How many calls an endpoint answers in a day (UTC); `null`: any number. */
export const QuotaRule = z.strictObject({
  provider: z.enum(PROVIDER_IDS),
  endpoint: z.string(),
  perDay: z.int().min(0).nullable(),
});

export type QuotaInput = z.input<typeof QuotaRule>;

const DOCUMENTED: readonly QuotaInput[] = [
  { provider: "KROGER_API", endpoint: "products", perDay: 10_000 },
  { provider: "KROGER_API", endpoint: "locations", perDay: 1_600 },
  { provider: "KROGER_API", endpoint: "cart", perDay: 5_000 },
  { provider: "WALMART_API", endpoint: "search", perDay: 5_000 },
];

const DAY_MS = 24 * 60 * 60 * 1000;

/** The daily quotas: the documented ones, unless others are given. */
export class Quotas {
  readonly #perDay = new Map<string, number | null>();
  readonly #used = new Map<string, number>();
  #day = 0;

  constructor(readonly clock: () => number, readonly changes: readonly QuotaInput[]) {
    this.reset();
  }

  set(input: QuotaInput): void {
    const { provider, endpoint, perDay } = QuotaRule.parse(input);
    this.#perDay.set(`${provider} ${endpoint}`, perDay);
  }

  /** Counts a call; false where the day's are used up. */
  take(provider: ProviderId, endpoint: string): boolean {
    const key = `${provider} ${endpoint}`;
    const most = this.#perDay.get(key) ?? null;
    if (most === null) return true;
    const day = Math.floor(this.clock() / DAY_MS);
    if (day !== this.#day) this.#used.clear();
    this.#day = day;
    const used = (this.#used.get(key) ?? 0) + 1;
    this.#used.set(key, used);
    return used <= most;
  }

  /** The quotas of the start, none used. */
  reset(): void {
    this.#perDay.clear();
    this.#used.clear();
    for (const quota of [...DOCUMENTED, ...this.changes]) this.set(quota);
  }
}
