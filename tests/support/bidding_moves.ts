/** Moves of bidding as sentences, so that a test reads as what happens. */
import { assertEquals } from "@std/assert";
import { type BiddingAnswer, codeOf, type Stage } from "./bidding_stage.ts";

/**
 * Plays moves one after another.
 *
 * @param moves Such as `"A ceiling 500000, B bids 200000, A clears, B withdraws"`.
 * @returns What each was answered.
 */
export async function play(stage: Stage, moves: string): Promise<readonly BiddingAnswer[]> {
  const answers: BiddingAnswer[] = [];
  for (const move of moves.split(", ")) answers.push(await playOne(stage, move));
  return answers;
}

/** Plays moves all of which must succeed. */
export async function played(stage: Stage, moves: string): Promise<readonly BiddingAnswer[]> {
  const answers = await play(stage, moves);
  const refusals = answers.filter((answer) => codeOf(answer) !== "ok").map(({ text }) => text);
  assertEquals(refusals, [], moves);
  return answers;
}

async function playOne(stage: Stage, move: string): Promise<BiddingAnswer> {
  const [letter = "", verb, amount] = move.split(" ");
  switch (verb) {
    case "bids":
      return await stage.bid(letter, Number(amount));
    case "ceiling":
      return await stage.ceiling(letter, Number(amount));
    case "clears":
      return await stage.ceiling(letter, null);
    case "withdraws":
      return await stage.withdraw(letter);
  }
  throw new Error(`Expected a move such as "A bids 100000" but found ${JSON.stringify(move)}`);
}
