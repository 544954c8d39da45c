/** Turns intentions into steps: plays them on the model, where an amount can be aimed at how the session stands. */
import type { Intention, RandomHistory, RandomSession } from "./bidding_arbitraries.ts";
import { BiddingModel, type ModelTimes } from "./bidding_model.ts";
import type { HistoryStep } from "./bidding_player.ts";
import type { Until } from "./session_time.ts";

type Offer = Extract<Intention, { readonly rival: boolean }>;

const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;

/** The steps of a history, concrete enough for any engine. */
export function stepsOf({ session, intentions, ends }: RandomHistory): readonly HistoryStep[] {
  const opensAt = session.startsLater ? HOUR : 0;
  const model = new BiddingModel(session, timesOf(session, opensAt), session.bidders);
  let now = 0;
  model.bringTo(now);
  const steps = intentions.map((intention) => {
    // A step takes next to no time: what passes, passes by the steps that say so.
    now += 1000;
    const step = stepOf(model, intention, now);
    if (step.op === "time") now = Math.max(now, endOf(model, step));
    else model.act(step, now);
    return step;
  });
  return ends ? [...steps, ...ENDING] : steps;
}

const ENDING: readonly HistoryStep[] = [{ op: "time", untilEnd: -1 }, { op: "sweep" }];

/** Until when time passes. */
function endOf({ startsAt, expiresAt }: ModelTimes, until: Until): number {
  return "untilStart" in until ? startsAt - until.untilStart * SECOND : expiresAt - until.untilEnd * SECOND;
}

/** When a session of these rules runs that starts at an instant. */
export function timesOf(session: RandomSession, startsAt: number): ModelTimes {
  const seconds = Math.min(session.maxRounds * session.roundDurationSeconds, 86_400);
  const expiresAt = startsAt + seconds * SECOND;
  return { startsAt, expiresAt, hardEndAt: Math.min(expiresAt + HOUR / 2, startsAt + 24 * HOUR) };
}

function stepOf(model: BiddingModel, intention: Intention, now: number): HistoryStep {
  switch (intention.kind) {
    case "bid":
    case "ceiling":
      return { op: intention.kind, who: offererOf(model, intention), amount: amountOf(model, intention) };
    case "clear":
      return { op: "ceiling", who: personOf(model, intention.who), amount: null };
    case "clearLeader":
      return { op: "ceiling", who: model.leader ?? 0, amount: null };
    case "withdraw":
      return { op: "withdraw", who: personOf(model, intention.who) };
    case "time":
      return { op: "time", ...untilOf(model, intention.until, now) };
    default:
      return { op: intention.kind };
  }
}

/** One of the participants; the number after theirs takes no part. */
function personOf({ bidders }: BiddingModel, who: number): number {
  return who === -1 ? bidders.length : who % bidders.length;
}

function offererOf(model: BiddingModel, { who, rival }: Offer): number {
  const person = personOf(model, who);
  return rival && person === model.leader ? (person + 1) % model.bidders.length : person;
}

function amountOf(model: BiddingModel, offer: Offer): number {
  const { aim, by, share } = offer;
  const { minimum, maximum, rules: { startingBidCents } } = model;
  const claim = model.leader === null ? startingBidCents : model.claims.of(model.leader) ?? startingBidCents;
  switch (aim) {
    case "minimum":
      return minimum + by;
    case "maximum":
      return maximum + by;
    case "claim":
      return claim + by;
    case "aboveClaim":
      return model.step(claim) + by;
    case "own":
      return (model.claims.of(offererOf(model, offer)) ?? startingBidCents) + by;
    case "between":
      // Up to twice the least.
      return minimum + Math.floor(minimum * share / 1000);
    case "beyond":
      return [0, -share, 100_000_000_000 + by, share][share % 4] ?? 0;
  }
}

// Whatever is meant to lie before a boundary lies half a minute before it: a slow machine changes nothing.
const MARGIN_SECONDS = 30;

function untilOf(
  { expiresAt, status, rules: { softCloseSeconds } }: BiddingModel,
  until: Extract<Intention, { kind: "time" }>["until"],
  now: number,
) {
  if (status === "pending" && until === "start") return { untilStart: -1 };
  if (status === "pending" && until === "edge") return { untilStart: MARGIN_SECONDS };
  switch (until) {
    case "start":
    case "middle":
      return { untilEnd: Math.floor((expiresAt - now) / SECOND / 2) + MARGIN_SECONDS };
    case "edge":
      return { untilEnd: softCloseSeconds + MARGIN_SECONDS };
    case "window":
      return { untilEnd: Math.max(Math.floor(softCloseSeconds / 2), MARGIN_SECONDS) };
    case "over":
      return { untilEnd: -1 };
  }
}
