import { connect } from "./connect.ts";
import type postgres from "postgres";
import { listenAgain } from "./listen_again.ts";
import { performRequest, type QueuedRequest } from "./queued_request.ts";

/** A running stand-in for pg_net's worker. */
export interface HttpQueue {
  /** Stops taking requests; those under way are given up. */
  stop(): Promise<void>;
}

const BATCH = 200;

/**
 * Performs the requests that `net.http_get`, `net.http_post` and `net.http_delete` queued, after their
 * transactions committed, and writes what came back to `net._http_response`. Tried once, as with pg_net.
 *
 * @param databaseUrl The superuser's address of the database with the queue.
 */
export async function startHttpQueue(databaseUrl: string): Promise<HttpQueue> {
  const sql = connect(databaseUrl, 4);
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const drain = async () => {
    await sql`delete from net._http_response where created < clock_timestamp() - interval '6 hours'`;
    for (let batch = await take(sql); batch.length > 0; batch = await take(sql)) {
      for (const request of batch) {
        const work = answer(sql, request, stopping.signal);
        underWay.add(work);
        work.finally(() => underWay.delete(work));
      }
    }
  };
  const listening = await listenAgain(databaseUrl, "tradepost_net", drain);
  return {
    async stop() {
      stopping.abort(new Error("The stack stops"));
      await listening.stop();
      await Promise.allSettled(underWay);
      await sql.end({ timeout: 1 });
    },
  };
}

async function take(sql: postgres.Sql): Promise<QueuedRequest[]> {
  return await sql<QueuedRequest[]>`
    delete from net.http_request_queue as q
    using (select id from net.http_request_queue order by id limit ${BATCH} for update skip locked) as due
    where q.id = due.id
    returning q.id, q.method, q.url, q.headers, q.body, q.timeout_milliseconds as "timeoutMs"`;
}

async function answer(sql: postgres.Sql, request: QueuedRequest, stopping: AbortSignal): Promise<void> {
  const outcome = await performRequest(request, stopping);
  if (stopping.aborted) return;
  // The response of a database that went away is lost, as pg_net's is.
  await sql`
    insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
    values (${request.id}, ${outcome.status}, ${outcome.contentType}, ${sql.json(outcome.headers)},
      ${outcome.content}, ${outcome.timedOut}, ${outcome.error})`.catch(() => {});
}
