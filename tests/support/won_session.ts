/** A session that has been decided already. */
import type postgres from "postgres";
import { bid, openSession } from "./bidding.ts";
import { callAs, user } from "./callers.ts";
import { succeeded } from "./tasks.ts";

/** A session that the first of two has won at 1000.00, since the second left it to him; its id. */
export async function wonSession(sql: postgres.Sql, userIds: readonly [string, string]): Promise<string> {
  const [winner, loser] = userIds;
  const id = await openSession(sql, userIds);
  await bid(sql, id, winner, 100_000);
  succeeded(await callAs(sql, user(loser), "withdraw_bid", { ["session_id"]: id }));
  return id;
}
