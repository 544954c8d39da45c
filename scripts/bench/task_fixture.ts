/** What the task benchmark works on: a database of its own, agents, people, and the yardstick's twin tables. */
import type postgres from "postgres";

/** The most clients a benchmark uses; each is an agent and an admin of its own, as limits are counted per caller. */
export const MOST_CLIENTS = 32;

export interface Fixture {
  readonly tokens: readonly string[];
  readonly admins: readonly string[];
}

/** A task as an agent proposes it, about as long as real ones are. */
export function proposal(number: number): Record<string, unknown> {
  return {
    marketplace: "amazon",
    title: `Improve the title of listing ${number}`,
    description: "The listing ranks below its rivals for its main search terms. ".repeat(4),
    category: number % 2 ? "optimization" : "analysis",
    priority: (["high", "medium", "low"] as const)[number % 3]!,
    estimatedHours: 1 + number % 8,
    tags: ["listing", `group-${number % 50}`],
    metadata: { asin: `B0${number}`, estimatedImpact: number % 20 },
  };
}

/**
 * Raises the limits, since a benchmark is one caller in a hurry, and makes the yardstick's tables: the same columns,
 * constraints and indexes, but no trigger, no policy and no duty.
 */
export async function prepare(owner: postgres.Sql): Promise<Fixture> {
  await owner`update private.rate_limits set max_requests = 1000000000, period_seconds = 1`;
  await owner.unsafe(`
    create schema yardstick;
    create table yardstick.tasks (like public.marketplace_tasks including all);
    create table yardstick.audit (like public.audit_logs including all);
    grant usage on schema yardstick to anon, authenticated;
    grant all on all tables in schema yardstick to anon, authenticated;
    grant usage on sequence private.change_numbers to anon, authenticated;
    grant usage on schema private to anon, authenticated;
    grant execute on function private.tags_are_valid to anon, authenticated;
  `);
  const tokens: string[] = [];
  const admins: string[] = [];
  for (let client = 0; client < MOST_CLIENTS; client++) {
    const id = `bench-agent-${client}`;
    await owner`insert into public.agents (id, marketplace, daily_quota) values (${id}, 'amazon', 100000000)`;
    await owner`insert into public.agent_categories values (${id}, 'optimization'), (${id}, 'analysis')`;
    const [row] = await owner<[{ token: string }]>`select private.issue_agent_token(${id}) as token`;
    tokens.push(row.token);
    admins.push(await person(owner, `bench-${client}@example.com`));
  }
  return { tokens, admins };
}

async function person(owner: postgres.Sql, email: string): Promise<string> {
  const id = crypto.randomUUID();
  await owner`insert into auth.users (id, email) values (${id}, ${email})`;
  await owner`update public.user_profile set role = 'admin' where id = ${id}`;
  return id;
}

/** Fills the table with tasks in every state, past the triggers, as nobody could through the operations. */
export async function fill(superuser: postgres.Sql, count: number): Promise<void> {
  await superuser.unsafe(`
    begin;
    set local session_replication_role = replica;
    insert into public.marketplace_tasks (marketplace, created_by, title, description, category, priority, status,
      created_at, submitted_at, estimated_hours, tags, metadata)
    select (array['amazon', 'shopee', 'mercadolivre', 'shein', 'tiktokshop', 'kaway'])[1 + n % 6], 'marketplace-master',
      'Improve listing ' || n, 'The listing ranks below its rivals for its main search terms',
      (array['optimization', 'analysis', 'scaling'])[1 + n % 3], (array['high', 'medium', 'low'])[1 + n % 3],
      case when n % 20 = 0 then 'awaiting_approval' else 'pending' end,
      clock_timestamp() - n * interval '10 seconds',
      case when n % 20 = 0 then clock_timestamp() - n * interval '10 seconds' end,
      1 + n % 8, array['group-' || n % 50], '{}'
    from generate_series(1, ${count}) as n;
    commit;
  `);
  await superuser`vacuum analyze public.marketplace_tasks`;
}
