import type { Sql } from "postgres";
import { z } from "zod";
import type { Statement } from "./routine_call.ts";

const answer = z.object({
  body: z.string(),
  rows: z.number(),
  status: z.string().nullable(),
  headers: z.string().nullable(),
});

/** What one call gave, rendered by Postgres. */
export type RoutineAnswer = z.infer<typeof answer>;

/**
 * Runs one call in its own transaction. The four statements leave in one write and come back in one read;
 * after a failure Postgres skips the rest and answers the commit with a rollback.
 */
export async function runCall(
  sql: Sql,
  readOnly: boolean,
  settings: Statement,
  call: Statement,
): Promise<RoutineAnswer> {
  const connection = await sql.reserve();
  const steps = [
    connection.unsafe(readOnly ? "begin read only" : "begin", [], { prepare: true }),
    connection.unsafe(settings.text, [...settings.parameters], { prepare: true }),
    connection.unsafe(call.text, [...call.parameters], { prepare: true }),
    connection.unsafe("commit", [], { prepare: true }),
  ] as const;
  try {
    await Promise.all(steps);
  } catch (error) {
    // a dead connection is not given back: the driver has already put it away and would hand it out again
    if (isConnectionLoss(error)) throw error;
    await Promise.allSettled(steps);
    connection.release();
    throw error;
  }
  connection.release();
  return answer.parse((await steps[2])[0]);
}

/** Whether the failure means that the database is away, not that it refused. */
export function isConnectionLoss(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if ("severity_local" in error && error.severity_local === "FATAL") return true;
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" && /^(CONNECT|ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH)/.test(code);
}
