import { z } from "zod";
import { defineContract } from "../contract.ts";
import { EXAMPLE_IDS } from "../example_ids.ts";
import { queryInteger, uuid } from "../fields.ts";
import { participant, session, sessionEvent, sessionResult } from "./session.ts";

export const getSession = defineContract({
  name: "get-session",
  summary: "A session as it stands, and what has happened in it",
  description:
    "For its participants and admins. Every event has a `seq` without gaps, so that whoever was away catches up with " +
    "`since`; one answer holds at most 1000 of them, and `session.seq` says whether there are more.",
  methods: ["GET"],
  auth: "user",
  request: z.strictObject({
    sessionId: uuid(),
    since: queryInteger(0, 999_999_999_999_999).optional().describe(
      "Only the events after this `seq`. Default: all.",
    ),
  }),
  response: z.object({
    session,
    participants: z.array(participant),
    events: z.array(sessionEvent).describe("In the order of their seq."),
    result: sessionResult.nullable().describe("Null while it is open."),
  }),
  success: [200],
  errors: ["not_a_participant", "not_found"],
  examples: [
    {
      name: "The whole session",
      as: "user",
      request: { sessionId: EXAMPLE_IDS.sessionOpen },
      status: 200,
    },
    {
      name: "What happened since",
      as: "admin",
      request: { sessionId: EXAMPLE_IDS.sessionOpen, since: 2 },
      status: 200,
    },
  ],
});
