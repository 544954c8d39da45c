import type postgres from "postgres";

/**
 * A token for every agent: the known one where it still holds, a fresh one otherwise.
 *
 * @param sql A connection as role `postgres`.
 */
export async function issueAgentTokens(
  sql: postgres.Sql,
  known: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const agents = await sql<{ id: string }[]>`select id from public.agents order by id`;
  const tokens: Record<string, string> = {};
  for (const { id } of agents) tokens[id] = await validToken(sql, id, known[id]);
  return tokens;
}

/** An agent's known token where it still holds, a fresh one otherwise. */
export async function validToken(
  sql: postgres.Sql,
  agentId: string,
  known: string | undefined,
): Promise<string> {
  return known && await isValid(sql, agentId, known) ? known : await issueToken(sql, agentId);
}

async function isValid(sql: postgres.Sql, agentId: string, token: string): Promise<boolean> {
  const rows = await sql`
    select from private.agent_tokens
    where agent_id = ${agentId} and token_hash = sha256(convert_to(${token}, 'UTF8'))
      and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`;
  return rows.length > 0;
}

async function issueToken(sql: postgres.Sql, agentId: string): Promise<string> {
  const [row] = await sql<{ token: string }[]>`select private.issue_agent_token(${agentId}) as token`;
  if (!row) throw new Error(`Expected a token for agent ${agentId} but found none`);
  return row.token;
}
