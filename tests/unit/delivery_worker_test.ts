import { assertEquals, assertLessOrEqual } from "@std/assert";
import type { Claim, Delivery, DeliveryResult, Outcome } from "../../shared/delivery/delivery.ts";
import { deliver, type DeliveryQueue, resultOf } from "../../shared/delivery/deliver.ts";
import { deliveryOf } from "../support/deliveries.ts";

const LEASE = "0d9e8f7a-6b5c-4d3e-8f1a-0b9c8d7e6f5a";

/** A queue in memory that hands so many deliveries out. */
class Queue implements DeliveryQueue {
  readonly recorded: DeliveryResult[] = [];
  readonly asked: number[] = [];
  #left: Delivery[];

  constructor(count: number) {
    this.#left = Array.from({ length: count }, (_, i) => deliveryOf("webhook", { deliveryId: `d${i}` }));
  }

  claim(max: number): Promise<Claim> {
    this.asked.push(max);
    const deliveries = this.#left.splice(0, max);
    return Promise.resolve({ lease: LEASE, claimedAt: "2026-11-21T08:00:00+00:00", deliveries });
  }

  record(results: readonly DeliveryResult[]): Promise<void> {
    this.recorded.push(...results);
    return Promise.resolve();
  }
}

const delivered = () => Promise.resolve<Outcome>({ outcome: "delivered" });
const common = { random: () => 0.5, clock: () => 0 };

Deno.test("everything due is sent once and recorded, no more at once than there are places", async () => {
  const queue = new Queue(250);
  let now = 0;
  let most = 0;
  const sent: string[] = [];
  const report = await deliver(queue, {
    ...common,
    atOnce: 7,
    send: async ({ deliveryId }) => {
      sent.push(deliveryId);
      most = Math.max(most, ++now);
      await Promise.resolve();
      now -= 1;
      return { outcome: "delivered" };
    },
  });
  assertEquals(report, { startedAt: "2026-11-21T08:00:00+00:00", delivered: 250, failed: 0, dead: 0 });
  assertEquals([sent.length, new Set(sent).size, queue.recorded.length], [250, 250, 250]);
  assertLessOrEqual(most, 7);
  assertLessOrEqual(Math.max(...queue.asked), 7);
});

Deno.test("an empty queue is asked once", async () => {
  const queue = new Queue(0);
  const report = await deliver(queue, { ...common, send: delivered });
  assertEquals([report.startedAt !== undefined, queue.asked.length, queue.recorded], [true, 1, []]);
});

Deno.test("one that hangs keeps its place and nobody else's", async () => {
  const queue = new Queue(100);
  const hanging = Promise.withResolvers<Outcome>();
  const others = Promise.withResolvers<void>();
  let answered = 0;
  const running = deliver(queue, {
    ...common,
    atOnce: 3,
    send: async ({ deliveryId }) => {
      if (deliveryId === "d0") return await hanging.promise;
      if (++answered === 99) others.resolve();
      return { outcome: "delivered" };
    },
  });
  await others.promise;
  hanging.resolve({ outcome: "failed", error: "late" });
  const { delivered, failed } = await running;
  assertEquals([delivered, failed], [99, 1]);
});

Deno.test("when its time is up nothing more is claimed, and what is under way is recorded", async () => {
  const queue = new Queue(100);
  let time = 0;
  const report = await deliver(queue, {
    ...common,
    clock: () => time++,
    atOnce: 10,
    claimForMs: 3,
    send: delivered,
  });
  assertEquals(report.delivered, queue.recorded.length);
  assertEquals(queue.asked.length, 2);
});

Deno.test("a database that goes away stops the run; what was sent is recorded where it comes back", async () => {
  const queue = new Queue(10);
  const record = queue.record.bind(queue);
  let attempts = 0;
  queue.record = async (results) => {
    if (++attempts === 1) throw new Error("away");
    await record(results);
  };
  const report = await deliver(queue, { ...common, atOnce: 2, send: delivered });
  assertEquals(String(report.fault), "Error: away");
  assertEquals([queue.recorded.map(({ deliveryId }) => deliveryId).sort(), report.delivered], [
    ["d0", "d1"],
    2,
  ]);

  const dead = new Queue(10);
  dead.claim = () => Promise.reject(new Error("away"));
  const none = await deliver(dead, { ...common, send: delivered });
  assertEquals([none.startedAt, String(none.fault)], [undefined, "Error: away"]);
});

Deno.test("an outcome becomes a result: when to try again, or that it is given up", () => {
  const delivery = (attempt: number) => deliveryOf("webhook", { attempt });
  const result = (attempt: number, outcome: Outcome) => {
    const { deliveryId, lease, ...rest } = resultOf(delivery(attempt), LEASE, outcome, () => 0.5);
    assertEquals([deliveryId, lease], [delivery(attempt).deliveryId, LEASE]);
    return rest;
  };
  assertEquals(result(1, { outcome: "delivered" }), { outcome: "delivered" });
  assertEquals(result(3, { outcome: "failed", error: "x" }), {
    outcome: "retry",
    error: "x",
    retryInSeconds: 120,
  });
  assertEquals(result(1, { outcome: "failed", error: "x", retryAfterSeconds: 7200 }), {
    outcome: "retry",
    error: "x",
    retryInSeconds: 7200,
    pauseSeconds: 3600,
  });
  assertEquals(result(11, { outcome: "failed", error: "x", retryAfterSeconds: 5 }), {
    outcome: "dead",
    error: "x",
  });
  assertEquals(result(1, { outcome: "refused", error: "x" }), { outcome: "dead", error: "x" });
  assertEquals(result(1, { outcome: "gone", error: "x" }), { outcome: "gone", error: "x" });
});
