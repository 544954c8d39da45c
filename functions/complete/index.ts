import { endpoint } from "../../shared/http/endpoint.ts";
import { complete } from "../../shared/tasks/contract.ts";

export default endpoint(complete, ({ input, database }) =>
  database.call("complete_task", {
    task_id: input.taskId,
    actual_hours: input.actualHours,
    notes: input.notes ?? null,
  }));
