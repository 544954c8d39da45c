import { z } from "zod";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";
import { randomFrom } from "./hash.ts";

/** How long a provider takes for any call, evenly spread between the two. */
export const DelayRule = z.strictObject({
  provider: z.enum([...PROVIDER_IDS, "*"]),
  minMs: z.number().min(0).max(600_000),
  maxMs: z.number().min(0).max(600_000),
  seed: z.int().default(1),
}).refine(({ minMs, maxMs }) => minMs <= maxMs, { error: "Expected maxMs to be at least minMs" });

export type DelayInput = z.input<typeof DelayRule>;

/** The usual delay of each provider; none unless it is set. */
export class Delays {
  readonly #next = new Map<ProviderId, () => number>();

  set(input: DelayInput): void {
    const { provider, minMs, maxMs, seed } = DelayRule.parse(input);
    for (const id of provider === "*" ? PROVIDER_IDS : [provider]) {
      const random = randomFrom(seed);
      this.#next.set(id, () => minMs + random() * (maxMs - minMs));
    }
  }

  clear(): void {
    this.#next.clear();
  }

  /** Milliseconds for the next call. */
  next(provider: ProviderId): number {
    return this.#next.get(provider)?.() ?? 0;
  }
}
