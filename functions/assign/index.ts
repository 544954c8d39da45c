import { endpoint } from "../../shared/http/endpoint.ts";
import { assign } from "../../shared/tasks/contract.ts";

export default endpoint(
  assign,
  ({ input, database }) =>
    database.call("assign_task", { task_id: input.taskId, assigned_to: input.assignedTo }),
);
