/**
 * Ids that the examples of the contracts name. Whoever executes the examples makes these first, in the state
 * that the name says; `admin` and `alice` are accounts, `alice` an ordinary user.
 */
export const EXAMPLE_IDS = {
  admin: "00000000-0000-4000-8000-00000000a001",
  alice: "00000000-0000-4000-8000-00000000a002",
  taskPending: "00000000-0000-4000-8000-00000000b001",
  taskAwaitingApproval: "00000000-0000-4000-8000-00000000b002",
  taskAwaitingApprovalToo: "00000000-0000-4000-8000-00000000b003",
  taskToCancel: "00000000-0000-4000-8000-00000000b004",
  taskApproved: "00000000-0000-4000-8000-00000000b005",
  taskInProgress: "00000000-0000-4000-8000-00000000b006",
  taskCompleted: "00000000-0000-4000-8000-00000000b007",
} as const;
