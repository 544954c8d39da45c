/**
 * A process that sends requests at a constant rate, whether or not the earlier ones are answered, and prints how long
 * each took. It takes its order as JSON: in one process with the server it would measure its own waiting too.
 */
import { z } from "zod";
import { percentile } from "./measure.ts";
import { providerTimes, sandboxCalls } from "./routing_provider_time.ts";
import { requestOf } from "./routing_request.ts";

const loadOrder = z.object({
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  /** Absent: the body is empty, and nobody else's time is taken off. */
  sandboxUrl: z.url().optional(),
  /** Requests per second. */
  rate: z.number(),
  count: z.int(),
});

export type LoadOrder = z.output<typeof loadOrder>;

const one = z.object({
  wallMs: z.number(),
  /** Without the slowest provider, by the sandbox's log. */
  ownMs: z.number(),
  /** Without the slowest provider, by the answer's own `providers[].latencyMs`. */
  statedMs: z.number(),
});

/** What the process prints. */
export const loadResult = z.object({
  answers: z.array(one),
  /** Answers other than 200, by status; 0 where there was none. */
  failures: z.record(z.string(), z.int()),
  /** How late requests left, in milliseconds: what this process lacked of the processor. */
  lateP95Ms: z.number(),
  /** From the first request to the last answer. */
  seconds: z.number(),
});

export type LoadResult = z.output<typeof loadResult>;

const routed = z.object({ providers: z.array(z.object({ latencyMs: z.number().optional() })) });

interface Sent {
  readonly route: number;
  readonly wallMs: number;
  readonly status: number;
  readonly text: string;
}

if (import.meta.main) {
  const order = loadOrder.parse(JSON.parse(Deno.args[0] ?? ""));
  console.log(JSON.stringify(await run(order)));
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const { rate, count, sandboxUrl } = order;
  const late: number[] = [];
  const began = performance.now();
  const sent: Promise<Sent>[] = [];
  for (let route = 0; route < count; route++) {
    const due = began + route * 1000 / rate;
    const left = due - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    late.push(Math.max(0, performance.now() - due));
    sent.push(send(order, route));
  }
  const all = await Promise.all(sent);
  const seconds = (performance.now() - began) / 1000;
  const failures: Record<string, number> = {};
  for (const { status } of all) {
    if (status !== 200) failures[status] = (failures[status] ?? 0) + 1;
  }
  const times = sandboxUrl === undefined ? undefined : await readTimes(sandboxUrl);
  return {
    answers: all.filter(({ status }) => status === 200).map((answer) => judge(answer, times)),
    failures,
    lateP95Ms: percentile(late.sort((a, b) => a - b), 0.95),
    seconds,
  };
}

async function send({ url, headers, sandboxUrl }: LoadOrder, route: number): Promise<Sent> {
  const body = JSON.stringify(sandboxUrl === undefined ? {} : requestOf(route));
  // Limits are counted per address: every request is somebody else's.
  const own = { ...headers, "x-bench-address": `10.${route >> 16 & 255}.${route >> 8 & 255}.${route & 255}` };
  const before = performance.now();
  try {
    const response = await fetch(url, { method: "POST", headers: own, body });
    const text = await response.text();
    return { route, wallMs: performance.now() - before, status: response.status, text };
  } catch {
    return { route, wallMs: performance.now() - before, status: 0, text: "" };
  }
}

async function readTimes(sandboxUrl: string): Promise<ReadonlyMap<number, number>> {
  const response = await fetch(`${sandboxUrl}/_sandbox/calls?settled=true`);
  return providerTimes(sandboxCalls.parse(await response.json()).calls);
}

function judge({ route, wallMs, text }: Sent, times: ReadonlyMap<number, number> | undefined) {
  if (times === undefined) return { wallMs, ownMs: wallMs, statedMs: wallMs };
  const providerMs = times.get(route);
  if (providerMs === undefined) {
    throw new Error(`Expected calls of route ${route} in the sandbox's log but found none`);
  }
  const { providers } = routed.parse(JSON.parse(text));
  const statedMs = Math.max(0, ...providers.map(({ latencyMs = 0 }) => latencyMs));
  return { wallMs, ownMs: wallMs - providerMs, statedMs: wallMs - statedMs };
}
