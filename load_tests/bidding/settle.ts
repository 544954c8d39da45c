/** The end of all sessions, and their books. */
import type { TableScore } from "./moves.ts";
import { type Books, readBooks } from "./books.ts";
import { type Ledger, readLedger } from "./ledger.ts";
import { pool } from "./pool.ts";
import type { Stage } from "./stage.ts";
import { closeTable, type Table } from "./table.ts";

/** A session that was bid in, with what its bidders were answered where that was kept. */
export interface Played {
  readonly table: Table;
  readonly tableScore?: TableScore;
}

/** Every session's ledger by its id, and what its books say. */
export interface Settled {
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly books: Books;
}

const AT_ONCE = 8;

/** Closes every session and reads its books. */
export async function settle({ target, sql, stop }: Stage, played: readonly Played[]): Promise<Settled> {
  const finished = await pool(AT_ONCE, played, async ({ table, tableScore: score }) => {
    stop.throwIfAborted();
    await closeTable(table);
    return { table, score, ledger: await readLedger(table) };
  });
  return {
    ledgers: new Map(finished.map(({ table, ledger }) => [table.sessionId, ledger])),
    books: await readBooks(target, sql, finished),
  };
}
