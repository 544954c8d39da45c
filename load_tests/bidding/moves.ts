/** What bidders do, and how it is counted. */
import type { Session } from "../../shared/bidding/session.ts";
import type { TradepostError } from "../../shared/client.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { Bidder, Table } from "./table.ts";
import { Tally } from "./tally.ts";

/** Everything that is counted in a run. */
export class Score {
  readonly bids = new Tally();
  readonly autoBids = new Tally();
  readonly yardstick = new Tally();
}

/** What a session was answered, to be held against its ledger. */
export class TableScore {
  /** Bids that were accepted, those of ceilings included. */
  readonly bidIds: string[] = [];
  byHand = 0;
  /** Bids that a rival's ceiling answered at once. */
  answered = 0;
  /** Why the session did not come to its end. */
  fault: string | undefined;
}

/** Where a move is made and counted. */
export interface Place {
  readonly table: Table;
  readonly score: Score;
  readonly tableScore: TableScore;
  readonly stop: AbortSignal;
}

/** An unanswered write is sent so often again, with its key, before it is given up. */
const REPEATS = 2;

/** Bids by hand; the session as it stands after it, `undefined` where the bid was not accepted. */
export async function bid(
  { table, score, tableScore, stop }: Place,
  bidder: Bidder,
  amountCents: number,
  known: Session,
): Promise<Session | undefined> {
  const request = { sessionId: table.sessionId, amountCents };
  const made = await repeat(
    score.bids,
    (idempotencyKey) =>
      attempt(stop, (signal) => bidder.client.call("submit-bid", request, { idempotencyKey, signal })),
  );
  if (made === undefined) return undefined;
  if (made.kind === "answered") {
    score.bids.accept(made.ms);
    tableScore.byHand++;
    keep(tableScore, made.answer);
    return made.answer.session;
  }
  if (wasOutrun(made.refusal, bidder, known)) score.bids.outrun();
  else score.bids.refuse(made.refusal.code, made.refusal.message);
  return undefined;
}

/** Sets a ceiling, which bids at once; the session as it stands after it. */
export async function setCeiling(
  { table, score, tableScore, stop }: Place,
  bidder: Bidder,
  maxAmountCents: number,
): Promise<Session | undefined> {
  const request = { sessionId: table.sessionId, maxAmountCents };
  const made = await repeat(
    score.autoBids,
    (idempotencyKey) =>
      attempt(stop, (signal) => bidder.client.call("set-auto-bid", request, { idempotencyKey, signal })),
  );
  if (made === undefined) return undefined;
  if (made.kind === "answered") {
    score.autoBids.accept(made.ms);
    keep(tableScore, made.answer);
    return made.answer.session;
  }
  score.autoBids.refuse(made.refusal.code, made.refusal.message);
  return undefined;
}

/** Reads the bidder's own ceiling: as a bid, but for what a bid does. */
export async function readCeiling({ table, score, stop }: Place, bidder: Bidder): Promise<void> {
  const made = await attempt(
    stop,
    (signal) => bidder.client.call("set-auto-bid", { sessionId: table.sessionId }, { method: "GET", signal }),
  );
  if (made.kind === "answered") score.yardstick.accept(made.ms);
  else if (made.kind === "refused") score.yardstick.refuse(made.refusal.code, made.refusal.message);
  else score.yardstick.fail(made.reason);
}

/** The session as it stands now. */
export async function look({ table, stop }: Place): Promise<Session> {
  const [{ client }] = table.bidders;
  return (await client.call("get-session", { sessionId: table.sessionId }, { signal: stop })).session;
}

type Decided<Answer> = Exclude<Attempt<Answer>, { readonly kind: "failed" }>;

/** A failed call counts as such; it may have been carried out, so it is sent again with the same key. */
async function repeat<Answer>(
  tally: Tally,
  send: (idempotencyKey: string) => Promise<Attempt<Answer>>,
): Promise<Decided<Answer> | undefined> {
  const key = crypto.randomUUID();
  for (let turn = 0; turn <= REPEATS; turn++) {
    const made = await send(key);
    if (made.kind !== "failed") return made;
    tally.fail(made.reason);
  }
  return undefined;
}

interface Answer {
  readonly bid: { readonly id: string } | null;
  readonly session: Session;
}

function keep(tableScore: TableScore, { bid, session }: Answer): void {
  // Who leads already and sets a ceiling places none; nobody here does.
  if (bid === null) return;
  tableScore.bidIds.push(bid.id);
  if (!session.youLead) tableScore.answered++;
}

/**
 * Whether a refusal only says that the rival was faster: the price is another than the one bid upon, or the caller, who
 * led by what he knew, bid ahead of a rival who had not bid yet.
 */
function wasOutrun({ code, details }: TradepostError, bidder: Bidder, known: Session): boolean {
  if (code === "bid_too_low") return details.currentPriceCents !== known.currentPriceCents;
  return code === "already_leading" && known.leader === bidder.alias;
}
