import { z } from "zod";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";

/** How much dearer a provider is than usual: 1.05 raises every price by 5 %. */
export const PriceRule = z.strictObject({
  provider: z.enum([...PROVIDER_IDS, "*"]),
  factor: z.number().gt(0).max(100),
});

export type PriceInput = z.input<typeof PriceRule>;

/** Price levels that move while the sandbox runs, as they do between a quote and its confirmation. */
export class Prices {
  readonly #factors = new Map<ProviderId, number>();

  set(input: PriceInput): void {
    const { provider, factor } = PriceRule.parse(input);
    for (const id of provider === "*" ? PROVIDER_IDS : [provider]) this.#factors.set(id, factor);
  }

  clear(): void {
    this.#factors.clear();
  }

  factor(provider: ProviderId): number {
    return this.#factors.get(provider) ?? 1;
  }
}
