/** Whom the winner beat, among three and more. */
import { assertEquals } from "@std/assert";
import { played } from "../support/bidding_moves.ts";
import { biddingCast, openStage } from "../support/bidding_stage.ts";
import { freshDatabase } from "../support/database.ts";

/** What is played among A, B and C, and who is compensated. */
const STORIES: readonly (readonly [moves: string, loser: string])[] = [
  // A's ceiling bit at 500000, though no bid of his was shown above 220000.
  ["A ceiling 500000, B bids 200000, C ceiling 600000", "A"],
  // Of equal ones the earliest.
  ["A ceiling 200000, B ceiling 200000, C bids 220000", "A"],
  ["B ceiling 200000, A ceiling 200000, C bids 220000", "B"],
  // Set again at the price that it had come to.
  ["A ceiling 300000, B ceiling 300000, A ceiling 300000, C bids 330000", "A"],
  // Who was answered at once is above all who were beaten before.
  ["A ceiling 500000, C ceiling 900000, B bids 605000", "B"],
  ["A ceiling 500000, B ceiling 700000, C ceiling 900000", "B"],
  ["B ceiling 500000, C ceiling 700000, B ceiling 650000, A bids 800000", "C"],
];

Deno.test("clearing a ceiling that was beaten moves nobody: it counts as what it was", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [moves, loser] of STORIES) {
    for (const clears of [[], [`${loser} clears`], ["A clears", "B clears", "C clears"]]) {
      await t.step([moves, ...clears].join(", "), async () => {
        const stage = await openStage(cast, {}, "ABC");
        await played(stage, [moves, ...clears].join(", "));
        await stage.end();
        assertEquals((await stage.result())?.loser, loser);
        await stage.assertHonest();
      });
    }
  }
});
