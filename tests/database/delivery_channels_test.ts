/** What operators do about channels. */
import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import type postgres from "postgres";
import { freshDatabase } from "../support/database.ts";
import { addChannel, claimed, deliveriesOf, recorded, say } from "../support/deliveries.ts";
import { people, person } from "../support/tasks.ts";

const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;

/** What a claim says a new message shall be signed with. */
async function secretsNow(sql: postgres.Sql): Promise<readonly string[]> {
  await say(sql, "ping");
  const { lease, deliveries } = await claimed(sql);
  const delivered = deliveries.map(({ deliveryId }) => ({
    deliveryId,
    lease,
    outcome: "delivered" as const,
  }));
  assertEquals(await recorded(sql, delivered), 1);
  return deliveries.flatMap(({ channel }) => channel.secrets);
}

Deno.test("a webhook has a signing secret of its own, the other kinds have none", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const first = await addChannel(sql, "webhook", "https://a.example/");
  const second = await addChannel(sql, "webhook", "https://b.example/");
  assertMatch(first.secret ?? "", SECRET);
  assertMatch(second.secret ?? "", SECRET);
  assertNotEquals(first.secret, second.secret);
  assertEquals((await addChannel(sql, "slack", "https://hooks.slack.example/x")).secret, null);
  assertEquals((await addChannel(sql, "email", "operators@example.com")).secret, null);
});

Deno.test("a rotated secret signs beside the new one until the overlap is over, and no third one does", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { channelId, secret } = await addChannel(sql, "webhook", "https://receiver.example/");
  const rotate = async (overlap: string) => {
    const [row] = await sql<{ secret: string }[]>`
      select private.rotate_channel_secret(${channelId}, ${overlap}::interval) as secret`;
    return row?.secret ?? "";
  };
  assertEquals(await secretsNow(sql), [secret ?? ""]);
  const second = await rotate("24 hours");
  assertMatch(second, SECRET);
  assertEquals(await secretsNow(sql), [second, secret ?? ""]);
  const third = await rotate("24 hours");
  assertEquals(await secretsNow(sql), [third, second]);
  const fourth = await rotate("0 seconds");
  assertEquals(await secretsNow(sql), [fourth]);

  await sql`select private.rotate_channel_secret(${channelId})`;
  const [kept] = await sql`
    select round(extract(epoch from previous_secret_expires_at - clock_timestamp()) / 3600)::integer as hours
    from private.delivery_channels`;
  assertEquals(kept?.hours, 24);
});

Deno.test("what is no channel is refused with what was expected", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const stranger = crypto.randomUUID();
  await addChannel(sql, "email", "operators@example.com");
  const { channelId } = await addChannel(sql, "slack", "https://hooks.slack.example/x");
  const attempts: [expected: string, attempt: () => Promise<unknown>][] = [
    ["somebody who has signed up", () => addChannel(sql, "email", "a@example.com", { recipient: stranger })],
    ["not there yet", () => addChannel(sql, "email", "operators@example.com", { events: ["outbid"] })],
    ["delivery_channels_kind_is_known", () => addChannel(sql, "fax", "https://a.example/")],
    ["delivery_channels_target_fits_the_kind", () => addChannel(sql, "webhook", "receiver")],
    ["delivery_channels_events_are_named", () => addChannel(sql, "email", "a@example.com", { events: [] })],
    ["Expected a webhook", async () => await sql`select private.rotate_channel_secret(${channelId})`],
    ["id of a channel", async () => await sql`select private.rotate_channel_secret(${stranger})`],
    ["id of a channel", async () => await sql`select private.remove_channel(${stranger})`],
    ["id of a channel", async () => await sql`select private.activate_channel(${stranger})`],
  ];
  for (const [expected, attempt] of attempts) await assertRejects(attempt, Error, expected);
});

Deno.test("the same target may be somebody's and somebody else's", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { alice, bob } = await people(sql);
  for (const options of [{}, { recipient: alice.userId }, { recipient: bob.userId }]) {
    await addChannel(sql, "email", "shared@example.com", options);
  }
  const [row] = await sql`select count(*)::integer as count from private.delivery_channels`;
  assertEquals(row?.count, 3);
});

Deno.test("a removed channel is gone with what waited for it, also while a worker is sending", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { channelId } = await addChannel(sql, "webhook", "https://receiver.example/");
  await say(sql, "ping", { times: 6 });
  const { lease, deliveries: [sent, underWay] } = await claimed(sql);
  await recorded(sql, [{ deliveryId: sent?.deliveryId ?? "", lease, outcome: "delivered" }]);
  const [removed] = await sql`select private.remove_channel(${channelId})::integer as waiting`;
  assertEquals(removed?.waiting, 5);
  assertEquals(
    await recorded(sql, [{ deliveryId: underWay?.deliveryId ?? "", lease, outcome: "delivered" }]),
    0,
  );
  assertEquals(await deliveriesOf(sql), []);
});

Deno.test("who leaves takes his channels along", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { userId } = await person(sql, "alice");
  await addChannel(sql, "email", "alice@example.com", { recipient: userId });
  await say(sql, "ping", { recipient: userId });
  assertEquals((await deliveriesOf(sql)).length, 1);
  await sql`delete from auth.users where id = ${userId}`;
  assertEquals([await deliveriesOf(sql), (await claimed(sql)).deliveries], [[], []]);
});
