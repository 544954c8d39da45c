/**
 * Ids that the examples of the contracts name. Whoever executes the examples makes these first, in the state
 * that the name says. `admin`, `alice` and `bob` are accounts, of which the first is an admin; Alice and Bob take part
 * in every session, and the notification, the routes and the order are Alice's.
 */
export const EXAMPLE_IDS = {
  admin: "00000000-0000-4000-8000-00000000a001",
  alice: "00000000-0000-4000-8000-00000000a002",
  bob: "00000000-0000-4000-8000-00000000a003",
  taskPending: "00000000-0000-4000-8000-00000000b001",
  taskAwaitingApproval: "00000000-0000-4000-8000-00000000b002",
  taskAwaitingApprovalToo: "00000000-0000-4000-8000-00000000b003",
  taskToCancel: "00000000-0000-4000-8000-00000000b004",
  taskApproved: "00000000-0000-4000-8000-00000000b005",
  taskInProgress: "00000000-0000-4000-8000-00000000b006",
  taskCompleted: "00000000-0000-4000-8000-00000000b007",
  property: "00000000-0000-4000-8000-00000000c001",
  propertyToo: "00000000-0000-4000-8000-00000000c002",
  listing: "00000000-0000-4000-8000-00000000c003",
  sessionOpen: "00000000-0000-4000-8000-00000000d001",
  sessionToBidIn: "00000000-0000-4000-8000-00000000d002",
  sessionToLeave: "00000000-0000-4000-8000-00000000d003",
  sessionToCancel: "00000000-0000-4000-8000-00000000d004",
  notification: "00000000-0000-4000-8000-00000000e001",
  routeDecided: "00000000-0000-4000-8000-00000000f001",
  routeToCancel: "00000000-0000-4000-8000-00000000f002",
  orderHandedOff: "00000000-0000-4000-8000-00000000f003",
  nobody: "00000000-0000-4000-8000-00000000ffff",
} as const;

/** The token of an offer to confirm, which is Alice's; whoever executes the examples puts a real one in its place. */
export const EXAMPLE_TOKEN = "0f4Xexample-confirmation-token-of-an-offer0";

/** The night that examples name; whoever executes them puts one in its place that is 0 to 30 days ahead. */
export const EXAMPLE_NIGHT = "2026-12-24";
