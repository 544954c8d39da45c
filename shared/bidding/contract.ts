/** The contracts of the bidding capability. */
export { setAutoBid } from "./auto_bid_contract.ts";
export { createSession } from "./create_session_contract.ts";
export { getSession } from "./get_session_contract.ts";
export { archiveSessions, expirationWarnings, sessionCleanup } from "./job_contracts.ts";
export { notifications } from "./notifications_contract.ts";
export { cancelSession, withdrawBid } from "./session_step_contracts.ts";
export { submitBid } from "./submit_bid_contract.ts";
