/** The providers a basket can go to. */
export const PROVIDER_IDS = ["KROGER_API", "WALMART_API", "INSTACART", "MEALME"] as const;

export type ProviderId = typeof PROVIDER_IDS[number];

/** What people read. */
export const PROVIDER_NAMES: Readonly<Record<ProviderId, string>> = {
  KROGER_API: "Kroger Direct",
  WALMART_API: "Walmart Direct",
  INSTACART: "Instacart",
  MEALME: "MealMe",
};
