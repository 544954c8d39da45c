/**
 * Bidding by brute force: everybody's claims are kept and all of them looked at for every step, where the engine looks at
 * the leader's alone. Instants are microseconds since 1970, money is cents, people are numbers.
 */
import { assertBounds, assertResolution, assertSettlement } from "./bidding_agreement.ts";
import { type Claim, Claims } from "./bidding_claims.ts";
import { present } from "./present.ts";

/** What a session is judged by. */
export interface ModelRules {
  readonly startingBidCents: number;
  readonly minimumIncrementBps: number;
  readonly maxRounds: number;
  readonly maximumJumpBps: number;
  readonly compensationBps: number;
  readonly compensationPolicy: "always" | "if_bid";
  readonly softCloseSeconds: number;
}

/** When a session runs. */
export interface ModelTimes {
  readonly startsAt: number;
  readonly expiresAt: number;
  readonly hardEndAt: number;
}

/** A bid by hand, a ceiling, or null to clear it; `who` beyond the participants is an outsider. */
export type ModelOffer =
  | { readonly op: "bid"; readonly who: number; readonly amount: number }
  | { readonly op: "ceiling"; readonly who: number; readonly amount: number | null };

/** Something somebody does; a sweep is the job that finds what is due. */
export type ModelStep =
  | ModelOffer
  | { readonly op: "withdraw"; readonly who: number }
  | { readonly op: "cancel" }
  | { readonly op: "sweep" };

/** An entry of the ledger, without its instants. */
export interface ModelEntry {
  readonly type: string;
  readonly who: number | null;
  readonly amount: number | null;
  readonly previous: number | null;
  readonly leads: boolean | null;
  readonly byProxy: boolean | null;
}

/** What a step is answered: `ok` or the code of a refusal, and what its details must hold. */
export interface ModelAnswer {
  readonly code: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The money of a completed session. */
export interface ModelResult {
  readonly winner: number;
  readonly loser: number | null;
  readonly winning: number;
  readonly compensation: number;
  readonly revenue: number;
}

/** A participant; what he is in for stands among the claims. */
export interface ModelBidder {
  ceiling: number | null;
  /** His highest bid. */
  shown: number | null;
  rounds: number;
  withdrawn: boolean;
}

const MOST = 100_000_000_000;

/** A session by the rules alone. */
export class BiddingModel {
  readonly bidders: readonly ModelBidder[];
  readonly claims = new Claims();
  readonly ledger: ModelEntry[] = [];
  status = "pending";
  leader: number | null = null;
  price: number | null = null;
  startsAt: number;
  expiresAt: number;
  hardEndAt: number;
  result: ModelResult | null = null;
  #step = 0;

  constructor(readonly rules: ModelRules, times: ModelTimes, bidders: number) {
    this.bidders = Array.from({ length: bidders }, () => ({
      ceiling: null,
      shown: null,
      rounds: 0,
      withdrawn: false,
    }));
    ({ startsAt: this.startsAt, expiresAt: this.expiresAt, hardEndAt: this.hardEndAt } = times);
    this.#write("session_created");
  }

  get isOver(): boolean {
    return !["pending", "active"].includes(this.status);
  }

  /** The least that a rival must bid. */
  get minimum(): number {
    return this.price === null ? this.rules.startingBidCents : this.step(this.price);
  }

  /** The most that may be bid by hand. */
  get maximum(): number {
    const share = BigInt(this.price ?? this.rules.startingBidCents) * BigInt(this.rules.maximumJumpBps);
    return Math.max(Number(share / 10_000n), this.minimum);
  }

  /** The least amount that is a full increment above another: found, not computed. */
  step(cents: number): number {
    const wanted = BigInt(cents) * BigInt(10_000 + this.rules.minimumIncrementBps);
    let step = wanted / 10_000n;
    while (step * 10_000n < wanted) step += 1n;
    return Number(step);
  }

  /** Every instant lies so much further back. */
  moveBack(micros: number): void {
    this.startsAt -= micros;
    this.expiresAt -= micros;
    this.hardEndAt -= micros;
  }

  /** Lets somebody do something at an instant. */
  act(step: ModelStep, at: number): ModelAnswer {
    this.#step += 1;
    if ("amount" in step && !isAmount(step.amount)) return { code: "invalid_request" };
    if ("who" in step && this.bidders[step.who] === undefined) return { code: "not_a_participant" };
    this.bringTo(at);
    if (step.op === "sweep") return { code: "ok" };
    if (this.isOver) return { code: "session_closed", details: { status: this.status } };
    assertBounds(this);
    if (step.op === "cancel") return this.#close("cancelled");
    if (step.op === "withdraw") return this.#withdraw(step.who);
    return this.#offer(step, at);
  }

  /** What is due by an instant happens: the session opens, the session ends. */
  bringTo(at: number): void {
    if (this.status === "pending" && this.startsAt <= at) {
      this.status = "active";
      this.#write("session_started");
    }
    if (this.status === "active" && this.expiresAt <= at) {
      this.#close(this.leader === null ? "expired" : "completed");
    }
  }

  #withdraw(who: number): ModelAnswer {
    const bidder = this.#bidder(who);
    if (bidder.withdrawn) return { code: "participant_withdrawn" };
    if (this.leader === who) return { code: "leader_cannot_withdraw" };
    bidder.withdrawn = true;
    this.#write("participant_withdrawn", { who });
    this.#endWithoutRivals();
    return { code: "ok" };
  }

  #offer(offer: ModelOffer, at: number): ModelAnswer {
    if (this.status === "pending") return { code: "session_not_started" };
    if (this.#bidder(offer.who).withdrawn) return { code: "participant_withdrawn" };
    if (offer.op === "bid") return this.#bidByHand(offer.who, offer.amount, at);
    return this.#setCeiling(offer.who, offer.amount, at);
  }

  #setCeiling(who: number, amount: number | null, at: number): ModelAnswer {
    const bidder = this.#bidder(who);
    const leads = this.leader === who;
    const least = leads ? present(this.price, "a price") : this.minimum;
    if (amount !== null && amount < least) {
      return { code: "ceiling_too_low", details: { minimumCents: least } };
    }
    bidder.ceiling = amount;
    if (leads || amount === null) {
      // A bid that is shown stands, whatever its bidder's ceiling; a ceiling that was beaten counts though it is cleared.
      if (leads) this.claims.set(who, Math.max(amount ?? 0, bidder.shown ?? 0), this.#step);
      return { code: "ok" };
    }
    this.#challenge(who, amount, false, at);
    return { code: "ok" };
  }

  #bidByHand(who: number, amount: number, at: number): ModelAnswer {
    const { price, minimum, maximum, rules: { maxRounds } } = this;
    if (this.leader === who) return { code: "already_leading", details: { currentPriceCents: price } };
    if (amount < minimum) {
      return { code: "bid_too_low", details: { minimumNextCents: minimum, currentPriceCents: price } };
    }
    if (amount > maximum) return { code: "bid_too_high", details: { maximumCents: maximum } };
    const bidder = this.#bidder(who);
    if (bidder.rounds >= maxRounds) return { code: "no_rounds_left", details: { maxRounds } };
    bidder.rounds += 1;
    this.#challenge(who, amount, true, at);
    return { code: "ok" };
  }

  #challenge(who: number, amount: number, byHand: boolean, at: number): void {
    const { leader: previousLeader, price: previous } = this;
    this.claims.set(who, amount, this.#step);
    const [highest, second] = this.claims.ranking();
    const first = present(highest, "somebody who is in");
    const leads = first.who === who;
    this.leader = first.who;
    this.price = Math.max(previous ?? 0, this.#priceOf(first, second, byHand && leads));
    this.#show(who, leads ? this.price : amount, previous, leads, !byHand);
    if (!leads) this.#show(first.who, this.price, amount, true, true);
    assertResolution(this, { who, amount, byHand }, previousLeader, previous);
    this.#extend(at);
    this.#endWithoutRivals();
  }

  /** Where nobody is left who could outbid the leader, or, without one, who could bid at all, it is over. */
  #endWithoutRivals(): void {
    const hasRival = this.bidders.some(({ withdrawn }, who) => !withdrawn && who !== this.leader);
    if (this.status !== "active" || hasRival) return;
    this.#close(this.leader === null ? "expired" : "completed");
  }

  #priceOf(first: Claim, second: Claim | undefined, isStated: boolean): number {
    if (isStated) return first.cents;
    if (second === undefined) return this.rules.startingBidCents;
    return Math.min(first.cents, this.step(second.cents));
  }

  #extend(at: number): void {
    const { softCloseSeconds } = this.rules;
    const end = Math.min(at + softCloseSeconds * 1_000_000, this.hardEndAt);
    if (softCloseSeconds === 0 || end <= this.expiresAt) return;
    this.expiresAt = end;
    this.#write("session_extended");
  }

  #show(who: number, amount: number, previous: number | null, leads: boolean, byProxy: boolean): void {
    this.#bidder(who).shown = amount;
    this.#write("bid_placed", { who, amount, previous, leads, byProxy });
  }

  #close(status: string): ModelAnswer {
    this.status = status;
    this.#write("session_closed");
    if (status === "completed") {
      this.result = this.#settle();
      assertSettlement(this, this.result);
    }
    return { code: "ok" };
  }

  #settle(): ModelResult {
    const { compensationBps, compensationPolicy: policy } = this.rules;
    const winner = present(this.leader, "a winner");
    const winning = present(this.price, "a price");
    const beaten = this.claims.ranking().find(({ who }) => who !== winner);
    const sole = this.bidders.length === 2 && policy === "always" ? 1 - winner : null;
    const loser = beaten?.who ?? sole;
    const compensation = loser === null ? 0 : Number(BigInt(winning) * BigInt(compensationBps) / 10_000n);
    return { winner, loser, winning, compensation, revenue: winning - compensation };
  }

  #bidder(who: number): ModelBidder {
    return present(this.bidders[who], `participant ${who}`);
  }

  #write(type: string, bid: Partial<ModelEntry> = {}): void {
    this.ledger.push({
      who: null,
      amount: null,
      previous: null,
      leads: null,
      byProxy: null,
      ...bid,
      type,
    });
  }
}

function isAmount(amount: number | null): boolean {
  return amount === null || (amount >= 1 && amount <= MOST);
}
