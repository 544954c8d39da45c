/** What the database refuses of channels and deliveries: rows that break one rule each, values as SQL. */

const NOBODY = "00000000-0000-4000-8000-00000000c0de";

/** A channel that breaks no rule. */
export const CHANNEL: readonly (readonly [column: string, value: string])[] = [
  ["kind", "'webhook'"],
  ["target", "'https://receiver.example/hook'"],
  ["secret", `'whsec_${"A".repeat(43)}='`],
];

/** For each rule of a channel what differs from the good one. */
export const BROKEN_CHANNELS:
  readonly (readonly [constraint: string, table: string, column: string, value: string])[] = [
    ["delivery_channels_kind_is_known", "private.delivery_channels", "kind", "'fax'"],
    ["delivery_channels_belong_to_a_person", "private.delivery_channels", "recipient", `'${NOBODY}'`],
    [
      "delivery_channels_target_fits_the_kind",
      "private.delivery_channels",
      "target",
      "'ftp://receiver.example'",
    ],
    [
      "delivery_channels_target_fits_the_kind",
      "private.delivery_channels",
      "target",
      "'https://a b.example'",
    ],
    [
      "delivery_channels_target_fits_the_kind",
      "private.delivery_channels",
      "target",
      "E'https://a.example\\n'",
    ],
    ["delivery_channels_target_fits_the_kind", "private.delivery_channels", "target", "'a@example.com'"],
    ["delivery_channels_events_are_named", "private.delivery_channels", "events", "'{}'"],
    ["delivery_channels_events_are_named", "private.delivery_channels", "events", "array[null::text]"],
    ["delivery_channels_webhooks_are_signed", "private.delivery_channels", "secret", "null"],
    ["delivery_channels_secrets_are_256_bits", "private.delivery_channels", "secret", "'whsec_c2hvcnQ='"],
    [
      "delivery_channels_previous_secret_expires",
      "private.delivery_channels",
      "previous_secret_expires_at",
      "now()",
    ],
  ];

/** Statements that break a rule of channels or deliveries. */
export const BROKEN_DELIVERIES: readonly (readonly [constraint: string, statement: string])[] = [
  [
    "delivery_channels_previous_secret_follows_one",
    `insert into private.delivery_channels (kind, target, previous_secret, previous_secret_expires_at)
     values ('email', 'a@example.com', 'whsec_' || repeat('A', 43) || '=', now())`,
  ],
  ["deliveries_are_of_the_outbox", deliveryWith("outbox_id", "0")],
  ["deliveries_go_through_a_channel", deliveryWith("channel_id", `'${NOBODY}'`)],
  ["deliveries_say_a_thing_once_per_channel", `${deliveryWith("attempts", "1")}, generate_series(1, 2)`],
  ["deliveries_status_is_known", deliveryWith("status", "'lost'")],
  ["deliveries_attempts_is_not_negative", deliveryWith("attempts", "-1")],
  ["deliveries_resends_is_not_negative", deliveryWith("resends", "-1")],
  ["deliveries_delivered_has_its_time", deliveryWith("delivered_at", "now()")],
  ["deliveries_dead_has_a_reason", deliveryWith("status", "'dead'")],
  [
    "deliveries_only_pending_are_leased",
    deliveryWith("status, last_error, lease", `'dead', 'x', '${NOBODY}'`),
  ],
];

/** Inserts a delivery of a new outbox row through a new channel, with something about it that breaks a rule. */
function deliveryWith(columns: string, values: string): string {
  const own = columns.split(", ");
  const links = ["outbox_id", "channel_id"].filter((link) => !own.includes(link));
  return `
    with thing as (
      insert into private.outbox (recipient, event, payload, dedupe_key) values ('${NOBODY}', 'x', '{}', 'x') returning id
    ), channel as (
      insert into private.delivery_channels (kind, target) values ('email', 'a@example.com') returning id
    )
    insert into private.deliveries (${[...links, columns].join(", ")})
    select ${[
    ...links.map((link) => link.replace("outbox_id", "thing.id").replace("channel_id", "channel.id")),
    values,
  ]}
    from thing, channel`;
}
