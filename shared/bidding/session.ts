/** A session as callers see it, and the words its fields are made of. */
import { z } from "zod";
import { moment } from "../fields.ts";

export const SESSION_STATUSES = ["pending", "active", "completed", "expired", "cancelled"] as const;
export const OUTCOMES = ["completed", "expired", "cancelled"] as const;
export const COMPENSATION_POLICIES = ["always", "if_bid"] as const;

export const outcome = z.enum(OUTCOMES);
export const compensationPolicy = z.enum(COMPENSATION_POLICIES);

const alias = z.string().describe("The name under which a session shows a participant.");

/** What is fixed once a session exists. */
const rules = {
  propertyId: z.guid(),
  listingId: z.guid().nullable(),
  targetNight: z.iso.date(),
  currency: z.string(),
  startingBidCents: z.int(),
  minimumIncrementBps: z.int().describe(
    "The next bid is at least this much above the price; 1000 is a tenth.",
  ),
  maxRounds: z.int().describe("How often a participant may bid by hand."),
  roundDurationSeconds: z.int(),
  maximumJumpBps: z.int().describe(
    "A bid by hand goes no higher than this share of the price; 20000 is twice.",
  ),
  compensationBps: z.int().describe("The runner-up's share of the price."),
  compensationPolicy,
  softCloseSeconds: z.int().describe("A bid in the last so many seconds resets what remains to them."),
  startsAt: moment,
  hardEndAt: moment.describe("No late bid moves the end beyond it."),
};

export const session = z.object({
  id: z.guid(),
  ...rules,
  status: z.enum(SESSION_STATUSES),
  acceptsBids: z.boolean().describe("By the clock at `serverTime`; the status may still be about to change."),
  seq: z.int().describe("The number of its last event."),
  currentPriceCents: z.int().nullable().describe("Null until somebody bids."),
  leader: alias.nullable(),
  youLead: z.boolean(),
  minimumNextCents: z.int().nullable().describe("The least a rival must bid; null once it has ended."),
  roundsLeft: z.int().nullable().describe(
    "How often the caller may still bid by hand; null for one who takes no part.",
  ),
  expiresAt: moment,
  endedAt: moment.nullable(),
  serverTime: moment,
}).meta({ id: "BiddingSession", description: "A session as its caller is shown it." });

export const participant = z.object({
  alias,
  you: z.boolean(),
  withdrawn: z.boolean(),
});

const event = z.object({
  seq: z.int(),
  at: moment,
  priceCents: z.int().nullable().describe("The price once the request that brought it about was done."),
  leader: alias.nullable().describe("Who led then."),
  expiresAt: moment.describe("The deadline then."),
});

export const sessionEvent = z.discriminatedUnion("type", [
  event.extend({ type: z.literal("session_created"), rules: z.object(rules) }),
  event.extend({ type: z.literal("session_started") }),
  event.extend({
    type: z.literal("bid_placed"),
    bidId: z.guid(),
    bidder: alias,
    amountCents: z.int(),
  }),
  event.extend({ type: z.literal("session_extended") }),
  event.extend({ type: z.literal("participant_withdrawn"), participant: alias }),
  event.extend({ type: z.literal("session_closed"), outcome, winner: alias.nullable() }),
]).meta({ id: "SessionEvent", description: "One entry of a session's ledger; their seq has no gaps." });

export const sessionResult = z.object({
  outcome,
  winner: alias.nullable(),
  winningBidCents: z.int().nullable().describe("Its money is for winner, loser and admins; null for others."),
  compensationCents: z.int().nullable(),
  platformRevenueCents: z.int().nullable(),
}).meta({ id: "SessionResult", description: "How a session ended." });

/** A session as the API shows it. */
export type Session = z.output<typeof session>;

/** An entry of a session's ledger. */
export type SessionEvent = z.output<typeof sessionEvent>;

/** The answer to whoever opens or cancels a session. */
export const sessionAnswer = z.object({ success: z.literal(true), session });
