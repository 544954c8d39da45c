/** Races that are races: everybody waits at the same lock before anybody is let through. */
import postgres from "postgres";

/** A pool with a connection for each of a crowd. */
export interface Crowd extends AsyncDisposable {
  readonly sql: postgres.Sql;
}

/** Opens a pool for so many at once, closed on disposal. */
export function crowdOf(url: string, size: number): Crowd {
  const sql = postgres(url, { max: size, onnotice: () => {} });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) };
}

/**
 * Starts the racers one after another while a lock is held, and lets go once all of them wait for it: they are
 * served in that order. Each racer needs a connection of its own.
 *
 * @param sql A pool with two connections to spare.
 * @param lock Takes the lock that all racers need.
 */
export async function released<Result>(
  sql: postgres.Sql,
  lock: (holder: postgres.TransactionSql) => Promise<unknown>,
  racers: readonly (() => Promise<Result>)[],
): Promise<Result[]> {
  let settled = 0;
  const { running } = await sql.begin(async (holder) => {
    await lock(holder);
    const running: Promise<Result>[] = [];
    for (const racer of racers) {
      running.push(racer().finally(() => settled += 1));
      await untilWaiting(sql, () => running.length - settled);
    }
    // Wrapped, since a transaction waits for a promise it is handed, and these wait for the transaction.
    return { running };
  });
  return await Promise.all(running);
}

/** Racers that are let through once all of them wait for one task's row. */
export async function racingForTask<Result>(
  sql: postgres.Sql,
  taskId: string,
  racers: readonly (() => Promise<Result>)[],
): Promise<Result[]> {
  return await released(
    sql,
    (holder) => holder`select from public.marketplace_tasks as t where t.id = ${taskId} for update`,
    racers,
  );
}

async function untilWaiting(sql: postgres.Sql, expected: () => number): Promise<void> {
  let waiting = 0;
  do {
    const [row] = await sql<{ waiting: number }[]>`
      select count(*)::integer as waiting from pg_catalog.pg_stat_activity as a
      where a.datname = current_database() and a.wait_event_type = 'Lock'`;
    waiting = row?.waiting ?? 0;
  } while (waiting < expected());
}
