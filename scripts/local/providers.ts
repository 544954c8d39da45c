import type postgres from "postgres";
import { PROVIDER_IDS, type ProviderId } from "../../shared/routing/provider_id.ts";

/** A provider as an operator sees it. */
export interface ProviderRow {
  readonly provider: ProviderId;
  /** `closed`, `half_open`, or `open` and until when. */
  readonly circuit: string;
  /** Calls of today (UTC) and how many a day has, by endpoint. */
  readonly quota: string;
  readonly takenOut: boolean;
}

/** The state of all four. */
export async function providerRows(sql: postgres.Sql): Promise<ProviderRow[]> {
  return await sql<ProviderRow[]>`
    select c.provider_id as provider,
      case c.state
        when 'open' then 'open until ' || to_char(c.open_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        else c.state
      end as circuit,
      coalesce((
        select string_agg(format('%s %s/%s', q.endpoint,
          case when q.day = (now() at time zone 'UTC')::date then q.used else 0 end, q.max_per_day),
          ', ' order by q.endpoint collate "C")
        from public.provider_quotas as q where q.provider_id = c.provider_id
      ), 'no limit') as quota,
      c.taken_out as "takenOut"
    from public.provider_circuits as c
    order by array_position(${[...PROVIDER_IDS]}::text[], c.provider_id)`;
}

/**
 * Takes one provider out, or lets it in again. One row by its key: an update of several could wait for a route that
 * holds one of them and waits for another.
 */
export async function setTakenOut(sql: postgres.Sql, provider: ProviderId, takenOut: boolean): Promise<void> {
  const { count } = await sql`
    update public.provider_circuits set taken_out = ${takenOut}, updated_at = clock_timestamp()
    where provider_id = ${provider}`;
  if (count !== 1) throw new Error(`Expected one row of ${provider} but found ${count}`);
}
