import { endpoint } from "../../shared/http/endpoint.ts";
import { submitTask } from "../../shared/tasks/contract.ts";

export default endpoint(
  submitTask,
  ({ input, database }) => database.call("submit_task", { task_id: input.taskId }),
);
