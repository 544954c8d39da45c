/** What somebody may want a basket to be chosen for. */
export const OPTIMIZE_FOR = ["balanced", "price", "speed", "margin"] as const;

export type OptimizeFor = typeof OPTIMIZE_FOR[number];

/** How much each component counts. 0 or more each; only their ratio matters, but for `priority`. */
export interface Weights {
  readonly price: number;
  readonly speed: number;
  readonly commission: number;
  readonly availability: number;
  readonly reliability: number;
  /** Points of the boost per 10 of priority. */
  readonly priority: number;
}

/** `LOOPGPT_SCORE_*_WEIGHT` where nothing is set. */
export const DEFAULT_WEIGHTS: Weights = {
  price: 0.30,
  speed: 0.15,
  commission: 0.20,
  availability: 0.25,
  reliability: 0.10,
  priority: 1.0,
};

/**
 * The strategies of the deployment guide («Price-First», «Speed-First», «Revenue-First»), which an operator may set in
 * `LOOPGPT_SCORE_*_WEIGHT`. Each changes two weights of the default; the score divides by their sum, so the sum need
 * not be 1. They are not what a caller's `optimizeFor` does: that decides before any score (order.ts).
 */
export const WEIGHT_PRESETS: Readonly<Record<OptimizeFor, Weights>> = {
  balanced: DEFAULT_WEIGHTS,
  price: { ...DEFAULT_WEIGHTS, price: 0.50, commission: 0.10 },
  speed: { ...DEFAULT_WEIGHTS, speed: 0.40, price: 0.20 },
  margin: { ...DEFAULT_WEIGHTS, commission: 0.40, price: 0.20 },
};
