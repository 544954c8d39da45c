import { endpoint } from "../../shared/http/endpoint.ts";
import { taskStats } from "../../shared/tasks/contract.ts";

export default endpoint(taskStats, ({ input, database }) => database.call("task_stats", { filter: input }));
