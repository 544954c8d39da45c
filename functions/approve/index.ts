import { endpoint } from "../../shared/http/endpoint.ts";
import { approve } from "../../shared/tasks/contract.ts";

export default endpoint(approve, ({ input, database }) => {
  const filter = input.filter === undefined ? {} : { filter: input.filter };
  return database.call("approve_tasks", {
    task_ids: input.taskIds ?? null,
    approved: input.approved,
    reason: input.reason ?? null,
    options: { ...input.options, ...filter },
  });
});
