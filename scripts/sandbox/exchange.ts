import type { CallLog, SandboxCall } from "./call_log.ts";
import type { Delays } from "./delays.ts";
import { disfigure } from "./disfigure.ts";
import type { Fault, FaultRule, Faults } from "./faults.ts";
import { type Answer, encodeAnswer, type HttpRequest } from "./http_message.ts";
import type { Wire } from "./http_server.ts";
import { pause } from "./pause.ts";
import type { SandboxProvider } from "./provider.ts";
import type { Quotas } from "./quotas.ts";

const REFUSALS: ReadonlySet<Fault> = new Set(["401", "403", "404", "429", "500", "503"]);
const DELAY_MS = 1000;
const DRIP_MS = 20;
/** «HTTP/1.1 200»: from here on a client knows the status. */
const STATUS_BYTES = 12;

/** What decides how a call ends. */
export interface Conditions {
  readonly log: CallLog;
  readonly faults: Faults;
  readonly delays: Delays;
  readonly quotas: Quotas;
}

/**
 * Answers one call to a provider as its fault, if it meets one, would have it. A call takes effect when it arrives,
 * however late its answer is and whether or not the client is still there: that is the worst that can happen to it.
 */
export async function exchange(
  provider: SandboxProvider,
  request: HttpRequest,
  wire: Wire,
  { log, faults, delays, quotas }: Conditions,
): Promise<boolean> {
  const endpoint = provider.endpointOf(request);
  const { call, end } = log.begin(provider.id, endpoint, request);
  const rule = faults.take(provider.id, endpoint);
  call.fault = rule?.fault ?? null;
  try {
    const answer = await answerOf(call, provider, request, rule, quotas);
    const bytes = encodeAnswer(answer, request.headers.get("connection")?.toLowerCase() === "close");
    call.answerBytes = bytes.length;
    const isThere = await pause(delays.next(provider.id) + delayOf(rule), wire.gone);
    const sent = isThere ? await deliver(bytes, rule, wire) : 0;
    if (sent === undefined || !isThere) call.aborted = true;
    if (sent === undefined || sent >= STATUS_BYTES) call.status = answer.status;
    return sent === bytes.length && rule?.fault !== "lost_response";
  } finally {
    end();
  }
}

async function answerOf(
  call: SandboxCall,
  provider: SandboxProvider,
  request: HttpRequest,
  rule: FaultRule | undefined,
  quotas: Quotas,
): Promise<Answer> {
  const { endpoint } = call;
  const fault = rule?.fault;
  const refuse = (status: number): Answer => ({
    status,
    headers: rule?.retryAfter === undefined ? {} : { "retry-after": String(rule.retryAfter) },
    body: provider.refusal(status, endpoint),
  });
  if (!quotas.take(provider.id, endpoint)) return refuse(429);
  const soldOut = fault === "out_of_stock" ? provider.soldOut?.(endpoint) : undefined;
  if (soldOut) return soldOut;

  const isRefusal = fault !== undefined && REFUSALS.has(fault);
  call.carriedOut = rule?.carriedOut ?? !isRefusal;
  const answer = call.carriedOut ? await provider.answer(request, endpoint) : refuse(503);
  if (fault === "504" || isRefusal) return refuse(Number(fault));
  return disfigure(answer, fault, provider.vitalFields);
}

function delayOf(rule: FaultRule | undefined): number {
  if (!rule || rule.fault === "drip") return 0;
  if (rule.fault === "hang") return Infinity;
  return rule.delayMs ?? (rule.fault === "delay" ? DELAY_MS : 0);
}

/** How many bytes went out; `undefined` where the client left before it had them. */
async function deliver(
  bytes: Uint8Array,
  rule: FaultRule | undefined,
  wire: Wire,
): Promise<number | undefined> {
  if (rule?.fault === "drip") return await drip(bytes, rule.delayMs ?? DRIP_MS, wire);
  const part = rule?.fault === "lost_response" ? bytes.subarray(0, cutOf(bytes, rule)) : bytes;
  return await wire.send(part) ? part.length : undefined;
}

function cutOf({ length }: Uint8Array, { cutAt = 0 }: FaultRule): number {
  return cutAt < 0 ? Math.max(0, length + cutAt) : Math.min(cutAt, length);
}

async function drip(bytes: Uint8Array, everyMs: number, wire: Wire): Promise<number | undefined> {
  for (let at = 0; at < bytes.length; at++) {
    if (!await wire.send(bytes.subarray(at, at + 1))) return undefined;
    if (!await pause(everyMs, wire.gone)) return undefined;
  }
  return bytes.length;
}
