/** All stored decisions of a database, made again. */
import type postgres from "postgres";
import { z } from "zod";
import { replayDecision } from "./replay_decision.ts";

/** What replaying found. */
export interface ReplayReport {
  readonly decisions: number;
  readonly candidates: number;
  readonly differing: number;
  /** Names the route. */
  readonly firstDifference?: string;
}

const DECISIONS_PER_PAGE = 500;

const page = z.array(z.looseObject({ routeId: z.guid(), candidates: z.array(z.unknown()).nullable() }));

/**
 * Pages through `api.stored_decisions` and makes every decision again.
 *
 * @param sql As role postgres.
 */
export async function replayStored(sql: postgres.Sql): Promise<ReplayReport> {
  let [decisions, candidates, differing] = [0, 0, 0];
  let firstDifference: string | undefined;
  for await (const stored of storedDecisions(sql)) {
    decisions++;
    candidates += stored.candidates?.length ?? 0;
    const found = replayDecision(stored);
    if (found === undefined) continue;
    differing++;
    firstDifference ??= `route ${stored.routeId}: ${found}`;
  }
  return { decisions, candidates, differing, ...(firstDifference === undefined ? {} : { firstDifference }) };
}

async function* storedDecisions(sql: postgres.Sql): AsyncGenerator<z.output<typeof page>[number]> {
  let after: string | null = null;
  while (true) {
    const [row]: [{ decisions: unknown }] = await sql`
      select api.stored_decisions(${after}::uuid, ${DECISIONS_PER_PAGE}) as decisions`;
    const decisions = page.parse(row.decisions);
    yield* decisions;
    const last = decisions.at(-1);
    if (last === undefined || decisions.length < DECISIONS_PER_PAGE) return;
    after = last.routeId;
  }
}
