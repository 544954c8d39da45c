import type postgres from "postgres";

/** One token as an operator may see it. */
export interface AgentTokenRow {
  readonly id: string;
  readonly agent: string;
  readonly state: string;
  readonly created: Date;
  readonly expires: Date | null;
  readonly lastUsed: Date | null;
}

/** A new token in plain text; the database keeps its hash only. */
export async function issueToken(sql: postgres.Sql, agent: string, expires?: string): Promise<string> {
  await expectAgent(sql, agent);
  const lifetime = expires ? interval("--expires", expires) : null;
  const [row] = await sql<{ token: string }[]>`
    select private.issue_agent_token(${agent}, null, clock_timestamp() + ${lifetime}::interval) as token`;
  return expectToken(row, agent);
}

/** A new token in plain text; older ones end after the overlap. */
export async function rotateToken(sql: postgres.Sql, agent: string, overlap = "24h"): Promise<string> {
  await expectAgent(sql, agent);
  const [row] = await sql<{ token: string }[]>`
    select private.rotate_agent_token(${agent}, ${interval("--overlap", overlap)}::interval) as token`;
  return expectToken(row, agent);
}

/** Ends one token or all of an agent's. */
export async function revokeTokens(sql: postgres.Sql, agent: string, tokenId?: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select private.revoke_agent_tokens(${agent}, ${tokenId ?? null}) as count`;
  if (row && row.count > 0) return row.count;
  throw new Error(
    `Expected a token of ${agent} to revoke but found none${tokenId ? ` with id ${tokenId}` : ""}`,
  );
}

/** Every token ever issued, newest first. */
export async function agentTokenRows(sql: postgres.Sql): Promise<AgentTokenRow[]> {
  const rows = await sql<AgentTokenRow[]>`
    select id, agent_id as agent, created_at as created, expires_at as expires, last_used_at as "lastUsed",
      case when revoked_at is not null then 'revoked' when expires_at <= clock_timestamp() then 'expired'
        else 'valid' end as state
    from private.agent_tokens order by agent_id, created_at desc`;
  return [...rows];
}

/**
 * Takes over the tokens agents already have, from variables such as `MARKETPLACE_AMAZON_TOKEN`. All of them or,
 * where one cannot be taken, none.
 */
export async function importTokens(
  sql: postgres.Sql,
  environment: Readonly<Record<string, string>>,
): Promise<Record<string, "imported" | "known">> {
  const tokens = Object.entries(environment).flatMap(([name, token]) => {
    const marketplace = /^MARKETPLACE_([A-Z0-9_]+)_TOKEN$/.exec(name)?.[1];
    return marketplace
      ? [{ name, token, agent: `marketplace-${marketplace.toLowerCase().replaceAll("_", "-")}` }]
      : [];
  });
  if (tokens.length === 0) {
    throw new Error("Expected variables such as MARKETPLACE_AMAZON_TOKEN but found none");
  }
  for (const { name, token } of tokens) {
    if (token.length >= 32) continue;
    throw new Error(
      `Expected ${name} to have at least 32 characters but found ${token.length}; issue a new token instead`,
    );
  }
  const outcomes: Record<string, "imported" | "known"> = {};
  await sql.begin(async (transaction) => {
    for (const { agent, token } of tokens) outcomes[agent] = await importOne(transaction, agent, token);
  });
  return outcomes;
}

async function importOne(
  sql: postgres.TransactionSql,
  agent: string,
  token: string,
): Promise<"imported" | "known"> {
  await expectAgent(sql, agent);
  const known = await sql`
    select from private.agent_tokens where agent_id = ${agent} and token_hash = sha256(convert_to(${token}, 'UTF8'))`;
  if (known.length > 0) return "known";
  await sql`select private.issue_agent_token(${agent}, ${token})`;
  return "imported";
}

async function expectAgent(sql: postgres.ISql, agent: string): Promise<void> {
  const agents = await sql<{ id: string }[]>`select id from public.agents order by id`;
  const names = agents.map(({ id }) => id);
  if (names.includes(agent)) return;
  throw new Error(`Expected one of the agents ${names.join(", ")} but found ${agent}`);
}

const UNITS = { m: "minutes", h: "hours", d: "days" };

function interval(option: string, text: string): string {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (amount && (unit === "m" || unit === "h" || unit === "d")) return `${amount} ${UNITS[unit]}`;
  throw new Error(`Expected ${option} to be a duration such as 90d, 24h or 30m but found ${text}`);
}

function expectToken(row: { token: string } | undefined, agent: string): string {
  if (row) return row.token;
  throw new Error(`Expected a token for ${agent} but found none`);
}
