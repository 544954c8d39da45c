import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { wilsonLowerBound } from "../../shared/routing/wilson.ts";

const MOST = 400;

Deno.test("the lower bound is Wilson's", () => {
  // The textbook form, which rounds elsewhere.
  const textbook = (successes: number, trials: number) => {
    const [z, rate] = [1.96, successes / trials];
    const centre = rate + z ** 2 / (2 * trials);
    const spread = z * Math.sqrt(rate * (1 - rate) / trials + z ** 2 / (4 * trials ** 2));
    return (centre - spread) / (1 + z ** 2 / trials);
  };
  for (const [successes, trials] of [[8, 10], [1, 1], [1, 125], [98, 100], [125, 125], [38, 40]] as const) {
    assertAlmostEquals(wilsonLowerBound(successes, trials), textbook(successes, trials), 1e-12);
  }
  assertAlmostEquals(wilsonLowerBound(8, 10), 0.4902, 1e-4);
  assertAlmostEquals(wilsonLowerBound(98, 100), 0.9300, 1e-4);
  assertEquals([wilsonLowerBound(0, 0), wilsonLowerBound(0, 125)], [0, 0]);
});

Deno.test("a success more never lowers the bound, a failure more never raises it, whatever the record", () => {
  for (let trials = 0; trials <= MOST; trials += 1) {
    for (let successes = 0; successes <= trials; successes += 1) {
      const bound = wilsonLowerBound(successes, trials);
      assert(bound >= 0 && bound <= 1, `${successes} of ${trials}`);
      assert(
        wilsonLowerBound(successes + 1, trials + 1) > bound,
        `${successes} of ${trials}, a success more`,
      );
      assert(wilsonLowerBound(successes, trials + 1) <= bound, `${successes} of ${trials}, a failure more`);
      if (successes === trials) continue;
      assert(
        wilsonLowerBound(successes + 1, trials) > bound,
        `${successes} of ${trials}, a failure turned`,
      );
    }
  }
});
