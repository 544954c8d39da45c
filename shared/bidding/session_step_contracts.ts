/** How somebody leaves a session, and how all of it is called off. */
import { z } from "zod";
import { defineContract } from "../contract.ts";
import { EXAMPLE_IDS } from "../example_ids.ts";
import { text, uuid } from "../fields.ts";
import { session, sessionAnswer } from "./session.ts";

export const withdrawBid = defineContract({
  name: "withdraw-bid",
  summary: "A participant who does not lead leaves the session for good",
  description: "Where nobody is left who could outbid the leader, the session ends with it.",
  methods: ["POST"],
  auth: "user",
  request: z.strictObject({ sessionId: uuid() }),
  response: z.object({ success: z.literal(true), message: z.string(), session }),
  success: [200],
  errors: ["not_a_participant", "session_closed", "participant_withdrawn", "leader_cannot_withdraw"],
  rateLimit: "withdraw_bid",
  examples: [{
    name: "Leave a session to its leader",
    as: "user",
    request: { sessionId: EXAMPLE_IDS.sessionToLeave },
    status: 200,
  }],
});

export const cancelSession = defineContract({
  name: "cancel-session",
  summary: "An admin or the service ends a session without a result",
  methods: ["POST"],
  auth: "user-or-service",
  request: z.strictObject({ sessionId: uuid(), reason: text(2000).describe("Told to the participants.") }),
  response: sessionAnswer,
  success: [200],
  errors: ["not_found", "session_closed"],
  rateLimit: "cancel_session",
  examples: [{
    name: "Call a session off",
    as: "admin",
    request: { sessionId: EXAMPLE_IDS.sessionToCancel, reason: "The property was taken off the market" },
    status: 200,
  }],
});
