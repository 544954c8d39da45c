/** What bidding tells its participants, outside. */
import { assertEquals } from "@std/assert";
import { webhookRequest } from "../../shared/delivery/webhook.ts";
import { biddingCast, openStage } from "../support/bidding_stage.ts";
import { freshDatabase } from "../support/database.ts";
import { addChannel, claimed, letTimePass, recorded } from "../support/deliveries.ts";
import { succeeded } from "../support/tasks.ts";

Deno.test("a participant with a channel is told what he is told inside, once, and no ceiling goes out", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await biddingCast(database);
  const { userId } = cast.people.get("A") ?? {};
  await addChannel(sql, "webhook", "https://a.example/", { recipient: userId ?? "" });
  const stage = await openStage(cast);
  succeeded(await stage.ceiling("A", 777_777));
  succeeded(await stage.bid("B", 200_000));
  succeeded(await stage.bid("B", 400_000));
  succeeded(await stage.ceiling("B", 888_888));
  await stage.end();

  const bodies: string[] = [];
  for (let claim = await claimed(sql); claim.deliveries.length > 0; claim = await claimed(sql)) {
    for (const delivery of claim.deliveries) bodies.push((await webhookRequest(delivery, new Date())).body);
    const { lease } = claim;
    await recorded(
      sql,
      claim.deliveries.map(({ deliveryId }) => ({ deliveryId, lease, outcome: "delivered" })),
    );
    await letTimePass(sql);
  }
  const messages: { type: string; data: { id: string; type: string; title: string; message: string } }[] =
    bodies
      .map((body) => JSON.parse(body));
  const inside = await sql<{ id: string; type: string }[]>`
    select notification_id as id, type from public.bidding_notifications where user_id = ${userId ?? ""}`;
  assertEquals(
    messages.map(({ type, data }) => `${type} ${data.type} ${data.id}`).sort(),
    inside.map(({ type, id }) => `${type} ${type} ${id}`).sort(),
  );
  const types = new Set(messages.map(({ type }) => type));
  const expected = ["session_started", "auto_bid_triggered", "outbid", "loser_compensation"];
  assertEquals(expected.filter((type) => !types.has(type)), []);
  assertEquals(messages.every(({ data }) => data.title !== "" && data.message !== ""), true);
  // A's was beaten, so the price may speak of it; B's was never used up.
  assertEquals(bodies.filter((body) => /888888|8888\.88/.test(body)), []);

  const [others] = await sql`
    select count(*)::integer as rows from private.outbox where recipient is distinct from ${userId ?? ""}`;
  assertEquals(others?.rows, 0, "nobody without a channel costs a row");
});
