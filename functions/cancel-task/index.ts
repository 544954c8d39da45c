import { endpoint } from "../../shared/http/endpoint.ts";
import { cancelTask } from "../../shared/tasks/contract.ts";

export default endpoint(
  cancelTask,
  ({ input, database }) =>
    database.call("cancel_task", { task_id: input.taskId, reason: input.reason ?? null }),
);
