import { z } from "zod";
import { defineContract } from "../contract.ts";
import { EXAMPLE_IDS } from "../example_ids.ts";
import { uuid } from "../fields.ts";
import { autoBid, bid } from "./bid.ts";
import { cents, decimalAmount, eitherOf, exactlyOne } from "./money.ts";
import { session } from "./session.ts";

const request = z.strictObject({
  sessionId: uuid(),
  amount: decimalAmount().optional().describe("In units of the currency, in place of `amountCents`."),
  amountCents: cents().optional(),
  isManualBid: z.unknown().optional().describe("Ignored: whatever is sent here is a bid by hand."),
}).meta({
  id: "BidRequest",
  description: "A bid by hand; its amount in one of the two forms.",
  ...eitherOf("amount", "amountCents"),
});

export const submitBid = defineContract({
  name: "submit-bid",
  summary: "A participant bids by hand",
  description:
    "Where it leads, the price is its amount; where a ceiling answers it, the answer says so. 409 `session_closed` " +
    "carries the outcome.",
  methods: ["POST"],
  auth: "user",
  request: request.transform(({ sessionId, amount, amountCents }, context) => ({
    sessionId,
    amountCents: exactlyOne(["amount", "amountCents"], [amount, amountCents], context),
  })),
  response: z.object({
    success: z.literal(true),
    message: z.string(),
    bid,
    autoBid: autoBid.nullable().describe("The caller's own ceiling."),
    session,
  }),
  success: [200],
  errors: [
    "not_a_participant",
    "session_not_started",
    "session_closed",
    "participant_withdrawn",
    "already_leading",
    "bid_too_low",
    "bid_too_high",
    "no_rounds_left",
  ],
  rateLimit: "submit_bid",
  examples: [
    {
      name: "Bid an amount",
      as: "user",
      request: { sessionId: EXAMPLE_IDS.sessionToBidIn, amount: 3300, isManualBid: true },
      status: 200,
    },
    {
      name: "Bid an amount in cents",
      as: "user",
      request: { sessionId: EXAMPLE_IDS.sessionOpen, amountCents: 311_850 },
      status: 200,
    },
  ],
});
