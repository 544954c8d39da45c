/** Who must have been told what in a session, by its ledger alone. */
import type { SessionEvent } from "../../shared/bidding/session.ts";
import type { Finished } from "./books.ts";

/** One line per notification: alias, type, seq. */
export function expectedNotifications({ table, ledger }: Finished): string[] {
  const everybody = table.bidders.map(({ alias }) => alias);
  const told: string[] = [];
  let leader: string | null = null;
  for (const event of ledger.events) {
    told.push(...toldOf(event, leader, everybody));
    // A challenger who is answered at once never led; the answer that follows is by the one who leads already.
    leader = event.leader;
  }
  const compensated = (ledger.result?.compensationCents ?? 0) > 0;
  return compensated ? told : told.map((line) => line.replace("loser_compensation", "winner_announcement"));
}

function toldOf(
  event: SessionEvent,
  leader: string | null,
  everybody: readonly string[],
): readonly string[] {
  const tell = (alias: string, type: string) => `${alias} ${type} ${event.seq}`;
  switch (event.type) {
    case "session_started":
    case "session_extended":
      return everybody.map((alias) => tell(alias, event.type));
    case "bid_placed":
      if (leader === null) return [];
      // Whoever led before the bid: beaten by it, or standing by the answer of his ceiling.
      if (event.bidder === leader) return [tell(leader, "auto_bid_triggered")];
      return event.leader === event.bidder ? [tell(leader, "outbid")] : [];
    case "session_closed":
      return everybody.map((alias) =>
        tell(alias, alias === event.winner ? "winner_announcement" : "loser_compensation")
      );
    default:
      return [];
  }
}
