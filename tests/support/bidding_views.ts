/** Everything of a session that somebody can see, as one text that is the same wherever the same can be seen. */
import type postgres from "postgres";
import { type Answer, becomeWithin, type Caller, readOnlyCallAs } from "./callers.ts";

/** The tables of bidding that the Data API shows, each with an order that rests on nothing that is made up anew. */
export const BIDDING_TABLES: Readonly<Record<string, string>> = {
  ["bidding_sessions"]: "session_id",
  ["bidding_participants"]: "alias",
  bids: "seq",
  ["bid_details"]: "seq",
  ["bidding_auto_bids"]: "max_amount_cents",
  ["bidding_results"]: "session_id",
  ["bidding_notifications"]: "seq, type",
};

/** What is read of a session. */
export interface Viewer {
  readonly caller: Caller;
  /** Whether he may ask `verify_session`. */
  readonly isSteward?: boolean;
}

/** Every row and every answer about a session that somebody gets, as he gets it. */
export async function everythingSeen(
  sql: postgres.Sql,
  sessionId: string,
  { caller, isSteward }: Viewer,
): Promise<string> {
  const args = { ["session_id"]: sessionId };
  const operations = ["get_session", "get_auto_bid", ...(isSteward ? ["verify_session"] : [])];
  const answers = await Promise.all([
    ...operations.map((name) => readOnlyCallAs(sql, caller, name, args)),
    readOnlyCallAs<Inbox>(sql, caller, "list_notifications", { filter: { limit: 100 } }).then(
      ofSession(sessionId),
    ),
  ]);
  return JSON.stringify([
    ...answers.map(({ status, headers, text }) => [status, headers, text]),
    await rowsSeen(sql, sessionId, caller),
  ]);
}

interface Inbox {
  readonly notifications?: readonly { readonly sessionId: string }[];
}

/** An inbox holds what other sessions told, too, of which there may be any number by now. */
function ofSession(
  sessionId: string,
): (answer: Answer<Inbox>) => Pick<Answer, "status" | "headers" | "text"> {
  return ({ status, headers, body, text }) => {
    const told = body.notifications?.filter((notification) => notification.sessionId === sessionId);
    return { status, headers, text: told ? JSON.stringify(told) : text };
  };
}

async function rowsSeen(sql: postgres.Sql, sessionId: string, caller: Caller): Promise<string> {
  return await sql.begin(async (transaction) => {
    await becomeWithin(transaction, caller);
    const granted = await transaction<{ table: string; columns: string[] }[]>`
      select t.name as table, array_agg(a.attname::text order by a.attnum) as columns
      from unnest(${Object.keys(BIDDING_TABLES)}::text[]) as t (name)
      join pg_catalog.pg_attribute as a on a.attrelid = to_regclass('public.' || t.name) and a.attnum > 0
      where has_column_privilege(a.attrelid, a.attnum, 'select') group by t.name order by t.name`;
    const rows = granted.map(({ table, columns }) =>
      `'${table}', (
        select jsonb_agg(jsonb_build_array(${columns.map((column) => `t.${column}`).join(", ")})
          order by ${BIDDING_TABLES[table]})
        from public.${table} as t where session_id = $1
      )`
    );
    const [seen] = await transaction.unsafe<{ seen: string }[]>(
      `select jsonb_build_object(${rows.join(", ")})::text as seen where $1::uuid is not null`,
      [sessionId],
    );
    return seen?.seen ?? "";
  });
}

/** What a session's topic and somebody's own were sent, in order. */
export async function everythingHeard(sql: postgres.Sql, sessionId: string, userId: string): Promise<string> {
  const rows = await sql<{ message: string }[]>`
    select m.event || ' ' || m.payload::text as message from realtime.messages as m
    where m.topic = ${`bidding:${sessionId}`}
      or (m.topic = ${`user:${userId}`} and m.payload ->> 'sessionId' = ${sessionId})
    order by m.inserted_at, (m.payload ->> 'seq')::bigint nulls last, m.event`;
  return JSON.stringify(rows.map(({ message }) => message));
}

const MADE_UP = new RegExp(
  [
    "(?<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
    "(?<instant>\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d(?::?\\d\\d)?)?)",
    "(?<minute>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d)",
    "(?<hash>\\\\\\\\x[0-9a-f]{64})",
  ].join("|"),
  "g",
);

/** The same text with ids numbered as they come, and instants and hashes, which hold nothing else, left out. */
export function withoutWhatIsMadeUp(text: string): string {
  const known = new Map<string, string>();
  return text.replaceAll(MADE_UP, (found, uuid?: string) => {
    if (uuid === undefined) return found.includes("\\x") ? "HASH" : "INSTANT";
    const name = known.get(found) ?? `ID${known.size + 1}`;
    known.set(found, name);
    return name;
  });
}

/** Whether a text shows an amount: in cents, or as people read it. */
export function shows(text: string, cents: number): boolean {
  const [units, rest] = [Math.trunc(cents / 100), String(cents % 100).padStart(2, "0")];
  const forms = [`${cents}`, `${units}\\.${rest}`, `${cents / 100}`.replace(".", "\\.")];
  return new RegExp(`(?<![\\d.])(?:${forms.join("|")})(?![\\d])`).test(text);
}
