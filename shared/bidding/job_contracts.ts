/** The jobs of bidding. */
import { jobContract } from "../job_contract.ts";

export const sessionCleanup = jobContract(
  "session-cleanup",
  "Opens and closes the sessions that are due",
  "Goes on until nothing is due, for 20 seconds at most. A session whose deadline has passed takes no bids, whether it " +
    "was cleaned up or not.",
);

export const expirationWarnings = jobContract(
  "expiration-warnings",
  "Tells participants once that their session ends within 15 minutes",
  "Goes on until everybody was told, for 20 seconds at most.",
);

export const archiveSessions = jobContract(
  "archive-sessions",
  "Moves sessions that ended more than 30 days ago to the archive",
  "Goes on until nothing is due, for 20 seconds at most. Their results stay, since refunds come later.",
);
