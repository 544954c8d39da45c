import { assertEquals, assertRejects } from "@std/assert";
import type { RealtimeChannel, RealtimePostgresChangesPayload } from "@supabase/supabase-js";
import {
  anonymousClient,
  closeClient,
  databaseOf,
  Inbox,
  listening,
  publishedTable,
  realtimeUser,
  subscribed,
  uniqueName,
} from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

type Change = RealtimePostgresChangesPayload<Record<string, unknown>>;

const OWNED =
  "id bigint primary key, owner uuid, title text, secret text, price numeric, at timestamptz, tags text[], open jsonb";

/** Row level security by owner, every column but `secret` granted. */
function ownedTable(name: string): string[] {
  return [
    `alter table public.${name} enable row level security`,
    `grant select (id, owner, title, price, at, tags, open) on public.${name} to authenticated`,
    `create policy owner_reads on public.${name} for select to authenticated using (owner = (select auth.uid()))`,
  ];
}

function changes(
  channel: RealtimeChannel,
  table: string,
  filter?: string,
  event: "*" | "DELETE" = "*",
): Inbox<Change> {
  const inbox = new Inbox<Change>();
  const options = { schema: "public", table, ...(filter === undefined ? {} : { filter }) };
  if (event === "*") channel.on("postgres_changes", { event: "*", ...options }, inbox.push);
  else channel.on("postgres_changes", { event: "DELETE", ...options }, inbox.push);
  return inbox;
}

Deno.test("a change is told to those alone whose policy shows them the row, and only granted columns", async () => {
  const info = await stack();
  const table = uniqueName();
  await using sql = databaseOf(info);
  await using _table = await publishedTable(sql, table, OWNED, ownedTable(table));
  const [ann, ben] = await Promise.all([realtimeUser(info), realtimeUser(info)]);
  const [annChannel, benChannel] = [ann.client.channel("a"), ben.client.channel("b")];
  const [annInbox, benInbox] = [changes(annChannel, table), changes(benChannel, table)];
  await Promise.all([listening(annChannel), listening(benChannel)]);

  await sql`insert into ${sql(table)} values
    (1, ${ann.id}, 'hers', 'hidden', 12.50, '2026-01-02 03:04:05.678+01', '{a,"b c"}', '{"deep": [1]}')`;
  await sql`insert into ${sql(table)} values (2, ${ben.id}, 'his')`;

  const [hers] = await annInbox.collect(1);
  await benInbox.collect(1);
  assertEquals(hers?.eventType, "INSERT");
  assertEquals(hers?.new, {
    id: 1,
    owner: ann.id,
    title: "hers",
    price: 12.5,
    at: "2026-01-02T02:04:05.678+00:00",
    tags: ["a", "b c"],
    open: { deep: [1] },
  });
  assertEquals(hers?.errors, null);
  assertEquals(benInbox.received.map((change) => "id" in change.new && change.new["id"]), [2]);
  await Promise.all([closeClient(ann.client), closeClient(ben.client)]);
});

Deno.test("an update carries the old key, and a delete nothing but the key", async () => {
  const info = await stack();
  const table = uniqueName();
  await using sql = databaseOf(info);
  await using _table = await publishedTable(sql, table, OWNED, ownedTable(table));
  const user = await realtimeUser(info);
  const channel = user.client.channel("shapes");
  const inbox = changes(channel, table);
  await listening(channel);

  // one at a time: a row is judged as it is when its change is told
  const steps = [
    `insert into ${table} (id, owner, title) values (1, '${user.id}', 'before')`,
    `update ${table} set title = 'after' where id = 1`,
    `update ${table} set id = 9 where id = 1`,
    `delete from ${table} where id = 9`,
  ];
  for (const [index, step] of steps.entries()) {
    await sql.unsafe(step);
    await inbox.collect(index + 1);
  }

  const [, update, moved, removed] = inbox.received;
  assertEquals([update?.eventType, update?.old], ["UPDATE", { id: 1 }]);
  assertEquals(update?.new && "title" in update.new && update.new["title"], "after");
  assertEquals([moved?.old, moved?.new && "id" in moved.new && moved.new["id"]], [{ id: 1 }, 9]);
  assertEquals([removed?.eventType, removed?.new, removed?.old], ["DELETE", {}, { id: 9 }]);
  await closeClient(user.client);
});

Deno.test("filters compare as the column's type does, and all conditions must hold", async () => {
  const info = await stack();
  const table = uniqueName();
  await using sql = databaseOf(info);
  await using _table = await publishedTable(sql, table, "id int primary key, kind text, price numeric", [
    `grant select on public.${table} to anon, authenticated`,
  ]);
  const client = anonymousClient(info);
  const expected: Record<string, number[]> = {
    "kind=eq.fruit": [1, 3],
    "kind=neq.fruit": [2],
    "price=lt.10": [1, 2],
    "price=lte.9.50": [1, 2],
    "price=gt.9.5": [3],
    "price=gte.9.50": [2, 3],
    "id=in.(1,3)": [1, 3],
    "kind=eq.fruit,price=gt.2": [3],
    "kind=not.eq.fruit": [2],
    "kind=like.fr%": [1, 3],
  };
  const channel = client.channel("filters");
  const inboxes = Object.keys(expected).map((filter) => changes(channel, table, filter));
  const all = changes(channel, table);
  await listening(channel);

  await sql`insert into ${sql(table)} values (1, 'fruit', 2), (2, 'tool', 9.5), (3, 'fruit', 10)`;
  await all.collect(3);

  const found = inboxes.map(({ received }) =>
    received.map((change) => "id" in change.new && change.new["id"])
  );
  assertEquals(found, Object.values(expected));
  await closeClient(client);
});

Deno.test("a binding to a table that is not published is answered with the hosted error", async () => {
  const info = await stack();
  const client = anonymousClient(info);
  const channel = client.channel("unpublished");
  changes(channel, "no_such_table");
  await assertRejects(
    () => listening(channel),
    Error,
    "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters",
  );
  await closeClient(client);
});

Deno.test("a filter on a column that is not granted, or with a value of another type, is answered with an error", async () => {
  const info = await stack();
  const table = uniqueName();
  await using sql = databaseOf(info);
  await using _table = await publishedTable(sql, table, OWNED, ownedTable(table));
  const user = await realtimeUser(info);
  for (
    const [filter, reason] of [["secret=eq.x", "invalid column for filter secret"], [
      "id=eq.x",
      "22P02",
    ]] as const
  ) {
    const channel = user.client.channel(filter);
    changes(channel, table, filter);
    await assertRejects(() => listening(channel), Error, reason);
  }
  await closeClient(user.client);
});

Deno.test("a subscriber without the right to read a published table is told so, and sees no row", async () => {
  const info = await stack();
  const table = uniqueName();
  await using sql = databaseOf(info);
  await using _table = await publishedTable(sql, table, OWNED, ownedTable(table));
  const client = anonymousClient(info);
  const channel = client.channel("no-grant");
  const inbox = changes(channel, table);
  await listening(channel);

  await sql`insert into ${sql(table)} (id, title) values (1, 'not for visitors')`;
  const [refused] = await inbox.collect(1);
  assertEquals(refused?.errors, ["Error 401: Unauthorized"]);
  assertEquals(refused?.new, {});
  await closeClient(client);
});

Deno.test("changes arrive in commit order, and not before their commit", async () => {
  const info = await stack();
  const table = uniqueName();
  await using sql = databaseOf(info);
  await using _table = await publishedTable(sql, table, "id int primary key, at int", [
    `grant select on public.${table} to anon`,
  ]);
  const client = anonymousClient(info);
  const channel = client.channel("order");
  const inbox = changes(channel, table);
  await listening(channel);

  const late = await sql.reserve();
  await late`begin`;
  await late`insert into ${sql(table)} values (1000, 0)`;
  for (let id = 1; id <= 200; id++) await sql`insert into ${sql(table)} values (${id}, ${id})`;
  await inbox.collect(200);
  await late`commit`;
  late.release();

  const ids = (await inbox.collect(201)).map((change) => "id" in change.new && change.new["id"]);
  assertEquals(ids, [...Array.from({ length: 200 }, (_, index) => index + 1), 1000]);
  await closeClient(client);
});

Deno.test("a wildcard binding hears deletes of every published table by their keys", async () => {
  const info = await stack();
  const table = uniqueName();
  await using sql = databaseOf(info);
  await using _table = await publishedTable(sql, table, "a int, b text, note text, primary key (a, b)");
  const client = anonymousClient(info);
  const channel = client.channel("wildcard");
  const inbox = changes(channel, "*", undefined, "DELETE");
  await subscribed(channel);

  await sql`insert into ${sql(table)} values (1, 'x', 'note')`;
  await sql`delete from ${sql(table)}`;
  const removed = await inbox.next((change) => change.table === table);
  // without a grant not even the key is told
  assertEquals(removed.old, {});
  await closeClient(client);
});
