/** A session's ledger, read as its participants read it. */
import type { SessionEvent } from "../../shared/bidding/session.ts";
import type { ResponseOf } from "../../shared/client.ts";
import type { Table } from "./table.ts";

/** The whole session once it is over. */
export interface Ledger {
  readonly session: ResponseOf<"get-session">["session"];
  readonly result: ResponseOf<"get-session">["result"];
  /** All of them, in their order. */
  readonly events: readonly SessionEvent[];
}

/** Reads a session page by page: one answer holds at most a thousand events. */
export async function readLedger({ sessionId, bidders: [{ client }] }: Table): Promise<Ledger> {
  const events: SessionEvent[] = [];
  while (true) {
    const since = events.at(-1)?.seq ?? 0;
    const { session, result, events: page } = await client.call("get-session", { sessionId, since });
    events.push(...page);
    if (page.length === 0 || events.at(-1)?.seq === session.seq) return { session, result, events };
  }
}
