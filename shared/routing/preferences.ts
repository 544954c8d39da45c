import type { Features } from "./features.ts";
import type { ProviderId } from "./provider_id.ts";
import type { References } from "./references.ts";
import { minutesOf } from "./score.ts";

/** What a caller asks for beside the basket. Absent and null alike: no wish. */
export interface Preferences<Id extends string = ProviderId> {
  /** Slower ones are out; where nobody knows, the reference of 60 minutes is taken. */
  readonly maxDeliveryMinutes?: number | null | undefined;
  /** Those with higher fees are out. */
  readonly maxFeesCents?: number | null | undefined;
  /**
   * These get the whole boost of 5 points. They win among similar offers and break ties of price, speed and margin,
   * but outweigh no much better offer; as points of their own they leave the order of all others as it is.
   */
  readonly preferredProviders?: readonly Id[] | null | undefined;
  /** Out, even where they are preferred as well. */
  readonly excludeProviders?: readonly Id[] | null | undefined;
}

/** Why a candidate may not be chosen although it has a quote. */
export type Elimination = "excluded" | "too_slow" | "fees_too_high";

/** All that keeps a candidate from being chosen. Nothing of it depends on who else is there. */
export function eliminationsOf<Id extends string>(
  provider: Id,
  features: Features,
  references: References,
  preferences: Preferences<Id>,
): readonly Elimination[] {
  const found: Elimination[] = [];
  if (preferences.excludeProviders?.includes(provider)) found.push("excluded");
  if (minutesOf(features, references) > (preferences.maxDeliveryMinutes ?? Infinity)) found.push("too_slow");
  if (features.feesCents > (preferences.maxFeesCents ?? Infinity)) found.push("fees_too_high");
  return found;
}
