import type postgres from "postgres";
import { judgeTarget } from "../../shared/delivery/ssrf_guard.ts";

/** A channel as an operator may see it. */
export interface ChannelRow {
  readonly id: string;
  readonly of: string;
  readonly kind: string;
  /** Without what may be a secret: query of a webhook, path of Slack. */
  readonly target: string;
  readonly events: string;
  readonly state: string;
  readonly waiting: number;
  readonly dead: number;
}

/** A delivery that was given up. */
export interface DeadDeliveryRow {
  readonly id: string;
  readonly event: string;
  readonly said: Date;
  readonly channel: string;
  readonly kind: string;
  readonly attempts: number;
  readonly reason: string;
}

/** Every channel, the operators' own first. */
export async function channelRows(sql: postgres.Sql): Promise<ChannelRow[]> {
  const rows = await sql<ChannelRow[]>`
    select c.id, coalesce(u.email, c.recipient::text, 'operators') as of, c.kind, c.target,
      coalesce(array_to_string(c.events, ', '), 'all') as events,
      case when not c.active then 'inactive' when c.paused_until > clock_timestamp() then 'paused' else 'active' end
        as state,
      count(d.id) filter (where d.status = 'pending')::integer as waiting,
      count(d.id) filter (where d.status = 'dead')::integer as dead
    from private.delivery_channels as c
    left join auth.users as u on u.id = c.recipient
    left join private.deliveries as d on d.channel_id = c.id
    group by c.id, u.email
    order by c.recipient nulls first, c.created_at`;
  return rows.map((row) => ({ ...row, target: shownTarget(row.kind, row.target) }));
}

export interface NewChannel {
  readonly kind: string;
  readonly target: string;
  /** E-mail address of the person it is for; the operators where absent. */
  readonly owner: string | undefined;
  /** All where absent. */
  readonly events: readonly string[] | undefined;
  readonly allowedHosts: readonly string[];
}

/** Adds a channel; a webhook's signing secret is handed out this once. */
export async function addChannel(
  sql: postgres.Sql,
  { kind, target, owner, events, allowedHosts }: NewChannel,
): Promise<{ channelId: string; secret: string | null }> {
  if (!["webhook", "slack", "email"].includes(kind)) {
    throw new Error(`Expected webhook, slack or email but found ${kind}`);
  }
  // The worker judges again, with the addresses: here a slip is told at once.
  if (kind !== "email") judgeTarget(target, allowedHosts);
  else if (!/^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(target)) {
    throw new Error(`Expected an e-mail address but found ${target}`);
  }
  const recipient = owner === undefined ? null : await personBy(sql, owner);
  const [row] = await sql<{ channel: { channelId: string; secret: string | null } }[]>`
    select private.add_channel(${kind}, ${target}, ${recipient}, ${events ? [...events] : null}) as channel`;
  if (row) return row.channel;
  throw new Error("Expected a new channel but found none");
}

/** Removes a channel; how many deliveries were still waiting for it. */
export async function removeChannel(sql: postgres.Sql, channel: string): Promise<number> {
  const [row] = await sql<{ waiting: number }[]>`
    select private.remove_channel(${idOf(channel)})::integer as waiting`;
  return row?.waiting ?? 0;
}

/** A webhook's new signing secret; the one before is taken for a day more. */
export async function rotateSecret(sql: postgres.Sql, channel: string): Promise<string> {
  const [row] = await sql<{ secret: string }[]>`select private.rotate_channel_secret(${
    idOf(channel)
  }) as secret`;
  if (row) return row.secret;
  throw new Error("Expected a new secret but found none");
}

/** Sends through a channel again. */
export async function activateChannel(sql: postgres.Sql, channel: string): Promise<void> {
  await sql`select private.activate_channel(${idOf(channel)})`;
}

/** Deliveries that were given up, the latest first. */
export async function deadDeliveryRows(sql: postgres.Sql): Promise<DeadDeliveryRow[]> {
  return [
    ...await sql<DeadDeliveryRow[]>`
      select d.id, o.event, o.created_at as said, c.id as channel, c.kind, d.attempts, d.last_error as reason
      from private.deliveries as d
      join private.outbox as o on o.id = d.outbox_id
      join private.delivery_channels as c on c.id = d.channel_id
      where d.status = 'dead'
      order by o.id desc, d.id`,
  ];
}

/** Sends a delivery that has ended once more, or all that are dead; how many. */
export async function resend(sql: postgres.Sql, delivery: string | undefined): Promise<number> {
  if (delivery !== undefined) {
    await sql`select private.resend_delivery(${idOf(delivery)})`;
    return 1;
  }
  const [row] = await sql<{ resent: number }[]>`select private.resend_dead_deliveries()::integer as resent`;
  return row?.resent ?? 0;
}

async function personBy(sql: postgres.Sql, email: string): Promise<string> {
  const [person] = await sql<{ id: string }[]>`
    select id from auth.users where lower(email) = lower(btrim(${email}))`;
  if (person) return person.id;
  throw new Error(`Expected the e-mail address of somebody who has signed up but found ${email}`);
}

function idOf(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw new Error(`Expected an id such as the list shows but found ${text}`);
}

function shownTarget(kind: string, target: string): string {
  if (kind === "email" || !URL.canParse(target)) return target;
  const { origin, pathname } = new URL(target);
  return kind === "slack" ? `${origin}/…` : `${origin}${pathname}`;
}
