import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { replayStored } from "../../scripts/replay/replay_stored.ts";
import { decide } from "../../shared/routing/decide.ts";
import { PROVIDER_IDS } from "../../shared/routing/provider_id.ts";
import { runScript } from "../chaos/script_process.ts";
import { freshDatabase } from "../support/database.ts";
import { decisionInput } from "../support/routing_candidates.ts";
import {
  type StoredDecision,
  storedDecisionOf,
  storeDecisions,
} from "../support/routing_stored_decisions.ts";
import { withoutTriggers } from "../support/superuser.ts";

/** More than a page holds. */
function manyDecisions(): StoredDecision[] {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`seed ${seed}`);
  return fc.sample(decisionInput(...PROVIDER_IDS), { numRuns: 1_400, seed }).flatMap((input) =>
    storedDecisionOf(input, decide(input)) ?? []
  );
}

Deno.test("every stored decision is the same made again, whatever its numbers, and one that is not is named", async () => {
  await using database = await freshDatabase();
  const decisions = manyDecisions();
  assertEquals(decisions.length > 500, true);
  await storeDecisions(database.sql, decisions);
  const candidates = decisions.reduce((sum, decision) => sum + decision.candidates.length, 0);
  assertEquals(await replayStored(database.sql), {
    decisions: decisions.length,
    candidates,
    differing: 0,
  });
  const env = { SUPABASE_DB_URL: database.url };
  const counts = `${decisions.length} decisions with ${candidates} candidates made again`;
  assertEquals(await runScript("routing_replay.ts", [], env), { code: 0, said: `${counts}, 0 differ` });

  // On the last page, and by less than anybody would print.
  const [last] = await database.sql<[{ routeId: string }]>`
    select route_id as "routeId" from public.order_routes order by route_id desc limit 1`;
  await withoutTriggers(
    database,
    (sql) =>
      sql`
        update public.order_quotes set score = score + 0.00000000000003
        where route_id = ${last.routeId} and rank = 1`,
  );
  const { code, said } = await runScript("routing_replay.ts", [], env);
  assertEquals(code, 1, said);
  assertStringIncludes(said, `${counts}, 1 differ`);
  assertMatch(
    said,
    new RegExp(`^route ${last.routeId}: \\w+ total: stored [-\\de.]+, made again [-\\de.]+$`, "m"),
  );
});

Deno.test("a decision nobody can read any more is named, and the others are made again", async () => {
  await using database = await freshDatabase();
  await storeDecisions(database.sql, manyDecisions().slice(0, 3));
  const [first] = await database.sql<[{ routeId: string }]>`
    select route_id as "routeId" from public.order_routes order by route_id limit 1`;
  await withoutTriggers(
    database,
    (sql) =>
      sql`update public.order_routes set decision = decision - 'weights' where route_id = ${first.routeId}`,
  );
  const { decisions, differing, firstDifference } = await replayStored(database.sql);
  assertEquals([decisions, differing], [3, 1]);
  assertStringIncludes(firstDifference ?? "", `route ${first.routeId}: cannot be read: weights`);
});

Deno.test("routing:replay says how it is used and refuses what it does not know", async () => {
  const help = await runScript("routing_replay.ts", ["--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.said, "usage: deno task routing:replay");
  assertEquals(await runScript("routing_replay.ts", ["--all"]), {
    code: 1,
    said: 'Expected no arguments but found "--all"',
  });
});
