import { assertEquals } from "@std/assert";
import { runHistories } from "../support/bidding_run.ts";

const SEED = 20_261_121;
const HISTORIES = 300;

/** What a run must have met, or it has shown nothing about it. */
const MET: readonly string[] = [
  "bid already_leading",
  "bid bid_too_high",
  "bid bid_too_low",
  "bid invalid_request",
  "bid no_rounds_left",
  "bid not_a_participant",
  "bid ok",
  "bid participant_withdrawn",
  "bid session_closed",
  "bid session_not_started",
  "cancel ok",
  "ceiling ceiling_too_low",
  "ceiling invalid_request",
  "ceiling not_a_participant",
  "ceiling ok",
  "ceiling participant_withdrawn",
  "ceiling session_closed",
  "ceiling session_not_started",
  "entry bid_placed",
  "entry participant_withdrawn",
  "entry session_closed",
  "entry session_created",
  "entry session_extended",
  "entry session_started",
  "session active",
  "session cancelled",
  "session completed",
  "session expired",
  "session pending",
  "sweep ok",
  "time ok",
  "withdraw leader_cannot_withdraw",
  "withdraw ok",
  "withdraw session_closed",
];

Deno.test(`engine, model and rules.ts agree on ${HISTORIES} random histories (seed ${SEED})`, async () => {
  const tally = await runHistories({ histories: HISTORIES, seed: SEED, perDatabase: HISTORIES / 2 });
  assertEquals(MET.filter((name) => !tally.has(name)), [], "what the histories never met");
});
