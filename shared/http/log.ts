import type { LogLevel } from "./env.ts";
import { redact } from "./redact.ts";

/** One line per request: never a token, a body or an e-mail address. */
export interface LogLine {
  readonly level: "info" | "error";
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly requestId: string;
  readonly function: string;
  readonly method: string;
  readonly status: number;
  /** Error code, where the answer is an error. */
  readonly code?: string;
  readonly durationMs: number;
  readonly actorKind: string;
  readonly fault?: LoggedFault;
}

/** What went wrong inside, on a fault of ours. */
export interface LoggedFault {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

const WEIGHT: Readonly<Record<LogLevel, number>> = { info: 0, error: 1, silent: 2 };

/** Writes a line as JSON where the platform collects logs, unless its level lies below the least. */
export function writeLog(line: LogLine, least: LogLevel = "info"): void {
  if (WEIGHT[line.level] < WEIGHT[least]) return;
  const text = JSON.stringify(line);
  if (line.level === "error") console.error(text);
  else console.log(text);
}

/** A fault for the log, without secrets and short enough for the platform's limit of 10 000 characters. */
export function loggedFault(fault: unknown): LoggedFault {
  if (!(fault instanceof Error)) return { name: "unknown", message: redact(String(fault)).slice(0, 1000) };
  return {
    name: fault.name,
    message: redact(fault.message).slice(0, 1000),
    ...(fault.stack === undefined ? {} : { stack: redact(fault.stack).slice(0, 4000) }),
  };
}

/** What happens while a basket is routed or an order confirmed, named as monitoring asks for it. */
export interface LoggedEvent {
  readonly event: string;
  readonly requestId: string;
  readonly providerId?: string;
  readonly latencyMs?: number;
  readonly code?: string;
}

/** Writes an event beside the request's own line. */
export function writeRouteEvent(event: LoggedEvent, least: LogLevel = "info"): void {
  if (WEIGHT.info < WEIGHT[least]) return;
  console.log(JSON.stringify({ level: "info", time: new Date().toISOString(), ...event }));
}

/** A fault of ours that an answer goes on without. */
export interface FaultEvent extends LoggedEvent {
  readonly fault: LoggedFault;
}

/** Writes a fault beside the request's own line. */
export function writeFault(event: FaultEvent, least: LogLevel = "info"): void {
  if (WEIGHT.error < WEIGHT[least]) return;
  console.error(JSON.stringify({ level: "error", time: new Date().toISOString(), ...event }));
}
