/** Plays many random histories, several at a time, on databases of their own. */
import fc from "fast-check";
import { randomHistory } from "./bidding_arbitraries.ts";
import { assertHistory, type Tally } from "./bidding_histories.ts";
import { openPlayer } from "./bidding_player.ts";
import { freshDatabase } from "./database.ts";
import { person, withoutLimits } from "./tasks.ts";

export interface HistoriesOptions {
  readonly histories: number;
  /** Repeats a run. */
  readonly seed: number;
  /** Connections that play at once; default 2. */
  readonly workers?: number;
  /** Histories that share a database, default 2500. */
  readonly perDatabase?: number;
  /** Told after every database how many histories have been played. */
  readonly onProgress?: (played: number) => void;
}

/** The most participants of a random session, and one who takes no part. */
const PEOPLE = 6;

/**
 * Fails with the shortest history that the engine and the model disagree on; what repeats it stands in the error.
 *
 * @returns How often what happened.
 */
export async function runHistories(options: HistoriesOptions): Promise<Tally> {
  const { histories, seed, workers = 2, perDatabase = 2500, onProgress } = options;
  const tally: Tally = new Map();
  let begun = 0;
  let played = 0;
  let failed = false;
  const work = async () => {
    while (begun < histories && !failed) {
      const numRuns = Math.min(perDatabase, histories - begun);
      const chunkSeed = seed + begun;
      begun += numRuns;
      await playOnOwnDatabase(chunkSeed, numRuns, tally).catch((error) => {
        failed = true;
        throw error;
      });
      played += numRuns;
      onProgress?.(played);
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: workers }, work));
  const failure = settled.find((one) => one.status === "rejected");
  if (failure) throw failure.reason;
  return tally;
}

async function playOnOwnDatabase(seed: number, numRuns: number, tally: Tally): Promise<void> {
  await using database = await freshDatabase();
  await withoutLimits(database.sql);
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => person(database.sql)));
  const ids = people.map(({ userId }) => userId);
  await using player = await openPlayer(database);
  const property = fc.asyncProperty(randomHistory, (history) => assertHistory(player, ids, history, tally));
  await fc.assert(property, { seed, numRuns });
}
