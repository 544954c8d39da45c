/** What the constraints of routing refuse. */

/** Columns and their values as SQL. */
type Columns = Readonly<Record<string, string>>;

/** `:route` has neither quotes nor an order, `:order` no outcome. Rows that break no rule. */
export const ROUTING_ROWS: Readonly<Record<string, Columns>> = {
  "public.order_routes": { request: "'{}'", ["deadline_at"]: "now()" },
  "public.order_quotes": {
    ["route_id"]: "':route'",
    ["provider_id"]: "'MEALME'",
    status: "'error'",
    ["quoted_at"]: "now()",
  },
  "public.routed_orders": {
    ["route_id"]: "':route'",
    ["provider_id"]: "'MEALME'",
    currency: "'USD'",
    ["total_cents"]: "100",
    ["token_hash"]: "sha256('x')",
    ["expires_at"]: "now()",
  },
  "public.order_outcomes": {
    ["order_id"]: "':order'",
    ["provider_id"]: "'MEALME'",
    source: "'owner'",
    ["recorded_by"]: "'x'",
    ["was_successful"]: "true",
    ["total_cents"]: "1",
    ["commission_bps"]: "1",
    counts: "true",
  },
  "private.price_observations": {
    ["item_key"]: "'x'",
    ["unit_cents"]: "1",
    ["package_cents"]: "1",
    ["seen_at"]: "now()",
  },
  "public.provider_credentials": {
    ["provider_id"]: "'MEALME'",
    credential: "'x'",
    ["expires_on"]: "'2030-01-01'",
  },
  "public.provider_quotas": { ["provider_id"]: "'MEALME'", endpoint: "'x'", ["max_per_day"]: "1" },
};

const NOBODY = "'00000000-0000-4000-8000-00000000c0de'";
const OK = {
  status: "'ok'",
  quote: "'{}'",
  features: "'{}'",
  ["subtotal_cents"]: "1",
  ["fees_cents"]: "0",
  ["tax_cents"]: "0",
  ["total_cents"]: "1",
};

/** For each rule what a good row is changed to, so that it breaks that rule and it alone. */
const CHANGES: readonly (readonly [constraint: string, table: string, change: Columns])[] = [
  ...([
    ["order_routes_status_is_known", { status: "'x'", ["decided_at"]: "now()" }],
    ["order_routes_decided_means_time", { ["decided_at"]: "now()" }],
    ["order_routes_quoted_means_selected", { status: "'quoted'", ["decided_at"]: "now()" }],
    ["order_routes_quoted_means_selected", { ["selected_provider_id"]: "'MEALME'" }],
    [
      "order_routes_provider_is_known",
      { status: "'quoted'", ["decided_at"]: "now()", ["selected_provider_id"]: "'AMAZON'" },
    ],
    ["order_routes_user_exists", { ["user_id"]: NOBODY }],
  ] as const).map(([rule, change]) => [rule, "public.order_routes", change] as const),
  ...([
    ["order_quotes_route_exists", { ["route_id"]: NOBODY }],
    ["order_quotes_provider_is_known", { ["provider_id"]: "'AMAZON'" }],
    ["order_quotes_status_is_known", { status: "'x'" }],
    ["order_quotes_ok_means_money", { status: "'ok'" }],
    ["order_quotes_ok_means_money", { ...OK, status: "'error'" }],
    ["order_quotes_total_is_its_sum", { ...OK, ["total_cents"]: "2" }],
    ["order_quotes_amounts_are_not_negative", { ...OK, ["fees_cents"]: "-1", ["total_cents"]: "0" }],
    ["order_quotes_amounts_are_not_negative", { ...OK, ["subtotal_cents"]: "0", ["total_cents"]: "0" }],
  ] as const).map(([rule, change]) => [rule, "public.order_quotes", change] as const),
  ...([
    ["routed_orders_route_exists", { ["route_id"]: NOBODY }],
    ["routed_orders_one_per_route", { ["route_id"]: "(select route_id from public.routed_orders)" }],
    ["routed_orders_token_is_unique", { ["token_hash"]: "(select token_hash from public.routed_orders)" }],
    ["routed_orders_user_exists", { ["user_id"]: NOBODY }],
    ["routed_orders_provider_is_known", { ["provider_id"]: "'AMAZON'" }],
    ["routed_orders_status_is_known", { status: "'x'", owner: "'x'" }],
    ["routed_orders_total_is_positive", { ["total_cents"]: "0" }],
    ["routed_orders_confirmed_has_an_owner", { status: "'failed'" }],
    ["routed_orders_placed_has_its_number", { status: "'placed'", owner: "'x'" }],
    ["routed_orders_handed_off_has_its_address", { status: "'handed_off'", owner: "'x'" }],
  ] as const).map(([rule, change]) => [rule, "public.routed_orders", change] as const),
  ...([
    ["order_outcomes_order_exists", { ["order_id"]: NOBODY }],
    ["order_outcomes_provider_is_known", { ["provider_id"]: "'AMAZON'" }],
    ["order_outcomes_source_is_known", { source: "'x'" }],
    ["order_outcomes_rating_is_one_to_five", { ["user_rating"]: "6" }],
    ["order_outcomes_items_are_possible", { ["items_ordered"]: "0" }],
    ["order_outcomes_items_are_possible", { ["items_ordered"]: "1", ["items_delivered"]: "2" }],
    ["order_outcomes_minutes_are_positive", { ["actual_minutes"]: "0" }],
  ] as const).map(([rule, change]) => [rule, "public.order_outcomes", change] as const),
  ["price_observations_are_prices", "private.price_observations", { ["unit_cents"]: "0.009" }],
  ["price_observations_are_prices", "private.price_observations", { ["unit_cents"]: "'NaN'" }],
  ["price_observations_are_prices", "private.price_observations", { ["package_cents"]: "0" }],
  ["price_observations_are_prices", "private.price_observations", { ["package_cents"]: "1000001" }],
  ["provider_credentials_has_a_circuit", "public.provider_credentials", { ["provider_id"]: "'AMAZON'" }],
  ["provider_quotas_has_a_circuit", "public.provider_quotas", { ["provider_id"]: "'AMAZON'" }],
  ["provider_quotas_are_not_negative", "public.provider_quotas", { used: "-1" }],
  ["provider_quotas_are_not_negative", "public.provider_quotas", { ["max_per_day"]: "-1" }],
];

const OF_MEALME = "where provider_id = 'MEALME'";

/** Each constraint with a statement that breaks it and it alone. */
export const ROUTING_BREACHES: readonly (readonly [constraint: string, statement: string])[] = [
  ...CHANGES.map(([constraint, table, change]) => [constraint, insertRouting(table, change)] as const),
  [
    "provider_circuits_provider_is_known",
    "insert into public.provider_circuits (provider_id) values ('AMAZON')",
  ],
  [
    "provider_circuits_state_is_known",
    `update public.provider_circuits set state = 'x', open_until = now() ${OF_MEALME}`,
  ],
  ["provider_circuits_open_has_an_end", `update public.provider_circuits set state = 'open' ${OF_MEALME}`],
  [
    "provider_circuits_open_has_an_end",
    `update public.provider_circuits set open_until = now() ${OF_MEALME}`,
  ],
  [
    "provider_circuits_recent_is_twenty_results",
    `update public.provider_circuits set recent = repeat('1', 21) ${OF_MEALME}`,
  ],
  [
    "provider_circuits_recent_is_twenty_results",
    `update public.provider_circuits set recent = '2' ${OF_MEALME}`,
  ],
  ["provider_metrics_has_a_circuit", "insert into public.provider_metrics (provider_id) values ('AMAZON')"],
  [
    "provider_metrics_successes_are_outcomes",
    `update public.provider_metrics set successes = outcomes + 1 ${OF_MEALME}`,
  ],
];

/** A row that breaks no rule, but for what is changed. */
export function insertRouting(table: string, change: Columns = {}): string {
  const row = { ...ROUTING_ROWS[table], ...change };
  return `insert into ${table} (${Object.keys(row).join(", ")}) values (${Object.values(row).join(", ")})`;
}
