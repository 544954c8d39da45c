import { connect } from "./connect.ts";

/** A subscription to a notification channel that outlives a restart of the database. */
export interface Listening {
  stop(): Promise<void>;
}

// A safety net below the notifications: what one of them did not bring about is done after this at the latest.
const REPEAT_MS = 15_000;

/**
 * Calls `wake` on every notification, after every reconnection (a notification may have been missed
 * meanwhile) and every 15 seconds. One call at a time; a failing one is repeated with the next occasion.
 */
export async function listenAgain(
  databaseUrl: string,
  channel: string,
  wake: () => Promise<void>,
): Promise<Listening> {
  const sql = connect(databaseUrl);
  let running: Promise<void> | undefined;
  let again = false;
  const run = () => {
    again = true;
    running ??= (async () => {
      while (again) {
        again = false;
        await wake().catch(() => {});
      }
      running = undefined;
    })();
  };
  await sql.listen(channel, run, run);
  const timer = setInterval(run, REPEAT_MS);
  return {
    async stop() {
      clearInterval(timer);
      await sql.end({ timeout: 1 });
      again = false;
      await running;
    },
  };
}
