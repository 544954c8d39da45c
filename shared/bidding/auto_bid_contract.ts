import { z } from "zod";
import { defineContract, withVariants } from "../contract.ts";
import { EXAMPLE_IDS } from "../example_ids.ts";
import { uuid } from "../fields.ts";
import { autoBid, bid } from "./bid.ts";
import { cents, decimalAmount, eitherOf, exactlyOne } from "./money.ts";
import { session } from "./session.ts";

const request = z.strictObject({
  sessionId: uuid(),
  maxAmount: decimalAmount().nullable().optional()
    .describe("In units of the currency, in place of `maxAmountCents`; null clears the ceiling."),
  maxAmountCents: cents().nullable().optional().describe("Null clears the ceiling."),
}).meta({
  id: "AutoBidRequest",
  description: "A ceiling in one of the two forms.",
  ...eitherOf("maxAmount", "maxAmountCents"),
});

const whichSession = z.strictObject({ sessionId: uuid() });

const response = z.object({
  success: z.literal(true),
  message: z.string(),
  autoBid: autoBid.nullable(),
  bid: bid.nullable().describe("The bid it placed at once; null where it placed none."),
  session,
});

const errors = [
  "not_a_participant",
  "session_not_started",
  "session_closed",
  "participant_withdrawn",
] as const;

export const setAutoBid = withVariants(
  defineContract({
    name: "set-auto-bid",
    summary: "A participant sets his secret ceiling",
    description:
      "Whoever does not lead bids at once with it. From then on rivals are answered up to it, by the least that leads. " +
      "Nobody else is told of it.",
    methods: ["POST", "GET", "DELETE"],
    auth: "user",
    request: request.transform(({ sessionId, maxAmount, maxAmountCents }, context) => ({
      sessionId,
      maxAmountCents: exactlyOne(["maxAmount", "maxAmountCents"], [maxAmount, maxAmountCents], context),
    })),
    response,
    success: [200],
    errors: [...errors, "ceiling_too_low"],
    rateLimit: "set_auto_bid",
    examples: [
      {
        name: "Bid up to an amount",
        as: "user",
        request: { sessionId: EXAMPLE_IDS.sessionToBidIn, maxAmount: 3800 },
        status: 200,
      },
      {
        name: "The caller's own ceiling",
        as: "user",
        method: "GET",
        request: { sessionId: EXAMPLE_IDS.sessionToBidIn },
        status: 200,
      },
      {
        name: "Bid no further",
        as: "user",
        method: "DELETE",
        request: { sessionId: EXAMPLE_IDS.sessionToBidIn },
        status: 200,
      },
    ],
  }),
  {
    GET: {
      summary: "A participant's own ceiling",
      description: undefined,
      request: whichSession,
      response: z.object({ autoBid: autoBid.nullable() }),
      errors: ["not_a_participant"],
      rateLimit: undefined,
    },
    DELETE: {
      summary: "A participant clears his ceiling; his bids stand",
      description: undefined,
      request: whichSession,
      response,
      errors,
      rateLimit: "set_auto_bid",
    },
  },
);
