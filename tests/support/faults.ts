/** Faults of the database that a test brings about for its own rows alone. */
import { present } from "./present.ts";
import { databaseOf, uniqueName } from "./realtime.ts";
import { stack } from "./stack.ts";

/** What a fault says inside, and no caller may ever read. */
export const INSIDE = "the inside of the database";

/** Lets the creation of a task with this title fail with an error nobody foresaw, until the end of the scope. */
export async function brokenFor(title: string): Promise<AsyncDisposable> {
  const name = uniqueName();
  const info = await stack();
  await using sql = databaseOf(info);
  await sql.unsafe(`
    create function private.${name}() returns trigger language plpgsql set search_path = '' as $$
    begin
      raise exception '${INSIDE}';
    end
    $$`);
  await sql.unsafe(`
    create trigger ${name} before insert on public.marketplace_tasks
    for each row when (new.title = '${title}') execute function private.${name}()`);
  return {
    [Symbol.asyncDispose]: async () => {
      await using sql = databaseOf(info);
      await sql.unsafe(`drop trigger ${name} on public.marketplace_tasks`);
      await sql.unsafe(`drop function private.${name}()`);
    },
  };
}

/** Has the database give up on a call that waits for a task's row, and returns what the caller is told. */
export async function cancelledWhileWaiting<Answer>(
  taskId: string,
  start: () => Promise<Answer>,
): Promise<Answer> {
  await using sql = databaseOf(await stack());
  const { running } = await sql.begin(async (holder) => {
    const [{ pid } = { pid: 0 }] = await holder<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await holder`select from public.marketplace_tasks where id = ${taskId} for update`;
    const running = start();
    let cancelled: boolean | undefined;
    while (cancelled === undefined) {
      const [waiting] = await sql<{ cancelled: boolean }[]>`
        select pg_cancel_backend(a.pid) as cancelled from pg_catalog.pg_stat_activity as a
        where ${pid} = any (pg_blocking_pids(a.pid))`;
      cancelled = waiting?.cancelled;
    }
    present(cancelled || undefined, "the waiting statement to be cancelled");
    // Wrapped, since a transaction waits for a promise it is handed.
    return { running };
  });
  return await running;
}
