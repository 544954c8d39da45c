const RESULT: Columns = [
  ["session_id", "':active'"],
  ["winner_id", "':a'"],
  ["loser_id", "':b'"],
  ["currency", "'USD'"],
  ["winning_bid_cents", "110000"],
  ["compensation_cents", "27500"],
  ["platform_revenue_cents", "82500"],
  ["payout_status", "'pending'"],
  ["decided_at", "now()"],
];

/**
 * What the constraints of bidding refuse: for each a statement that breaks it and it alone. `:active` (A leads B at
 * 1100.00, C is silent), `:pending`, `:completed`, `:fresh` (active, nobody has bid) stand for sessions' ids, `:a`, `:b`,
 * `:c` and `:stranger` for people's.
 */
export const BREACHES: readonly (readonly [constraint: string, statement: string])[] = [
  ...updates("public.bidding_sessions", ":active", [
    ["bidding_sessions_leader_takes_part", "leader_id = ':stranger', seq = seq + 1"],
    ["bidding_sessions_price_has_a_leader", "leader_id = null, seq = seq + 1"],
    [
      "bidding_sessions_never_pass_their_hard_end",
      "expires_at = hard_end_at + interval '1 s', seq = seq + 1",
    ],
  ]),
  ...updates("public.bidding_sessions", ":fresh", [
    ["bidding_sessions_price_has_a_leader", "leader_id = ':a', seq = seq + 1"],
    ["bidding_sessions_price_has_a_leader", "current_price_cents = 100000, seq = seq + 1"],
    ["bidding_sessions_price_has_a_leader", "leader_id = ':a', current_price_cents = 99999, seq = seq + 1"],
  ]),
  [
    "bidding_sessions_never_pass_their_hard_end",
    copyOf(":pending", [["expires_at", "starts_at"]]),
  ],
  ["bidding_sessions_one_live_session_per_night", copyOf(":pending", [])],
  ["bidding_sessions_pkey", copyOf(":pending", [["session_id", "':active'"]])],

  ...inserts("private.session_members (session_id, user_id)", [[
    "session_members_pkey",
    "(':active', ':a')",
  ]]),
  ...inserts("public.bidding_participants (session_id, user_id, alias)", [
    ["bidding_participants_pkey", "(':active', ':a', 'X')"],
    ["bidding_participants_alias_is_unique", "(':active', ':stranger', 'A')"],
    ["bidding_participants_are_members", "(':stranger', ':stranger', 'X')"],
    ["bidding_participants_alias_length", "(':active', ':stranger', '')"],
    ["bidding_participants_alias_length", "(':active', ':stranger', repeat('😀', 51))"],
  ]),
  ...inserts("public.bidding_participants (session_id, user_id, alias, archetype)", [
    ["bidding_participants_archetype_is_eligible", "(':active', ':stranger', 'X', 'high_flex')"],
  ]),

  ...inserts("public.bidding_auto_bids (session_id, user_id)", [
    ["bidding_auto_bids_pkey", "(':active', ':a')"],
    ["bidding_auto_bids_belong_to_a_participant", "(':active', ':stranger')"],
  ]),
  ...updates("public.bidding_auto_bids", ":fresh", [
    ["bidding_auto_bids_ceiling_has_its_time", "max_amount_cents = 100000"],
    ["bidding_auto_bids_ceiling_has_its_time", "set_at = now()"],
    ["bidding_auto_bids_ceiling_has_its_time", "max_amount_cents = 0, set_at = now()"],
    ["bidding_auto_bids_ceiling_has_its_time", "max_amount_cents = 100000000001, set_at = now()"],
  ]),

  ...inserts(
    "public.bids (session_id, seq, user_id, amount_cents, previous_amount_cents, leads, placed_at, expires_at, hash)",
    [
      ["bids_pkey", "(':active', 3, ':a', 200000, 110000, true, now(), now() + interval '1 h', '')"],
      [
        "bids_come_from_participants",
        "(':active', 99, ':stranger', 200000, null, true, now(), now() + interval '1 h', '')",
      ],
      [
        "bids_come_from_participants",
        "(':stranger', 1, ':a', 200000, null, true, now(), now() + interval '1 h', '')",
      ],
      [
        "bids_amounts_never_fall",
        "(':active', 99, ':a', 109999, 110000, true, now(), now() + interval '1 h', '')",
      ],
      ["bids_amounts_never_fall", "(':active', 99, ':a', 0, null, true, now(), now() + interval '1 h', '')"],
      ["bids_amounts_never_fall", "(':active', 99, ':a', -1, -2, true, now(), now() + interval '1 h', '')"],
      ["bids_are_placed_in_time", "(':active', 99, ':a', 200000, null, true, now(), now(), '')"],
    ],
  ),
  ...inserts("public.bid_details (session_id, seq, user_id)", [
    ["bid_details_pkey", "(':active', 4, ':a')"],
    ["bid_details_are_of_a_participant", "(':active', 99, ':stranger')"],
  ]),

  ...inserts("private.session_events (session_id, seq, type, at, actor_kind, actor_id, data, hash)", [
    ["session_events_pkey", "(':active', 1, 'session_extended', now(), 'system', 'x', '{}', '')"],
    [
      "session_events_belong_to_a_session",
      "(':stranger', 1, 'session_created', now(), 'system', 'x', '{}', '')",
    ],
    ["session_events_type_is_known", "(':active', 99, 'session_moved', now(), 'system', 'x', '{}', '')"],
    [
      "session_events_actor_kind_is_known",
      "(':active', 99, 'session_extended', now(), 'agent', 'x', '{}', '')",
    ],
    ["session_events_closed_once", "(':completed', 99, 'session_closed', now(), 'system', 'x', '{}', '')"],
  ]),

  ...results([
    ["bidding_results_pkey", [["session_id", "':completed'"]]],
    ["bidding_results_winner_took_part", [["session_id", "':stranger'"]]],
    ["bidding_results_winner_took_part", [["winner_id", "':stranger'"]]],
    ["bidding_results_loser_took_part", [["loser_id", "':stranger'"]]],
    ["bidding_results_winner_is_not_the_loser", [["loser_id", "':a'"]]],
    ["bidding_results_money_adds_up", [["platform_revenue_cents", "82501"]]],
    ["bidding_results_money_adds_up", [["compensation_cents", "-1"], ["platform_revenue_cents", "110001"]]],
    ["bidding_results_money_adds_up", [["compensation_cents", "110001"], ["platform_revenue_cents", "-1"]]],
    ["bidding_results_money_adds_up", [["winning_bid_cents", "0"], ["compensation_cents", "0"], [
      "platform_revenue_cents",
      "0",
    ], ["payout_status", "null"]]],
    ["bidding_results_compensation_has_a_loser", [["loser_id", "null"]]],
    ["bidding_results_payout_is_for_compensation", [["payout_status", "null"]]],
    ["bidding_results_payout_is_for_compensation", [["compensation_cents", "0"], [
      "platform_revenue_cents",
      "110000",
    ]]],
    ["bidding_results_statuses_are_known", [["payment_status", "'lost'"]]],
    ["bidding_results_statuses_are_known", [["payout_status", "'lost'"]]],
    ["bidding_results_external_id_lengths", [["payment_external_id", "''"]]],
    ["bidding_results_external_id_lengths", [["payout_external_id", "repeat('x', 256)"]]],
    ["bidding_results_payment_is_known_once", [["payment_external_id", "'payment of :completed'"]]],
    ["bidding_results_payout_is_known_once", [["payout_external_id", "'payout of :completed'"]]],
  ]),

  [
    "bidding_notifications_pkey",
    "insert into public.bidding_notifications select * from public.bidding_notifications where session_id = ':active'",
  ],
  [
    "bidding_notifications_type_is_known",
    "insert into public.bidding_notifications (notification_id, user_id, session_id, type, seq, data, created_at) " +
    "values (gen_random_uuid(), ':a', ':active', 'gossip', 0, '{}', now())",
  ],
];

const UNIQUE_INDEXES = ["bidding_sessions_one_live_session_per_night", "session_events_closed_once"];

/** The names of the constraints among them: neither a primary key nor a unique index. */
export const BROKEN_CONSTRAINTS: readonly string[] = BREACHES
  .map(([name]) => name)
  .filter((name) => !name.endsWith("_pkey") && !UNIQUE_INDEXES.includes(name));

type Breach = readonly [constraint: string, statement: string];

/** Columns and their values as SQL. */
type Columns = readonly (readonly [column: string, value: string])[];

function updates(table: string, session: string, changes: readonly Breach[]): readonly Breach[] {
  return changes.map(([constraint, change]) => [
    constraint,
    `update ${table} set ${change} where session_id = '${session}'`,
  ]);
}

function inserts(into: string, rows: readonly Breach[]): readonly Breach[] {
  return rows.map(([constraint, row]) => [constraint, `insert into ${into} values ${row}`]);
}

/** A statement that adds a session like another one, new, but for some columns. */
export function copyOf(session: string, changes: Columns): string {
  const columns = new Map([
    ["session_id", "gen_random_uuid()"],
    ["seq", "0"],
    ["ledger_hash", "null"],
    ...changes,
  ]);
  const changed = [...columns].map(([column, value]) => `${value} as ${column}`).join(", ");
  return "insert into public.bidding_sessions select (jsonb_populate_record(s, to_jsonb(n))).* " +
    `from public.bidding_sessions as s, lateral (select ${changed}) as n where s.session_id = '${session}'`;
}

/** A result of the session in which A leads B, right but for some columns. */
function results(
  rows: readonly (readonly [constraint: string, changes: Columns])[],
): readonly Breach[] {
  return rows.map(([constraint, changes]) => {
    const row = new Map([...RESULT, ...changes]);
    const columns = [...row.keys()].join(", ");
    const values = [...row.values()].join(", ");
    return [constraint, `insert into public.bidding_results (${columns}) values (${values})`];
  });
}
