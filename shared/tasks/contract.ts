/** The contracts of the tasks capability. */
export { approve } from "./approve_contract.ts";
export { createTask } from "./create_task_contract.ts";
export { listTasks } from "./list_tasks_contract.ts";
export { assign, cancelTask, complete, submitTask } from "./task_step_contracts.ts";
export { taskStats } from "./task_stats_contract.ts";
