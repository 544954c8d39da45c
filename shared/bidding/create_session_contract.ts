import { z } from "zod";
import { defineContract } from "../contract.ts";
import { EXAMPLE_IDS, EXAMPLE_NIGHT } from "../example_ids.ts";
import { day, instant, text, uuid, wholeNumber } from "../fields.ts";
import { cents, decimalAmount, eitherOf, exactlyOne } from "./money.ts";
import { compensationPolicy, sessionAnswer } from "./session.ts";

const ALIAS_LENGTH = 50;

const participant = z.strictObject({
  userId: uuid(),
  alias: text(ALIAS_LENGTH).nullish().describe(
    "Default `Bidder 1`, `Bidder 2`, … in the order they are named.",
  ),
  archetype: z.string().nullish().describe("Default `big_spender`, which alone is eligible."),
});

const participants = z.array(participant)
  .min(2, "Expected 2 to 100 participants")
  .max(100, "Expected 2 to 100 participants");

const request = z.strictObject({
  propertyId: uuid(),
  listingId: uuid().nullish(),
  targetNight: day().describe("0 to 30 days ahead, in UTC."),
  participants,
  startingBid: decimalAmount().optional().describe(
    "In units of the currency, in place of `startingBidCents`.",
  ),
  startingBidCents: cents().optional(),
  currency: z.string().regex(/^[A-Z]{3}$/, "Expected an ISO 4217 code such as USD").nullish()
    .describe("Default USD."),
  startsAt: instant().nullish().describe("Default: now."),
  expiresAt: instant().nullish().describe(
    "Default: `maxRounds` times `roundDurationSeconds` after the start; a day after it at most.",
  ),
  minimumIncrementBps: wholeNumber(1, 100_000).nullish().describe("Default 1000, a tenth."),
  maxRounds: wholeNumber(1, 1000).nullish().describe("Default 3."),
  roundDurationSeconds: wholeNumber(1, 86_400).nullish().describe("Default 3600."),
  maximumJumpBps: wholeNumber(10_000, 1_000_000).nullish().describe("Default 20000, twice."),
  compensationBps: wholeNumber(0, 10_000).nullish().describe("Default 2500, a quarter."),
  compensationPolicy: compensationPolicy.nullish().describe("Default `always`."),
  softCloseSeconds: wholeNumber(0, 3600).nullish().describe("Default 120; 0 turns it off."),
}).meta({
  id: "SessionDraft",
  description: "A session as it is opened; its start in one of the two forms.",
  ...eitherOf("startingBid", "startingBidCents"),
});

export const createSession = defineContract({
  name: "create-session",
  summary: "An admin or the service opens a session for one night of a property",
  description: "It is `active` at once where it starts now. A night has one live session at a time.",
  methods: ["POST"],
  auth: "user-or-service",
  request: request.transform(({ startingBid, startingBidCents, ...rest }, context) => ({
    ...rest,
    startingBidCents: exactlyOne(
      ["startingBid", "startingBidCents"],
      [startingBid, startingBidCents],
      context,
    ),
  })),
  response: sessionAnswer,
  success: [201],
  errors: ["night_not_eligible", "archetype_not_eligible", "user_not_found", "session_exists"],
  rateLimit: "create_session",
  examples: [
    {
      name: "Two big spenders want the same night",
      as: "admin",
      request: {
        propertyId: EXAMPLE_IDS.property,
        listingId: EXAMPLE_IDS.listing,
        targetNight: EXAMPLE_NIGHT,
        participants: [{ userId: EXAMPLE_IDS.alice, alias: "Alice" }, { userId: EXAMPLE_IDS.bob }],
        startingBid: 2835,
      },
      status: 201,
    },
    {
      name: "The service opens one with rules of its own",
      as: "service",
      request: {
        propertyId: EXAMPLE_IDS.propertyToo,
        targetNight: EXAMPLE_NIGHT,
        participants: [{ userId: EXAMPLE_IDS.alice }, { userId: EXAMPLE_IDS.bob }],
        startingBidCents: 50_000,
        currency: "EUR",
        maxRounds: 5,
        compensationPolicy: "if_bid",
      },
      status: 201,
    },
  ],
});
