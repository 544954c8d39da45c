import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { replayDecision } from "../../scripts/replay/replay_decision.ts";
import { decide } from "../../shared/routing/decide.ts";
import { PROVIDER_IDS } from "../../shared/routing/provider_id.ts";
import { DEFAULT_WEIGHTS } from "../../shared/routing/weights.ts";
import { candidate, choice, decisionInput } from "../support/routing_candidates.ts";
import { type StoredDecision, storedDecisionOf } from "../support/routing_stored_decisions.ts";

/** MealMe before Kroger, and Instacart out. */
function stored(): StoredDecision {
  const input = choice([
    candidate("KROGER_API", { totalCents: 9_000 }),
    candidate("MEALME", { totalCents: 8_000, minutes: 35 }),
    candidate("INSTACART", { minutes: 300 }),
  ], { preferences: { maxDeliveryMinutes: 120 } });
  return storedDecisionOf(input, decide(input))!;
}

/** The next number that a double can hold. */
function nextAfter(value: number): number {
  const [bits] = new BigInt64Array(Float64Array.of(value).buffer);
  return new Float64Array(BigInt64Array.of(bits! + 1n).buffer)[0]!;
}

Deno.test("any decision is the same made again, however it was stored as JSON", () => {
  fc.assert(fc.property(decisionInput(...PROVIDER_IDS), fc.compareFunc(), (input, compare) => {
    const decision = storedDecisionOf(input, decide(input));
    if (decision === undefined) return;
    const shuffled = { ...decision, candidates: decision.candidates.toSorted(compare) };
    assertEquals(replayDecision(JSON.parse(JSON.stringify(shuffled))), undefined);
  }));
});

Deno.test("whatever is changed of a stored decision is found", () => {
  const cases: readonly (readonly [string, (decision: StoredDecision) => void])[] = [
    ["selected: stored KROGER_API, made again MEALME", (all) => all.selectedProvider = "KROGER_API"],
    ["MEALME rank: stored 2, made again 1", (all) => all.candidates[1]!.rank = 2],
    ["MEALME total: stored", (all) => all.candidates[1]!.total = nextAfter(all.candidates[1]!.total)],
    ["MEALME price: stored", ({ candidates: [, second] }) => {
      second!.components["price"] = nextAfter(second!.components["price"]!);
    }],
    ["KROGER_API boost: stored undefined", (all) => delete all.candidates[0]!.components["boost"]],
    ["KROGER_API weather: stored 1", (all) => all.candidates[0]!.components["weather"] = 1],
    ["INSTACART elimination: stored null, made again too_slow", ({ candidates: [, , third] }) => {
      third!.eliminated = null;
    }],
    ["selected: stored MEALME, made again KROGER_API", ({ candidates: [, second] }) => {
      second!.features = { ...second!.features, totalCents: 80_000 };
    }],
    [
      "total: stored",
      (all) => all.decision = { ...all.decision, weights: { ...DEFAULT_WEIGHTS, price: 0.31 } },
    ],
    ["cannot be read: candidates.1.features.totalCents", ({ candidates: [, second] }) => {
      second!.features = { ...second!.features, totalCents: -1 };
    }],
    ["cannot be read: candidates", (all) => Object.assign(all, { candidates: null })],
    ["Expected each provider once but found MEALME twice", (all) => all.candidates.push(all.candidates[1]!)],
  ];
  for (const [expected, change] of cases) {
    const decision = stored();
    assertEquals(replayDecision(decision), undefined);
    change(decision);
    assertStringIncludes(replayDecision(decision) ?? "no difference", expected);
  }
});

Deno.test("a candidate that is not stored any more is missed", () => {
  const decision = stored();
  decision.candidates.splice(1, 1);
  assertEquals(replayDecision(decision), "selected: stored MEALME, made again KROGER_API");
});
