/** How long the decision alone takes: nothing is asked of anybody. */
import { type Candidate, decide } from "../../shared/routing/decide.ts";
import { referencesOf } from "../../shared/routing/references.ts";
import { DEFAULT_WEIGHTS } from "../../shared/routing/weights.ts";
import { percentile } from "./measure.ts";

export interface ScoringFigures {
  readonly candidates: number;
  /** Microseconds per decision. */
  readonly p50: number;
  readonly p95: number;
  readonly decisions: number;
}

/** So many decisions are timed together: the clock is coarse. */
const BATCH = 20;

export function benchScoring(count: number, milliseconds: number): ScoringFigures {
  const items = [{ id: "item-1", name: "chicken breast", quantity: 2, unit: "lbs" }];
  const input = {
    candidates: Array.from({ length: count }, (_, n) => candidate(n)),
    references: referencesOf({ items }, () => 900),
    weights: DEFAULT_WEIGHTS,
    optimizeFor: "balanced" as const,
    preferences: {},
  };
  for (let warmUp = 0; warmUp < 200; warmUp++) decide(input);
  const times: number[] = [];
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    const before = performance.now();
    for (let n = 0; n < BATCH; n++) decide(input);
    times.push((performance.now() - before) * 1000 / BATCH);
  }
  times.sort((a, b) => a - b);
  return {
    candidates: count,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    decisions: times.length * BATCH,
  };
}

function candidate(n: number): Candidate<string> {
  return {
    provider: `PROVIDER_${n}`,
    features: {
      totalCents: 1500 + n * 37 % 400,
      feesCents: 100 + n % 7 * 50,
      missingLineCents: 0,
      minutes: n % 5 === 0 ? null : 30 + n * 13 % 90,
      filled: n % 3 === 0 ? 0.8 : 1,
      commissionBps: 200 + n % 4 * 50,
      successes: 30 + n % 10,
      attempts: 40,
      priority: 40 + n % 3 * 10,
      preferred: false,
    },
  };
}
