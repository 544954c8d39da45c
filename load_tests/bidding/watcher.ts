/** Somebody who listens to a session and is to hear every event of it, once. */
import { createClient } from "@supabase/supabase-js";
import { z } from "zod";
import type { Ledger } from "./ledger.ts";
import type { Table } from "./table.ts";
import type { Target } from "./target.ts";

const message = z.looseObject({ seq: z.int(), type: z.string(), serverTime: z.string() });

/** What somebody heard of a session. */
export interface Watcher {
  readonly table: Table;
  /** From the event's own time, inside its transaction, to its arrival here. */
  readonly delaysMs: readonly number[];
  /** Resolves once the session's end was heard, or after a while without it. */
  heardEnd(withinMs: number): Promise<void>;
  /** What was not heard as the ledger has it; none is good. */
  differences(ledger: Ledger): readonly string[];
  /** How many events were to be heard. */
  expected(ledger: Ledger): number;
  leave(): Promise<void>;
}

/** Listens to a session from now on, as one of its bidders. */
export async function watch(target: Target, table: Table): Promise<Watcher> {
  const heard: z.infer<typeof message>[] = [];
  const delaysMs: number[] = [];
  const end = Promise.withResolvers<void>();
  const { token } = table.bidders[0];
  const client = createClient(target.apiUrl, target.publishableKey, {
    accessToken: () => Promise.resolve(token),
  });
  await client.realtime.setAuth(token);
  const channel = client.channel(`bidding:${table.sessionId}`, { config: { private: true } });
  channel.on("broadcast", { event: "*" }, ({ payload }) => {
    const arrived = performance.timeOrigin + performance.now();
    const event = message.parse(payload);
    heard.push(event);
    delaysMs.push(arrived - Date.parse(event.serverTime));
    if (event.type === "session_closed") end.resolve();
  });
  const joined = Promise.withResolvers<void>();
  channel.subscribe((status, error) => {
    if (status === "SUBSCRIBED") joined.resolve();
    else joined.reject(error ?? new Error(`Expected SUBSCRIBED but found ${status}`));
  });
  await joined.promise;

  const since = table.opened.seq;
  return {
    table,
    delaysMs,
    async heardEnd(withinMs) {
      const timer = setTimeout(end.resolve, withinMs);
      await end.promise;
      clearTimeout(timer);
    },
    expected: ({ events }) => events.filter(({ seq }) => seq > since).length,
    differences: (ledger) => differences(ledger, since, heard),
    async leave() {
      await client.removeAllChannels();
      await client.realtime.disconnect();
    },
  };
}

function differences(
  { events }: Ledger,
  since: number,
  heard: readonly z.infer<typeof message>[],
): readonly string[] {
  const expected = events.filter(({ seq }) => seq > since).map(({ seq, type }) => `${seq} ${type}`);
  const found = heard.map(({ seq, type }) => `${seq} ${type}`);
  const missing = expected.filter((event) => !found.includes(event));
  const surplus = found.filter((event, index) => !expected.includes(event) || found.indexOf(event) !== index);
  return [
    ...missing.map((event) => `Expected to hear event ${event} but found that it never came`),
    ...surplus.map((event) => `Expected to hear every event once but found ${event} beside it`),
  ];
}
