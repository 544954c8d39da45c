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
