import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { type Caller, readOnlyCallAs } from "../support/callers.ts";
import { faultOf } from "../support/clean_answers.ts";
import { freshDatabase } from "../support/database.ts";
import { TEXTS, withJsonAt } from "../support/hostile_values.ts";
import { type Cast, castOf, succeeded, taskIn } from "../support/tasks.ts";

const UUID = "00000000-0000-4000-8000-000000000000";
const NOW = "2026-01-01 00:00:00+00";

/** Keys that a forger might put into a cursor by creation. */
const KEYS: readonly unknown[] = [
  [],
  [NOW],
  [NOW, UUID, UUID],
  [null, null],
  [{}, []],
  [NOW, `${UUID}'); drop table public.marketplace_tasks; --`],
  [`${NOW}') or true --`, UUID],
  ["'::timestamptz, ''::uuid) union select", UUID],
  ["%s %I $1 $2", UUID],
  [`2026-01-01 00:00:00 Nowhere/Atlantis`, UUID],
  [1e300, 1],
  ...TEXTS.map((text) => [text, UUID]),
  ...TEXTS.map((text) => [NOW, text]),
];

/** What a cursor of a page holds. */
type Place = Readonly<Record<string, unknown>>;

Deno.test("a made-up cursor of a page is refused or answered, never an SQL error", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const faults: string[] = [];
  for (const cursor of [...TEXTS, ...forgeries(await realPlace(sql, cast, cast.admin))]) {
    const answer = await readOnlyCallAs(sql, cast.admin, "list_tasks", { filter: { cursor } });
    const fault = faultOf(answer);
    if (fault !== null) faults.push(`${decoded(cursor)}: ${fault}`);
  }
  assertEquals(faults, []);
});

Deno.test("a cursor that does not fit the question or holds no key of it is cursor_invalid", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const place = await realPlace(sql, cast, cast.admin);
  const next = await readOnlyCallAs(sql, cast.admin, "list_tasks", { filter: { cursor: encoded(place) } });
  assertEquals(succeeded(next).body.tasks?.length, 1);
  const [at, id] = Array.isArray(place.key) ? place.key : [];
  const emptied = Object.keys(place).map((field) => ({ ...place, [field]: null }));
  const keys = [[at], [id, at], [at, id, id], [at, "x"], ["x", id], "x", {}];
  const wrong = [null, 1, "x", [], {}, ...emptied, ...keys.map((key) => ({ ...place, key }))];
  for (const content of wrong) {
    const filter = { cursor: encoded(content) };
    const { status, body } = await readOnlyCallAs(sql, cast.admin, "list_tasks", { filter });
    assertEquals([content, status, body.code], [content, 400, "cursor_invalid"]);
  }
  for (const question of [{ sort: "priority" }, { order: "asc" }]) {
    const filter = { ...question, cursor: encoded(place) };
    const { status, body } = await readOnlyCallAs(sql, cast.admin, "list_tasks", { filter });
    assertEquals([question, status, body.code], [question, 400, "cursor_invalid"]);
  }
});

Deno.test("a made-up cursor of the feed is refused or answered, never an SQL error", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  await taskIn(sql, cast, "pending");
  const { body } = succeeded(
    await readOnlyCallAs(sql, cast.admin, "list_tasks", { filter: { since: "now" } }),
  );
  const { of }: { of: string } = JSON.parse(decoded(body.nextCursor ?? ""));
  const positions = [...TEXTS, null, -1, 1.5, "9".repeat(19), "9".repeat(20), "0", "1e3", [], {}]
    .flatMap((
      value,
    ) => [{ xid: value, number: 0, of }, { xid: "0", number: value, of }, {
      xid: "0",
      number: 0,
      of: value,
    }]);
  const faults: string[] = [];
  for (const since of [...TEXTS, ...positions.map(encoded), encoded([]), encoded(1), encoded(null)]) {
    const answer = await readOnlyCallAs(sql, cast.admin, "list_tasks", { filter: { since } });
    const fault = faultOf(answer);
    if (fault !== null) faults.push(`${decoded(since)}: ${fault}`);
  }
  assertEquals(faults, []);
});

Deno.test("no cursor lets an agent see another agent's tasks", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const places = [await realPlace(sql, cast, cast.admin), await realPlace(sql, cast, cast.amazon)];
  const cursors = places.flatMap((place) => [encoded(place), ...forgeries(place)]);
  for (const cursor of cursors) {
    for (const filter of [{ cursor }, { cursor, createdBy: "marketplace-amazon" }]) {
      const { body } = await readOnlyCallAs(sql, cast.shopee, "list_tasks", { filter });
      assertEquals(body.tasks ?? [], []);
    }
  }
});

/** The place after the first of two tasks, out of a cursor that was given. */
async function realPlace(sql: postgres.Sql, cast: Cast, caller: Caller): Promise<Place> {
  await taskIn(sql, cast, "pending");
  await taskIn(sql, cast, "pending");
  const { body } = succeeded(await readOnlyCallAs(sql, caller, "list_tasks", { filter: { limit: 1 } }));
  return JSON.parse(decoded(body.nextCursor ?? ""));
}

function forgeries(place: Place): string[] {
  const totals = ["1e400", "-1", "1.5", "null", '"NaN"', "9223372036854775808", "{}"];
  return [
    ...KEYS.map((key) => encoded({ ...place, key })),
    ...totals.map((total) => encodedText(withJsonAt(place, "total", total))),
  ];
}

function encoded(content: unknown): string {
  return encodedText(JSON.stringify(content));
}

function encodedText(text: string): string {
  return new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
}

function decoded(cursor: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(cursor, { alphabet: "base64url" }));
  } catch {
    return cursor.slice(0, 100);
  }
}
