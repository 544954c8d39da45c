import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { playBoth, STRATEGIES } from "../support/bidding_probing.ts";
import { biddingCast } from "../support/bidding_stage.ts";
import { shows, withoutWhatIsMadeUp } from "../support/bidding_views.ts";
import { freshDatabase } from "../support/database.ts";

const SEED = 20_261_121;
const RUNS = 200;

Deno.test(`${RUNS} strategies (seed ${SEED}) learn of a ceiling what the proxy rule tells, and nothing more`, async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const totals = { steps: 0, revealed: 0, secrets: 0 };
  const property = fc.asyncProperty(STRATEGIES, async (strategy) => {
    const { steps, wasRevealed, secrets } = await playBoth(cast, strategy);
    totals.steps += steps;
    totals.revealed += Number(wasRevealed);
    totals.secrets += secrets;
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
  console.log(
    `${RUNS} strategies, ${totals.steps} steps in two worlds each; the rule told ${totals.revealed} pairs of worlds apart; ` +
      `${totals.secrets} ceilings were still secrets`,
  );
  assert(totals.revealed > RUNS / 10 && totals.secrets > RUNS / 2, JSON.stringify(totals));
});

Deno.test("an amount is found in a text in whatever form it stands there, and not inside another one", () => {
  for (const text of ["31415926535", "a:31415926535,", "USD 314159265.35", "[314159265.35]"]) {
    assertEquals(shows(text, 31_415_926_535), true, text);
  }
  for (const text of ["314159265356", "131415926535", "3141592653", "0.31415926535", "314159265.351"]) {
    assertEquals(shows(text, 31_415_926_535), false, text);
  }
  assertEquals(shows("4200", 420_000), true);
});

Deno.test("what is made up anew is told apart only by its place", () => {
  const id = () => crypto.randomUUID();
  const [one, two] = [id(), id()];
  assertEquals(withoutWhatIsMadeUp(`${one} ${two} ${one}`), "ID1 ID2 ID1");
  assertEquals(
    withoutWhatIsMadeUp('"2026-11-21T11:41:54.611697+00:00" 2026-11-21 11:41:54+00'),
    '"INSTANT" INSTANT',
  );
  assertEquals(withoutWhatIsMadeUp("2026-11-22"), "2026-11-22");
});
