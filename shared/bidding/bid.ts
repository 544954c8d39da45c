/** A bid and a ceiling as their owner is shown them. */
import { z } from "zod";
import { moment } from "../fields.ts";

export const bid = z.object({
  id: z.guid(),
  sessionId: z.guid(),
  userId: z.guid(),
  amount: z.number().describe("In units of the currency; `amountCents` says the same."),
  amountCents: z.int(),
  seq: z.int().describe("Its number among the session's events."),
  placedAt: moment,
}).meta({ id: "Bid", description: "A bid as its bidder is shown it." });

export const autoBid = z.object({
  maxAmount: z.number().describe("In units of the currency; `maxAmountCents` says the same."),
  maxAmountCents: z.int(),
  setAt: moment,
}).meta({ id: "AutoBid", description: "A secret ceiling; nobody but its owner is ever told of it." });
