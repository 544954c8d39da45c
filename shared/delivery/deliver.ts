/** The worker: claims what is due, sends it, and records what became of it, until nothing is due or its time is up. */
import { retryDelay } from "./backoff.ts";
import type { Claim, Delivery, DeliveryResult, Outcome } from "./delivery.ts";

/** The database's side of the work. */
export interface DeliveryQueue {
  /** Deliveries for this worker alone, at most so many. */
  claim(max: number): Promise<Claim>;
  record(results: readonly DeliveryResult[]): Promise<void>;
}

export interface DeliverOptions {
  /** Sends once and never rejects. */
  readonly send: (delivery: Delivery) => Promise<Outcome>;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  /** How many are sent at once. Default 20. */
  readonly atOnce?: number;
  /** For how long new ones are claimed, in ms. Default 15 000: with the last attempt a run stays below 30 s. */
  readonly claimForMs?: number;
}

/** What a run did. */
export interface DeliveryReport {
  /** By the database's clock; undefined where not even the first claim went through. */
  startedAt?: string;
  delivered: number;
  /** To be tried again. */
  failed: number;
  /** Given up, those whose receiver is gone among them. */
  dead: number;
  /** What stopped the run, where something did. */
  fault?: unknown;
}

const DEFAULT_AT_ONCE = 20;
const DEFAULT_CLAIM_FOR_MS = 15_000;
const MOST_PAUSE_SECONDS = 3_600;

/**
 * Works the queue off. Each message is sent within its lease right after it was claimed, so that no two workers send it
 * at once; a failure of the database ends the run, and what was not recorded comes back when its lease ends.
 */
export async function deliver(queue: DeliveryQueue, options: DeliverOptions): Promise<DeliveryReport> {
  const { atOnce = DEFAULT_AT_ONCE, claimForMs = DEFAULT_CLAIM_FOR_MS, clock } = options;
  const report: DeliveryReport = { delivered: 0, failed: 0, dead: 0 };
  const run: Run = { queue, options, report, underWay: new Set(), ended: [] };
  const until = clock() + claimForMs;
  try {
    while (true) {
      if (clock() < until) await startMore(run, atOnce);
      if (run.underWay.size === 0 && run.ended.length === 0) break;
      if (run.ended.length === 0) await Promise.race(run.underWay);
      await recordEnded(run);
    }
  } catch (fault) {
    report.fault = fault;
    await Promise.all(run.underWay);
    await recordEnded(run).catch(() => {});
  }
  return report;
}

interface Run {
  readonly queue: DeliveryQueue;
  readonly options: DeliverOptions;
  readonly report: DeliveryReport;
  readonly underWay: Set<Promise<void>>;
  readonly ended: DeliveryResult[];
}

async function startMore(run: Run, atOnce: number): Promise<void> {
  const places = atOnce - run.underWay.size;
  if (places === 0) return;
  const { lease, claimedAt, deliveries } = await run.queue.claim(places);
  run.report.startedAt ??= claimedAt;
  for (const delivery of deliveries) {
    const attempt = run.options.send(delivery).then((outcome) => {
      run.ended.push(resultOf(delivery, lease, outcome, run.options.random));
      run.underWay.delete(attempt);
    });
    run.underWay.add(attempt);
  }
}

async function recordEnded({ queue, report, ended }: Run): Promise<void> {
  const results = [...ended];
  if (results.length === 0) return;
  await queue.record(results);
  // Only now: what could not be recorded is tried once more at the end.
  ended.splice(0, results.length);
  for (const { outcome } of results) {
    report[outcome === "delivered" ? "delivered" : outcome === "retry" ? "failed" : "dead"] += 1;
  }
}

/** What is recorded of an outcome: when it is tried again, or that it is given up. */
export function resultOf(
  { deliveryId, attempt }: Delivery,
  lease: string,
  outcome: Outcome,
  random: () => number,
): DeliveryResult {
  if (outcome.outcome === "delivered") return { deliveryId, lease, outcome: "delivered" };
  const { error } = outcome;
  if (outcome.outcome === "gone") return { deliveryId, lease, outcome: "gone", error };
  if (outcome.outcome === "refused") return { deliveryId, lease, outcome: "dead", error };
  const { retryAfterSeconds } = outcome;
  const retryInSeconds = retryDelay(attempt, { retryAfterSeconds, random });
  if (retryInSeconds === undefined) return { deliveryId, lease, outcome: "dead", error };
  return {
    deliveryId,
    lease,
    outcome: "retry",
    error,
    retryInSeconds,
    ...(retryAfterSeconds === undefined
      ? {}
      : { pauseSeconds: Math.min(retryAfterSeconds, MOST_PAUSE_SECONDS) }),
  };
}
