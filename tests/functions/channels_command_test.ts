/** `deno task channels`, as an operator runs it. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { claimed, deliveriesOf, recorded, say } from "../support/deliveries.ts";
import { operate } from "../support/operator.ts";
import { present } from "../support/present.ts";
import { person } from "../support/tasks.ts";

/** Runs a command on a database of the test's own. */
function commandOn({ url }: FreshDatabase, environment: Readonly<Record<string, string>> = {}) {
  const run = (...command: string[]) =>
    operate(["channels", ...command], { SUPABASE_DB_URL: url, ...environment });
  return {
    /** What a command printed, where it ended well. */
    async done(...command: string[]): Promise<string> {
      const { code, out, error } = await run(...command);
      assertEquals(code, 0, error);
      return out;
    },
    /** The one sentence of a command that ended badly. */
    async failed(...command: string[]): Promise<string> {
      const { code, out, error } = await run(...command);
      assertEquals([code, out, error.split("\n").length], [1, "", 1], error);
      return error;
    },
  };
}

Deno.test("a webhook's secret is shown when it is added and when it is rotated, and never again", async () => {
  await using database = await freshDatabase();
  const { done, failed } = commandOn(database);
  const added = await done(
    "add",
    "webhook",
    "https://receiver.example/hook?key=hidden",
    "--events",
    "outbid, won",
  );
  const [, channel = "", secret = ""] = /^channel (\S{36})\nsecret {2}(whsec_\S{44})$/.exec(added) ?? [];
  assertMatch(secret, /^whsec_/);
  const rotated = await done("rotate", channel);
  assertMatch(rotated, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const list = await done("list");
  for (const shown of [channel, "operators", "outbid, won", "https://receiver.example/hook", "active"]) {
    assertStringIncludes(list, shown);
  }
  for (const hidden of [secret, rotated, "key=hidden"]) assertEquals(list.includes(hidden), false);

  await say(database.sql, "outbid");
  const { deliveries } = await claimed(database.sql);
  assertEquals(deliveries.map(({ channel }) => channel.secrets), [[rotated, secret]]);
  assertMatch(await done("remove", channel), /^Channel removed; 1 waiting for it will not be sent$/);
  assertStringIncludes(await failed("rotate", channel), "Expected the id of a channel but found");
});

Deno.test("people's channels are theirs, and of Slack's URL only the host is shown", async () => {
  await using database = await freshDatabase();
  const { done, failed } = commandOn(database);
  const alice = await person(database.sql, "alice");
  assertMatch(await done("add", "email", "alice@example.com", "--for", alice.email), /^channel \S{36}$/);
  await done("add", "slack", "https://hooks.slack.example/services/T0/B0/hidden");
  const list = await done("list");
  assertStringIncludes(list, alice.email);
  assertStringIncludes(list, "https://hooks.slack.example/…");
  assertEquals(list.includes("hidden"), false);
  assertStringIncludes(
    await failed("add", "email", "a@example.com", "--for", "nobody@example.com"),
    "signed up",
  );
});

Deno.test("what was given up is listed with its reason and sent again, one by one or all", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { done, failed } = commandOn(database);
  await done("add", "email", "operators@example.com", "--events", "ping");
  await say(sql, "ping", { times: 3 });
  const giveUp = async () => {
    const { lease, deliveries } = await claimed(sql);
    const results = deliveries.map((
      { deliveryId },
    ) => ({ deliveryId, lease, outcome: "dead", error: "full" } as const));
    return await recorded(sql, results);
  };
  assertEquals(await giveUp(), 3);
  const [dead] = await deliveriesOf(sql);
  const id = present(dead, "a delivery").id;
  const list = await done("dead");
  for (const shown of [id, "ping", "full"]) assertStringIncludes(list, shown);
  assertEquals(await done("resend", id), "1 to be sent again");
  assertStringIncludes(await failed("resend", id), "still pending");
  assertEquals(await done("resend", "--all"), "2 to be sent again");
  assertEquals(await giveUp(), 3);
});

Deno.test("a channel that was ended is activated again", async () => {
  await using database = await freshDatabase();
  const { done } = commandOn(database);
  await done("add", "email", "operators@example.com");
  await database.sql`update private.delivery_channels set active = false`;
  assertStringIncludes(await done("list"), "inactive");
  const [row] = await database.sql<{ id: string }[]>`select id from private.delivery_channels`;
  assertEquals(await done("activate", row?.id ?? ""), "Channel active");
  assertEquals((await done("list")).includes("inactive"), false);
});

Deno.test("a slip is one sentence that says what was expected, and nothing is added", async () => {
  await using database = await freshDatabase();
  const { failed } = commandOn(database);
  const slips: readonly (readonly [expected: string, command: readonly string[]])[] = [
    ["Expected webhook, slack or email but found fax", ["add", "fax", "https://a.example/"]],
    ["Expected https but found http", ["add", "webhook", "http://a.example/"]],
    ["Expected port 443 but found 8443", ["add", "webhook", "https://a.example:8443/"]],
    ["without user name and password", ["add", "slack", "https://u:p@a.example/"]],
    ["Expected an e-mail address but found nobody", ["add", "email", "nobody"]],
    ["Expected a kind and a target but found webhook", ["add", "webhook"]],
    ["Expected an id such as the list shows but found x", ["remove", "x"]],
    ["Expected a delivery or --all but found nothing", ["resend"]],
    ["Expected list, add, remove, rotate, activate, dead or resend but found delete", ["delete"]],
  ];
  for (const [expected, command] of slips) assertStringIncludes(await failed(...command), expected);
  const { failed: failedHere } = commandOn(database, { DELIVERY_ALLOWED_HOSTS: "a.example" });
  assertStringIncludes(await failedHere("add", "webhook", "http://a.example/"), "DELIVERY_ALLOWED_HOSTS");
  const [row] = await database.sql`select count(*)::integer as count from private.delivery_channels`;
  assertEquals(row?.count, 0);
});
