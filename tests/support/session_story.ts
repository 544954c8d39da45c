/** Everything that is kept of one session, wherever it stands. */
import type postgres from "postgres";

/** The tables with rows of a session's story: what the archive calls them, and their order in it. */
export const STORY_TABLES: readonly (readonly [part: string, table: string, order: string])[] = [
  ["participants", "public.bidding_participants", "user_id"],
  ["autoBids", "public.bidding_auto_bids", "user_id"],
  ["bids", "public.bids", "seq"],
  ["details", "public.bid_details", "seq"],
  ["events", "private.session_events", "seq"],
  ["notifications", "public.bidding_notifications", "created_at"],
];

/** All that is kept of a session outside the archive, as the archive's document has it. */
export async function storyOf(
  sql: postgres.Sql,
  sessionId: string,
): Promise<Readonly<Record<string, unknown>>> {
  return await sql.begin(async (transaction) => {
    await transaction`set local timezone = 'UTC'`;
    const rowsOf = async (table: string, order: string) => {
      const rows = await transaction.unsafe(
        `select to_jsonb(t) as row from ${table} as t where t.session_id = $1 order by t.${order}`,
        [sessionId],
      );
      return rows.map(({ row }) => row);
    };
    const [session = null] = await rowsOf("public.bidding_sessions", "session_id");
    const [result = null] = await rowsOf("public.bidding_results", "session_id");
    const story: Record<string, unknown> = { session, result };
    for (const [part, table, order] of STORY_TABLES) story[part] = await rowsOf(table, order);
    return story;
  });
}
