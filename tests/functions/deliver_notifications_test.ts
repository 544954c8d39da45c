/** The worker at its URL, with receivers that are well, ill, slow and hostile. */
import { assertEquals, assertGreaterOrEqual, assertLess, assertMatch, assertNotEquals } from "@std/assert";
import { createHmac } from "node:crypto";
import type postgres from "postgres";
import { addChannel, claimed, deliveriesOf, letTimePass, say } from "../support/deliveries.ts";
import { deliveryStack } from "../support/delivery_stack.ts";
import { present } from "../support/present.ts";
import { answers, cuts, drips, hangs, type ReceivedRequest, says } from "../support/receiver.ts";

/** Whether a request is signed with a secret, by the specification's words. */
function isSignedWith(secret: string, { headers, body }: ReceivedRequest): boolean {
  const key = Uint8Array.from(atob(secret.replace("whsec_", "")), (character) => character.charCodeAt(0));
  const signed = `${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${body}`;
  const expected = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  return (headers.get("webhook-signature") ?? "").split(" ").includes(expected);
}

function idsOf(requests: readonly ReceivedRequest[]): string[] {
  return requests.map(({ headers }) => headers.get("webhook-id") ?? "");
}

async function outbid(sql: postgres.Sql): Promise<void> {
  await sql`
    select private.enqueue(null, 'outbid', ${
    sql.json({
      id: "7d0e5f6a-1b2c-4d3e-8f4a-5b6c7d8e9f0a",
      sessionId: "1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
      type: "outbid",
      title: "You were outbid",
      message: "Bidder <2> & co bid USD 3300.00",
      data: { priceCents: 330000 },
    })
  }, 'outbid:1')`;
}

Deno.test("one thing said reaches a webhook, Slack and a mailbox, each in its own form", async () => {
  await using stack = await deliveryStack();
  const { sql, receiver } = stack;
  const hook = receiver.on("/hook", answers(204));
  const { secret } = await addChannel(sql, "webhook", hook);
  await addChannel(sql, "slack", receiver.on("/slack", answers(200, "ok")));
  await addChannel(sql, "email", "ada@example.com");
  receiver.on("/resend/emails", answers(200, '{"id":"x"}'));
  await outbid(sql);

  const { status, body } = await stack.ring();
  const { durationMs, ...run } = body;
  const details = { delivered: 3, failed: 0, dead: 0 };
  assertEquals([status, run], [
    200,
    { success: true, job: "deliver_notifications", status: "succeeded", processed: 3, details },
  ]);
  assertGreaterOrEqual(durationMs, 0);
  assertEquals((await deliveriesOf(sql)).map((d) => d.status), ["delivered", "delivered", "delivered"]);

  const [webhook, ...more] = receiver.to("/hook");
  assertEquals(more, []);
  const received = present(webhook, "a webhook");
  const { type, timestamp, data } = JSON.parse(received.body);
  assertEquals([received.method, type, data.data.priceCents], ["POST", "outbid", 330000]);
  assertMatch(timestamp, /^\d{4}-\d{2}-\d{2}T.*\+00:00$/);
  assertEquals(isSignedWith(secret ?? "", received), true);
  assertLess(Math.abs(Number(received.headers.get("webhook-timestamp")) - Date.now() / 1000), 60);

  const slack = receiver.to("/slack").map(({ body }) => JSON.parse(body).text);
  assertEquals(slack, ["You were outbid\nBidder &lt;2&gt; &amp; co bid USD 3300.00"]);
  const [mail] = receiver.to("/resend/emails");
  const { from, to, subject, html } = JSON.parse(mail?.body ?? "{}");
  assertEquals([from, to, subject], [
    "Tradepost <notifications@shop.example>",
    ["ada@example.com"],
    "You were outbid",
  ]);
  assertEquals(html.includes("Bidder &lt;2&gt; &amp; co"), true);
  assertEquals(mail?.headers.get("authorization"), "Bearer re_test");
  assertMatch(mail?.headers.get("idempotency-key") ?? "", /^[0-9a-f-]{36}$/);

  assertEquals((await stack.ring()).body.processed, 0);
  assertEquals(receiver.requests.length, 3);
  const runs = await sql`
    select status, processed::integer from private.job_runs where job = 'deliver_notifications' order by id`;
  assertEquals(runs.map((row) => [row.status, row.processed]), [["succeeded", 3], ["succeeded", 0]]);

  // Sent again by an operator it is another mail: within a day the provider would swallow one by the same key.
  const key = mail?.headers.get("idempotency-key") ?? "";
  await sql`select private.resend_delivery(${key})`;
  assertEquals((await stack.ring()).body.processed, 1);
  const keys = receiver.to("/resend/emails").map(({ headers }) => headers.get("idempotency-key"));
  assertEquals(keys, [key, `${key}/1`]);
});

Deno.test("what failed is sent again under the same id, signed with both live secrets", async () => {
  await using stack = await deliveryStack();
  const { sql, receiver } = stack;
  const url = receiver.on("/hook", answers(500, "Not\nnow"), cuts, answers(200));
  const { channelId, secret } = await addChannel(sql, "webhook", url);
  await say(sql, "ping");
  assertEquals((await stack.ring()).body.details, { delivered: 0, failed: 1, dead: 0 });
  const [failed] = await deliveriesOf(sql);
  assertEquals([failed?.status, failed?.error], [
    "pending",
    "Expected a status of 2xx but found 500: Not now",
  ]);
  assertLess(failed?.dueInSeconds, 7);

  await letTimePass(sql);
  assertEquals((await stack.ring()).body.details, { delivered: 0, failed: 1, dead: 0 });
  const [cut] = await deliveriesOf(sql);
  assertMatch(
    cut?.error ?? "",
    /^GarbledResponse: Expected an answer but found the connection's end$|^Connection/,
  );

  const [rotated] = await sql<{ secret: string }[]>`
    select private.rotate_channel_secret(${channelId}) as secret`;
  await letTimePass(sql);
  assertEquals((await stack.ring()).body.details, { delivered: 1, failed: 0, dead: 0 });
  const requests = receiver.to("/hook");
  assertEquals(idsOf(requests), Array(3).fill(failed?.id));
  assertEquals(new Set(requests.map(({ body }) => body)).size, 1);
  const [first, , last] = requests.map((request) =>
    [secret, rotated?.secret].map((live) => isSignedWith(live ?? "", request))
  );
  assertEquals([first, last], [[true, false], [true, true]]);
  assertNotEquals(rotated?.secret, secret);
});

Deno.test("every bad receiver fails its own delivery, says why, and holds nobody else up", async () => {
  await using stack = await deliveryStack();
  const { sql, receiver } = stack;
  const garbage = "SSH-2.0-OpenSSH_9.2\r\n";
  const bad:
    readonly (readonly [path: string, behaviour: Parameters<typeof receiver.on>[1], error: string])[] = [
      ["/hangs", hangs, "Expected an answer within 10 s but found none"],
      ["/drips-head", drips("HTTP/1.1 200 OK\r\nx: "), "Expected an answer within 10 s but found none"],
      ["/drips-body", drips("HTTP/1.1 500 Oh\r\n\r\n"), "Expected a status of 2xx but found 500: xxx"],
      [
        "/redirects",
        answers(302, "", { "location": `http://${receiver.host}/elsewhere` }),
        "redirects are not followed",
      ],
      ["/garbage", says(garbage), "GarbledResponse: Expected an answer in HTTP/1.1 but found something else"],
      [
        "/cut-head",
        says("HTTP/1.1 200 O"),
        "GarbledResponse: Expected an answer but found the connection's end",
      ],
      ["/cut-before", cuts, ""],
      ["/busy", answers(429, "slow down", { "retry-after": "90" }), "found 429: slow down"],
      ["/gone", answers(410), "found 410"],
    ];
  const channels = new Map<string, string>();
  // For pings alone: not for the news of those that are given up.
  const add = async (path: string, url: string) =>
    channels.set(path, (await addChannel(sql, "webhook", url, { events: ["ping"] })).channelId);
  for (const [path, behaviour] of bad) await add(path, receiver.on(path, behaviour));
  await add("/inside", "https://169.254.169.254/latest/");
  await add("/good", receiver.on("/good", says("HTTP/1.1 200 OK\r\n\r\n half of i")));
  await say(sql, "ping", { times: 3 });

  const { body } = await stack.ring();
  assertEquals([body.success, body.details["delivered"]], [true, 3]);
  assertLess(body.durationMs, 30_000);
  assertEquals(
    (await deliveriesOf(sql, channels.get("/good"))).map((d) => d.status),
    Array(3).fill("delivered"),
  );
  for (const [path, , error] of bad) {
    const states = await deliveriesOf(sql, channels.get(path));
    const attempted = states.filter(({ attempts }) => attempts > 0);
    assertEquals(
      [path, attempted.every((state) => state.error?.includes(error))],
      [path, true],
      states[0]?.error ?? "",
    );
    const expected = path === "/gone" ? "dead" : "pending";
    assertEquals([path, ...states.map(({ status }) => status)], [path, expected, expected, expected]);
  }
  assertEquals(receiver.to("/elsewhere"), []);
  const inside = await deliveriesOf(sql, channels.get("/inside"));
  assertEquals(inside.map(({ status, attempts }) => [status, attempts]), Array(3).fill(["dead", 1]));
  assertMatch(inside[0]?.error ?? "", /^Expected public addresses alone but found a private or reserved one/);

  const paused = await sql`
    select id, active, round(extract(epoch from paused_until - clock_timestamp()))::integer as seconds
    from private.delivery_channels where not active or paused_until is not null`;
  const busy = paused.find(({ id }) => id === channels.get("/busy"));
  assertGreaterOrEqual(busy?.seconds, 60);
  assertEquals(paused.filter(({ active }) => !active).map(({ id }) => id), [channels.get("/gone")]);
  await letTimePass(sql);
  const asked = receiver.to("/busy").length;
  receiver.on("/hangs", answers(200));
  receiver.on("/drips-head", answers(200));
  receiver.on("/drips-body", answers(200));
  await stack.ring();
  assertEquals(receiver.to("/busy").length, asked, "one that asked for 90 seconds is not called before");
  assertEquals(
    (await deliveriesOf(sql, channels.get("/hangs"))).map((d) => d.status),
    Array(3).fill("delivered"),
  );
});

Deno.test("workers at once send each message once, and what a crashed one held comes back under its id", async () => {
  await using stack = await deliveryStack();
  const { sql, receiver } = stack;
  for (let n = 0; n < 12; n++) {
    await addChannel(sql, "webhook", receiver.on(`/hook/${n}`, answers(200)));
  }
  await say(sql, "ping", { times: 5 });
  // A worker that takes three of one channel and is never heard of again: that channel has a place left.
  const crashed = await claimed(sql, 3);
  const runs = await Promise.all(Array.from({ length: 8 }, () => stack.ring()));
  assertEquals(runs.map(({ status }) => status), Array(8).fill(200));
  const sent = idsOf(receiver.requests);
  assertEquals([sent.length, new Set(sent).size], [57, 57]);
  assertEquals(runs.reduce((sum, { body }) => sum + body.processed, 0), 57);
  const held = crashed.deliveries.map(({ deliveryId }) => deliveryId);
  assertEquals(held.filter((id) => sent.includes(id)), []);

  await letTimePass(sql);
  await Promise.all(Array.from({ length: 4 }, () => stack.ring()));
  assertEquals(idsOf(receiver.requests).slice(57).sort(), held.sort());
  const states = await deliveriesOf(sql);
  assertEquals(states.map(({ status }) => status), Array(60).fill("delivered"));
  assertEquals(states.filter(({ attempts }) => attempts === 2).map(({ id }) => id).sort(), held);
});

Deno.test("a job that failed is a 503 with its run in the details, and its record stays", async () => {
  await using stack = await deliveryStack();
  const { sql, receiver } = stack;
  const broken = (name: string, args: string) =>
    sql.unsafe(`
      create or replace function ${name}(${args}) returns jsonb language plpgsql security definer set search_path = '' as $$
      begin
        raise 'No room';
      end
      $$`);
  await broken("private.send_expiration_warnings", "");
  await broken("api.record_deliveries", "results jsonb");
  await addChannel(sql, "webhook", receiver.on("/hook", answers(204)));
  await say(sql, "ping");
  const jobs = [["expiration-warnings", "send_expiration_warnings"], [
    "deliver-notifications",
    "deliver_notifications",
  ]] as const;
  for (const [slug, job] of jobs) {
    const { status, code, run } = await stack.fail(slug);
    assertEquals([slug, status, code], [slug, 503, "job_failed"]);
    assertEquals([run.success, run.job, run.status, run.processed], [false, job, "failed", 0]);
    const [recorded] = await sql`
      select status, error from private.job_runs where job = ${job} order by id desc limit 1`;
    assertEquals(recorded?.status, "failed");
    assertNotEquals(recorded?.error ?? "", "");
  }
});
