/** The rules of bidding. The engine in Postgres says the same; tests hold the two equal. */
export {
  type BiddingRules,
  type Ceiling,
  maximumManualBid,
  minimumNext,
  nextStep,
  type Resolution,
  resolve,
  type Standing,
} from "./proxy_rules.ts";
export {
  type CompensationPolicy,
  type Rival,
  runnerUp,
  type Settlement,
  settlement,
  SETTLEMENT_TRANSITIONS,
  type SettlementStatus,
} from "./settlement_rules.ts";
export {
  hardEnd,
  isOpen,
  SESSION_TRANSITIONS,
  type SessionStatus,
  type SessionTimes,
  softClose,
} from "./time_rules.ts";
