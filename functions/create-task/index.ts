import { endpoint } from "../../shared/http/endpoint.ts";
import { createTask } from "../../shared/tasks/contract.ts";

export default endpoint(
  createTask,
  ({ input, database }) =>
    "tasks" in input
      ? database.call("create_tasks", { tasks: input.tasks, mode: input.mode })
      : database.call("create_task", { task: input }),
);
