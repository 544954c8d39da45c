/** Channels and deliveries: as the worker gets them, and as the database keeps them. */
import type postgres from "postgres";
import { type Claim, claim, type Delivery, type DeliveryResult } from "../../shared/delivery/delivery.ts";
import { callAs, service } from "./callers.ts";
import { present } from "./present.ts";

const TARGETS = {
  webhook: "https://receiver.example/hook",
  slack: "https://hooks.slack.example/services/T0/B0/secret",
  email: "ada@example.com",
};

/** A first attempt of an outbid notification, but for what a test wants otherwise. */
export function deliveryOf(
  kind: Delivery["channel"]["kind"],
  overrides: Partial<Omit<Delivery, "channel">> = {},
  channel: Partial<Delivery["channel"]> = {},
): Delivery {
  return {
    deliveryId: "7b6f8e3a-0b1c-4a52-9d1e-2f3a4b5c6d7e",
    attempt: 1,
    resends: 0,
    event: "outbid",
    payload: { title: "You were outbid", message: "The price is USD 3300.00 now." },
    createdAt: "2026-11-21T08:00:00.123456+00:00",
    ...overrides,
    channel: {
      id: "5f0c4a3b-1d2e-4f5a-8b9c-0d1e2f3a4b5c",
      kind,
      target: TARGETS[kind],
      secrets: kind === "webhook" ? [`whsec_${"A".repeat(43)}=`] : [],
      ...channel,
    },
  };
}

/** A channel that was added, and a webhook's signing secret. */
export interface AddedChannel {
  readonly channelId: string;
  readonly secret: string | null;
}

/** Adds a channel as an operator; the operators' own unless a recipient is named. */
export async function addChannel(
  sql: postgres.Sql,
  kind: string,
  target: string,
  options: { readonly recipient?: string; readonly events?: readonly string[] } = {},
): Promise<AddedChannel> {
  const { recipient = null, events } = options;
  const [row] = await sql<{ added: AddedChannel }[]>`
    select private.add_channel(${kind}, ${target}, ${recipient}, ${events ? [...events] : null}) as added`;
  return present(row, "a channel").added;
}

/** Says something new so many times, to the operators unless a recipient is named. */
export async function say(
  sql: postgres.Sql | postgres.TransactionSql,
  event: string,
  { recipient = null, times = 1 }: { readonly recipient?: string | null; readonly times?: number } = {},
): Promise<void> {
  await sql`
    select private.enqueue(${recipient}, ${event}, jsonb_build_object('n', n), gen_random_uuid()::text)
    from generate_series(1, ${times}::integer) as n`;
}

/** Takes so many deliveries as a worker does. */
export async function claimed(sql: postgres.Sql, max = 100): Promise<Claim> {
  const { status, body } = await callAs<unknown>(sql, service, "claim_deliveries", { max });
  if (status !== 200) throw new Error(`Expected a claim but found ${JSON.stringify(body)}`);
  return claim.parse(body);
}

/** Tells what became of deliveries; how many of the results were taken. */
export async function recorded(sql: postgres.Sql, results: readonly DeliveryResult[]): Promise<number> {
  const { status, body } = await callAs<{ recorded: number }>(sql, service, "record_deliveries", { results });
  if (status !== 200) throw new Error(`Expected the results to be taken but found ${JSON.stringify(body)}`);
  return body.recorded;
}

/** How deliveries stand, in the order they were said. */
export async function deliveriesOf(sql: postgres.Sql, channelId?: string): Promise<DeliveryState[]> {
  const rows = await sql<DeliveryState[]>`
    select d.id, d.status, d.attempts, d.last_error as error, d.lease is not null as leased, o.event,
      round(extract(epoch from d.next_attempt_at - clock_timestamp()))::integer as "dueInSeconds"
    from private.deliveries as d
    join private.outbox as o on o.id = d.outbox_id
    where ${channelId ?? null}::uuid is null or d.channel_id = ${channelId ?? null}
    order by o.id, d.id`;
  return rows.map((row) => ({ ...row }));
}

export interface DeliveryState {
  readonly id: string;
  readonly status: "pending" | "delivered" | "dead";
  readonly attempts: number;
  readonly error: string | null;
  readonly leased: boolean;
  readonly event: string;
  readonly dueInSeconds: number;
}

/** As if the time had come: leases run out, what waits is due. */
export async function letTimePass(sql: postgres.Sql): Promise<void> {
  await sql`
    update private.deliveries as d set next_attempt_at = clock_timestamp() - interval '1 second'
    where d.status = 'pending'`;
}
